// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/statistics.h>
#include <nodal/couple/closure_training.h>
#include <nodal/couple/state_filter.h>

#include <cmath>

namespace nodal
{
  FilteredRuns::FilteredRuns(const Side &fine, const Side &coarse)
      : fine(fine), coarse(coarse),
        filter(std::make_unique<StateFilter>(fine.system, coarse.system))
  {
    const double steps = coarse.h / fine.h;
    ratio = std::lround(steps);
    if (ratio == 0 || std::abs(steps - ratio) > 1e-6 * ratio)
      throw BadInput("The time step of the fine run, " + to_text(fine.h) +
                         ", does not divide that of the coarse one, " +
                         to_text(coarse.h) + ".",
                     "Training/Closure/Fine run");
  }

  FilteredRuns::~FilteredRuns() = default;

  FilteredRun FilteredRuns::make(const unsigned int seed,
                                 const unsigned int number,
                                 const unsigned int n_spin_up,
                                 const unsigned int n_steps) const
  {
    const VecHandle u = duplicate(fine.system.like()),
                    state = duplicate(coarse.system.like()),
                    next = duplicate(coarse.system.like());
    fine.system.initial_state(seed, number, u);
    const auto advance = [&](const unsigned int step)
    {
      try
      {
        for (unsigned int k = 0; k < ratio; ++k)
          fine.stepper.step(step * coarse.h + k * fine.h, u);
      }
      catch (const NumericalFailure &error)
      {
        throw NumericalFailure("Fine run " + std::to_string(number) +
                               " failed: " + error.what());
      }
    };
    for (unsigned int step = 0; step < n_spin_up; ++step)
      advance(step);
    FilteredRun result;
    result.begin = n_spin_up * coarse.h;
    filter->apply(u, state);
    result.states.push_back(owned_entries(state));
    for (unsigned int step = n_spin_up; step < n_spin_up + n_steps; ++step)
    {
      advance(step);
      filter->apply(u, next);
      coarse.stepper.step(step * coarse.h, state);
      NODAL_PETSC(VecAYPX(state, -1, next));
      NODAL_PETSC(VecScale(state, 1 / coarse.h));
      result.missed.push_back(owned_entries(state));
      NODAL_PETSC(VecCopy(next, state));
      result.states.push_back(owned_entries(state));
    }
    return result;
  }
} // namespace nodal
