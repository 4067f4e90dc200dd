// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/vector_values.h>
#include <nodal/couple/forecast.h>

#include <algorithm>

namespace nodal
{
  Forecast::Forecast(EvolutionSystem &model, TimeStepper &stepper,
                     const double h)
      : model(model), h(h), stepper(stepper), work(duplicate(model.like()))
  {
  }

  void Forecast::put(const double *const state) const
  {
    std::copy_n(state, model.positions().size(), +WriteValues(work));
  }

  void Forecast::take(double *const state) const
  {
    std::copy_n(+ReadValues(work), model.positions().size(), state);
  }

  void Forecast::advance(double *const state, const double t,
                         const unsigned int n) const
  {
    put(state);
    for (unsigned int k = 0; k < n; ++k)
      stepper.step(t + k * h, work);
    model.constrain(work);
    take(state);
  }

  std::vector<double> Forecast::initial_state(const unsigned int seed,
                                              const unsigned int sample) const
  {
    model.initial_state(seed, sample, work);
    return owned_entries(work);
  }

  void Forecast::constrain(double *const state) const
  {
    put(state);
    model.constrain(work);
    take(state);
  }
} // namespace nodal
