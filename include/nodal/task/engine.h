// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_engine_h
#define nodal_task_engine_h

#include <nodal/task/experiment.h>

#include <deal.II/base/timer.h>

#include <functional>
#include <string>
#include <vector>

namespace nodal
{
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
     * experiment: ". @p recycles says whether recycle spaces are handed from
     * sample to sample. Collective over the space's ranks.
     */
    virtual std::string prepare(Experiment<dim> &experiment,
                                const Space<dim> &space, bool recycles) = 0;

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
    /// valid during the call only.
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
    virtual Vec like() const
    {
      return nullptr;
    }
  };
} // namespace nodal

#endif
