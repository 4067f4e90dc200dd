// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_engine_choice_h
#define nodal_task_engine_choice_h

#include <nodal/core/log.h>
#include <nodal/task/engine.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * The engine of a run: the one that the parameter file names, or, for
   * `auto`, the fastest. Then applicable engines solve some of the first
   * samples, which count, and the one with the most certified samples per
   * second goes on. They are tried again when it gets slower than they were.
   *
   * Trials cost little: after the first, an engine is tried only if that is
   * expected to take less than a twentieth of what the samples that are left
   * take the best one, and given up when it takes several times as long as
   * that, if it looks at SolveControl::deadline.
   */
  template <int dim>
  class EngineChoice
  {
  public:
    /**
     * Prepare the engine called @p name among @p engines, or all that can take
     * the experiment, for @p n_samples samples. Throws BadInput with the
     * reason if the one named cannot. Keeps references to @p experiment and
     * @p log. Collective over the space's ranks.
     */
    EngineChoice(Choice<Engine<dim>> &engines, Experiment<dim> &experiment,
                 const Space<dim> &space, const EngineOptions &options,
                 std::uint64_t n_samples, Log &log);

    /// How many samples the next solve() takes at most.
    unsigned int group_size() const;

    /// True while it is not decided which engine is the fastest.
    bool is_trying() const
    {
      return has_trials;
    }

    /// True if all engines that may be used gain from it.
    bool gains_from_order() const;

    /// Log what the engines say of the run.
    void report() const;

    /// See Engine::solve(); takes the time of it.
    void solve(const std::vector<Inputs<dim>> &inputs,
               const typename Engine<dim>::Deliver &deliver,
               dealii::TimerOutput *timer);

    /// Of the engine in use, or null.
    RecycleSpace *recycle_space();
    Vec like();

  private:
    /// What is known of an engine's speed.
    struct Candidate
    {
      std::string name;
      Engine<dim> *engine;
      unsigned int n_trials = 0; ///< calls of this round of trials
      bool was_tried = false;    ///< in this round
      bool has_solved = false;   ///< its set-up is done
      /// The best call so far, certified ones.
      double seconds_per_sample = std::numeric_limits<double>::infinity();
      double recent = 0; ///< moving average
    };

    using Deliver = typename Engine<dim>::Deliver;

    void begin_new_trials();

    /// Go on with the next engine from number @p first on that is worth it, or
    /// choose.
    void next_trial(unsigned int first);

    /// One call of the present engine; returns those inputs, by number, that
    /// it gave up.
    std::vector<unsigned int> call(const std::vector<Inputs<dim>> &inputs,
                                   const Deliver &deliver,
                                   dealii::TimerOutput *timer);

    /// Solve for what a trial gave up.
    void solve_again(const std::vector<Inputs<dim>> &inputs,
                     const std::vector<unsigned int> &which,
                     const Deliver &deliver, dealii::TimerOutput *timer);

    void note_trial(double per_sample, bool was_given_up);
    void note(double per_sample);
    bool is_worth_a_trial(const Candidate &candidate) const;
    void choose();
    unsigned int best() const;

    std::vector<Candidate> candidates;
    unsigned int current = 0;
    bool has_trials = false;
    unsigned int n_since_trials = 0;
    double longest_set_up = 0; ///< seconds, of all engines
    std::uint64_t n_left = 0;  ///< samples
    Experiment<dim> &experiment;
    MPI_Comm comm;
    Log &log;
  };
} // namespace nodal

#endif
