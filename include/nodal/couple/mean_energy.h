// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_mean_energy_h
#define nodal_couple_mean_energy_h

#include <nodal/time/evolution_system.h>

namespace nodal
{
  /// u·Mu / (2 · 1·M1), the mean of u²/2 over the domain and the components,
  /// which does not grow with the domain.
  class MeanEnergy
  {
  public:
    /// @p system is kept. Collective.
    explicit MeanEnergy(const EvolutionSystem &system);

    /// That of @p u. Collective.
    double operator()(Vec u) const;

  private:
    /// u·Mu
    double square(Vec u) const;

    const EvolutionSystem &system;
    VecHandle work;
    double mass = 1;
  };
} // namespace nodal

#endif
