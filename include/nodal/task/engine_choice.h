// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_engine_choice_h
#define nodal_task_engine_choice_h

#include <nodal/core/log.h>
#include <nodal/task/engine.h>

#include <string>
#include <vector>

namespace nodal
{
  /**
   * The engine of a run: the one that the parameter file names, or, for
   * `auto`, the fastest. Then every applicable engine solves some of the first
   * samples, which count, and the one with the most certified samples per
   * second goes on. It is tried against the others again when it gets slower
   * than they were.
   */
  template <int dim>
  class EngineChoice
  {
  public:
    /**
     * Prepare the engine called @p name among @p engines, or all that can take
     * the experiment. Throws BadInput with the reason if the one named cannot.
     * Collective over the space's ranks.
     */
    EngineChoice(Choice<Engine<dim>> &engines, Experiment<dim> &experiment,
                 const Space<dim> &space, bool recycles, Log &log);

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
    Vec like() const;

  private:
    /// What is known of an engine's speed.
    struct Candidate
    {
      std::string name;
      Engine<dim> *engine;
      unsigned int n_trials = 0;     ///< calls of this round of trials
      double seconds_per_sample = 0; ///< the best call so far, certified ones
      double recent = 0;             ///< moving average
    };

    void begin_trials();
    void note(unsigned int n_certified, double seconds);
    void choose();

    std::vector<Candidate> candidates;
    unsigned int current = 0;
    bool has_trials = false;
    unsigned int n_since_trials = 0;
    MPI_Comm comm;
    Log &log;
  };
} // namespace nodal

#endif
