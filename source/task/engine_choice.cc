// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/statistics.h>
#include <nodal/task/engine_choice.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    constexpr unsigned int calls_per_trial = 2;
    constexpr unsigned int least_calls_between_trials = 50;

    /// How much slower than another engine was is slow enough to try again.
    constexpr double slack = 1.2;

    std::string milliseconds(const double seconds)
    {
      return to_text(1e3 * seconds, 3) + " ms per sample";
    }
  } // namespace

  template <int dim>
  EngineChoice<dim>::EngineChoice(Choice<Engine<dim>> &engines,
                                  Experiment<dim> &experiment,
                                  const Space<dim> &space, const bool recycles,
                                  Log &log)
      : comm(space.mesh->comm), log(log)
  {
    const bool is_auto = !engines.has_object();
    std::vector<std::string> names = {engines.name()};
    if (is_auto)
    {
      names.clear();
      for (const RegistryEntry &entry : Registry<Engine<dim>>::list())
        names.push_back(entry.name);
    }
    for (const std::string &name : names)
    {
      Engine<dim> &engine = engines.get(name);
      const std::string reason = engine.prepare(experiment, space, recycles);
      if (reason.empty())
      {
        candidates.push_back({name, &engine});
        if (!engine.description().empty())
          log("Engine '" + name + "': " + engine.description());
      }
      else if (is_auto)
        log("Engine '" + name + "' is not for this experiment: " + reason);
      else
        throw BadInput("The engine '" + name +
                           "' is not for this experiment: " + reason +
                           ". The engine 'auto' takes one that is.",
                       engines.entry());
    }
    if (candidates.size() > 1)
      begin_trials();
  }

  template <int dim>
  void EngineChoice<dim>::begin_trials()
  {
    has_trials = true;
    current = 0;
    for (Candidate &candidate : candidates)
    {
      candidate.n_trials = 0;
      candidate.seconds_per_sample = std::numeric_limits<double>::infinity();
    }
  }

  template <int dim>
  unsigned int EngineChoice<dim>::group_size() const
  {
    return candidates[current].engine->group_size();
  }

  template <int dim>
  bool EngineChoice<dim>::gains_from_order() const
  {
    return std::all_of(candidates.begin(), candidates.end(),
                       [](const Candidate &candidate)
                       { return candidate.engine->gains_from_order(); });
  }

  template <int dim>
  void EngineChoice<dim>::solve(const std::vector<Inputs<dim>> &inputs,
                                const typename Engine<dim>::Deliver &deliver,
                                TimerOutput *timer)
  {
    using Clock = std::chrono::steady_clock;
    unsigned int n_certified = 0;
    double delivery = 0;
    const auto seconds_since = [](const Clock::time_point &start)
    { return std::chrono::duration<double>(Clock::now() - start).count(); };
    const Clock::time_point start = Clock::now();
    candidates[current].engine->solve(
        inputs,
        [&](const unsigned int index, const SolveResult &result,
            const FieldVector &solution)
        {
          const Clock::time_point before = Clock::now();
          n_certified += result.converged();
          deliver(index, result, solution);
          delivery += seconds_since(before);
        },
        timer);
    double seconds = seconds_since(start) - delivery;
    MPI_Bcast(&seconds, 1, MPI_DOUBLE, 0, comm);
    if (candidates.size() > 1)
      note(n_certified, seconds);
  }

  template <int dim>
  void EngineChoice<dim>::note(const unsigned int n_certified,
                               const double seconds)
  {
    Candidate &candidate = candidates[current];
    const double per_sample = n_certified > 0
                                  ? seconds / n_certified
                                  : std::numeric_limits<double>::infinity();
    if (has_trials)
    {
      candidate.seconds_per_sample =
          std::min(candidate.seconds_per_sample, per_sample);
      if (++candidate.n_trials < calls_per_trial)
        return;
      if (++current == candidates.size())
        choose();
      return;
    }
    candidate.recent = 0.8 * candidate.recent + 0.2 * per_sample;
    if (++n_since_trials < least_calls_between_trials)
      return;
    for (const Candidate &other : candidates)
      if (candidate.recent > slack * other.seconds_per_sample)
      {
        log("Engine '" + candidate.name + "' now takes " +
            milliseconds(candidate.recent) + "; the engines are tried again.");
        begin_trials();
        return;
      }
  }

  template <int dim>
  void EngineChoice<dim>::choose()
  {
    const auto best =
        std::min_element(candidates.begin(), candidates.end(),
                         [](const Candidate &a, const Candidate &b) {
                           return a.seconds_per_sample < b.seconds_per_sample;
                         });
    current = best - candidates.begin();
    has_trials = false;
    n_since_trials = 0;
    std::string times;
    for (Candidate &candidate : candidates)
    {
      candidate.recent = candidate.seconds_per_sample;
      times += (times.empty() ? "" : ", ") + candidate.name + " " +
               milliseconds(candidate.seconds_per_sample);
    }
    log("Engine '" + best->name + "' goes on: " + times + ".");
  }

  template <int dim>
  void EngineChoice<dim>::report() const
  {
    for (const Candidate &candidate : candidates)
      if (const std::string summary = candidate.engine->summary();
          !summary.empty())
        log("Engine '" + candidate.name + "': " + summary);
  }

  template <int dim>
  RecycleSpace *EngineChoice<dim>::recycle_space()
  {
    return candidates[current].engine->recycle_space();
  }

  template <int dim>
  Vec EngineChoice<dim>::like() const
  {
    return candidates[current].engine->like();
  }

  template class EngineChoice<2>;
  template class EngineChoice<3>;
} // namespace nodal
