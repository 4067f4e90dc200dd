// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_engine_h
#define nodal_task_engine_h

#include <nodal/task/experiment.h>

#include <deal.II/base/timer.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace nodal
{
  /// What an engine is asked to respect.
  struct EngineOptions
  {
    /// Recycle spaces are handed from sample to sample.
    bool recycles = true;

    /// Bytes that the samples in flight may take on a rank.
    double most_bytes = std::numeric_limits<double>::infinity();

    /// Many samples are solved on the space, so that tables pay.
    bool is_for_many = true;
  };

  /// A way to solve many samples of an experiment: one after the other with a
  /// recycle space, several at once in SIMD lanes.
  template <int dim>
  class Engine
  {
  public:
    virtual ~Engine() = default;

    static std::string kind()
    {
      return "engine";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /**
     * Get ready for @p experiment on @p space; both must outlive the engine's
     * use. Returns an empty text, or the reason why this engine cannot take
     * the experiment, which completes "the engine '…' is not for this
     * experiment: ". What takes long may be left to the first solve().
     * Collective over the space's ranks.
     */
    virtual std::string prepare(Experiment<dim> &experiment,
                                const Space<dim> &space,
                                const EngineOptions &options) = 0;

    /// True if the engine also solves samples that have a mesh each: then it is
    /// prepared anew for every one.
    virtual bool takes_one_mesh_each() const
    {
      return false;
    }

    /// Do now what the first solve() would do once for all; @p inputs are
    /// those of any sample. Collective.
    virtual void set_up(const Inputs<dim> & /* inputs */)
    {
    }

    /// One line for the log, after prepare().
    virtual std::string description() const
    {
      return "";
    }

    /// One line for the log at the end of the run, or empty.
    virtual std::string summary() const
    {
      return "";
    }

    /// How many samples solve() takes at once; after prepare().
    virtual unsigned int group_size() const
    {
      return 1;
    }

    /// Called once per sample in the order of the inputs; @p solution is
    /// valid during the call only, and only if the result has converged.
    using Deliver =
        std::function<void(unsigned int index, const SolveResult &result,
                           const FieldVector &solution)>;

    /// Solve for @p inputs, at most group_size() of them. @p timer, in which
    /// the time of assembly and solve is kept, may be null. Collective.
    virtual void solve(const std::vector<Inputs<dim>> &inputs,
                       const Deliver &deliver, dealii::TimerOutput *timer) = 0;

    /// True if samples are solved faster in an order in which neighbours are
    /// alike; after prepare().
    virtual bool gains_from_order() const
    {
      return false;
    }

    /// What is handed from sample to sample, or null; saved and loaded by the
    /// caller.
    virtual RecycleSpace *recycle_space()
    {
      return nullptr;
    }

    /// A vector laid out like a solution, for RecycleSpace::load(), or null.
    virtual Vec like()
    {
      return nullptr;
    }
  };
} // namespace nodal

#endif
