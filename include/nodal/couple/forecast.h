// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_forecast_h
#define nodal_couple_forecast_h

#include <nodal/time/time_stepper.h>

#include <vector>

namespace nodal
{
  /// Runs of a model from states that are kept as owned entries.
  class Forecast
  {
  public:
    /// @p stepper has been started for @p model with steps of @p h. All are
    /// kept.
    Forecast(EvolutionSystem &model, TimeStepper &stepper, double h);

    /// @p n steps from time @p t. Collective over the ranks of the model;
    /// throws NumericalFailure.
    void advance(double *state, double t, unsigned int n) const;

    /// The state in which run @p sample of those with @p seed begins.
    std::vector<double> initial_state(unsigned int seed,
                                      unsigned int sample) const;

    /// Let entries of @p state be what is prescribed.
    void constrain(double *state) const;

    EvolutionSystem &model;
    const double h;

  private:
    void put(const double *state) const;
    void take(double *state) const;

    TimeStepper &stepper;
    VecHandle work;
  };
} // namespace nodal

#endif
