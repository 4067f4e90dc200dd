// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/statistics.h>
#include <nodal/task/engine_choice.h>

#include <algorithm>
#include <cmath>
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

    /// The same for how fast it was itself, at best.
    constexpr double own_slack = 2;

    /// And what is not waited with.
    constexpr double drastic = 5;

    /// What a trial may cost, as a share of the time of all samples left.
    constexpr double most_trial = 0.05;

    /// A trial that takes so many times as long as the best engine is given
    /// up: methods that recycle get faster by less.
    constexpr double most_slow = 5;

    std::string milliseconds(const double seconds)
    {
      return to_text(1e3 * seconds, 3) + " ms per sample";
    }
  } // namespace

  template <int dim>
  EngineChoice<dim>::EngineChoice(Choice<Engine<dim>> &engines,
                                  Experiment<dim> &experiment,
                                  const Space<dim> &space,
                                  const EngineOptions &options,
                                  const std::uint64_t n_samples, Log &log)
      : n_left(n_samples), experiment(experiment), comm(space.mesh->comm),
        log(log)
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
      const double start = SolveControl::clock();
      const std::string reason = engine.prepare(experiment, space, options);
      longest_set_up = std::max(longest_set_up, SolveControl::clock() - start);
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
    MPI_Bcast(&longest_set_up, 1, MPI_DOUBLE, 0, comm);
    // Those that take many samples at once are made for them.
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate &a, const Candidate &b) {
                       return a.engine->group_size() > b.engine->group_size();
                     });
    has_trials = candidates.size() > 1;
    // Section Solver may be needed late, for a sample that an engine cannot
    // solve; its mistakes show now.
    experiment.solver.try_out(comm, experiment.problem->traits().is_spd);
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
  unsigned int EngineChoice<dim>::best() const
  {
    return std::min_element(
               candidates.begin(), candidates.end(),
               [](const Candidate &a, const Candidate &b)
               { return a.seconds_per_sample < b.seconds_per_sample; }) -
           candidates.begin();
  }

  template <int dim>
  void EngineChoice<dim>::solve(const std::vector<Inputs<dim>> &inputs,
                                const Deliver &deliver, TimerOutput *timer)
  {
    n_left -= std::min<std::uint64_t>(n_left, inputs.size());
    if (candidates.size() == 1)
    {
      candidates[0].engine->solve(inputs, deliver, timer);
      return;
    }
    const std::vector<unsigned int> given_up = call(inputs, deliver, timer);
    solve_again(inputs, given_up, deliver, timer);
  }

  template <int dim>
  std::vector<unsigned int>
  EngineChoice<dim>::call(const std::vector<Inputs<dim>> &inputs,
                          const Deliver &deliver, TimerOutput *timer)
  {
    Candidate &candidate = candidates[current];
    SolveControl &control = experiment.solver.control;
    const double fastest = candidates[best()].seconds_per_sample;
    if (!candidate.has_solved)
      candidate.engine->set_up(inputs[0]);
    if (has_trials && std::isfinite(fastest))
      control.deadline =
          SolveControl::clock() + most_slow * fastest * inputs.size();
    std::vector<unsigned int> given_up;
    unsigned int n_certified = 0;
    double delivery = 0;
    const double start = SolveControl::clock();
    candidate.engine->solve(
        inputs,
        [&](const unsigned int index, const SolveResult &result,
            const FieldVector &solution)
        {
          const double before = SolveControl::clock();
          n_certified += result.converged();
          if (result.status == SolveStatus::abandoned)
            given_up.push_back(index);
          else
            deliver(index, result, solution);
          delivery += SolveControl::clock() - before;
        },
        timer);
    double seconds = SolveControl::clock() - start - delivery;
    control.deadline = SolveControl().deadline;
    candidate.has_solved = true;
    MPI_Bcast(&seconds, 1, MPI_DOUBLE, 0, comm);
    const double per_sample = n_certified > 0
                                  ? seconds / n_certified
                                  : std::numeric_limits<double>::infinity();
    if (has_trials)
      note_trial(per_sample, !given_up.empty());
    else
      note(per_sample);
    return given_up;
  }

  template <int dim>
  void EngineChoice<dim>::solve_again(const std::vector<Inputs<dim>> &inputs,
                                      const std::vector<unsigned int> &which,
                                      const Deliver &deliver,
                                      TimerOutput *timer)
  {
    Engine<dim> &engine = *candidates[best()].engine;
    for (std::size_t begin = 0; begin < which.size();
         begin += engine.group_size())
    {
      std::vector<Inputs<dim>> some;
      for (std::size_t i = begin;
           i < which.size() && some.size() < engine.group_size(); ++i)
        some.push_back(inputs[which[i]]);
      engine.solve(
          some,
          [&](const unsigned int index, const SolveResult &result,
              const FieldVector &solution)
          { deliver(which[begin + index], result, solution); },
          timer);
    }
  }

  template <int dim>
  bool EngineChoice<dim>::is_worth_a_trial(const Candidate &candidate) const
  {
    const double fastest = candidates[best()].seconds_per_sample;
    if (!std::isfinite(fastest))
      return true;
    const double expected =
        (candidate.has_solved ? 0 : longest_set_up) +
        calls_per_trial * candidate.engine->group_size() * most_slow * fastest;
    return expected < most_trial * n_left * fastest;
  }

  template <int dim>
  void EngineChoice<dim>::note_trial(const double per_sample,
                                     const bool was_given_up)
  {
    Candidate &candidate = candidates[current];
    candidate.was_tried = true;
    candidate.seconds_per_sample =
        std::min(candidate.seconds_per_sample, per_sample);
    if (++candidate.n_trials < calls_per_trial && !was_given_up)
      return;
    next_trial(current + 1);
  }

  template <int dim>
  void EngineChoice<dim>::next_trial(const unsigned int first)
  {
    for (current = first; current < candidates.size(); ++current)
      if (!candidates[current].was_tried &&
          is_worth_a_trial(candidates[current]))
        return;
    choose();
  }

  template <int dim>
  void EngineChoice<dim>::note(const double per_sample)
  {
    Candidate &candidate = candidates[current];
    candidate.recent = 0.8 * candidate.recent + 0.2 * per_sample;
    const bool is_drastic =
        candidate.recent > drastic * candidate.seconds_per_sample;
    if (++n_since_trials < least_calls_between_trials && !is_drastic)
      return;
    const bool is_slow = std::any_of(
        candidates.begin(), candidates.end(),
        [&](const Candidate &other)
        {
          const double allowed = &other == &candidate ? own_slack : slack;
          return candidate.recent > allowed * other.seconds_per_sample;
        });
    if (is_slow)
      begin_new_trials();
  }

  /// The engine in use needs no trial: how fast it is now is known.
  template <int dim>
  void EngineChoice<dim>::begin_new_trials()
  {
    n_since_trials = 0;
    Candidate &in_use = candidates[current];
    std::vector<Candidate> before = candidates;
    for (Candidate &candidate : candidates)
    {
      candidate.n_trials = 0;
      candidate.was_tried = false;
      candidate.seconds_per_sample = std::numeric_limits<double>::infinity();
    }
    in_use.seconds_per_sample = in_use.recent;
    in_use.was_tried = true;
    const bool is_worth_it = std::any_of(candidates.begin(), candidates.end(),
                                         [&](const Candidate &candidate) {
                                           return &candidate != &in_use &&
                                                  is_worth_a_trial(candidate);
                                         });
    if (!is_worth_it)
    {
      candidates = before;
      return;
    }
    log("Engine '" + in_use.name + "' now takes " +
        milliseconds(in_use.recent) + "; the engines are tried again.");
    has_trials = true;
    next_trial(0);
  }

  template <int dim>
  void EngineChoice<dim>::choose()
  {
    current = best();
    has_trials = false;
    n_since_trials = 0;
    std::string times;
    for (Candidate &candidate : candidates)
    {
      candidate.recent = candidate.seconds_per_sample;
      times += (times.empty() ? "" : ", ") + candidate.name + " ";
      if (!candidate.was_tried)
        times += "not tried, as the samples that are left take less time";
      else if (std::isfinite(candidate.seconds_per_sample))
        times += milliseconds(candidate.seconds_per_sample);
      else
        times += "given up";
    }
    log("Engine '" + candidates[current].name + "' goes on: " + times + ".");
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
  Vec EngineChoice<dim>::like()
  {
    return candidates[current].engine->like();
  }

  template class EngineChoice<2>;
  template class EngineChoice<3>;
} // namespace nodal
