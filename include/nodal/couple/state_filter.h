// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_state_filter_h
#define nodal_couple_state_filter_h

#include <nodal/time/evolution_system.h>

#include <memory>

namespace nodal
{
  class RestrictedMass;

  /**
   * What a coarse system has of the states of a fine one: their L2 projection,
   * component by component of one name, onto the span of the coarse functions
   * as the fine system has them. On nested meshes that is the projection
   * itself; where there is no mass matrix, the least squares of values at
   * nodes. Entries that are prescribed are as they should be, and those without
   * a mass zero.
   */
  class StateFilter
  {
  public:
    /// Both are kept. Throws BadInput if they have no component in common.
    /// Collective over the ranks that share both.
    StateFilter(const EvolutionSystem &fine, const EvolutionSystem &coarse);
    ~StateFilter();

    /// @p coarse_state ← that of @p fine_state. Throws NumericalFailure.
    void apply(Vec fine_state, Vec coarse_state) const;

  private:
    const EvolutionSystem &fine, &coarse;
    MatHandle P; ///< from coarse to fine states
    std::unique_ptr<RestrictedMass> mass;
    VecHandle base; ///< prescribed entries, and zeros
    VecHandle difference, work;
  };
} // namespace nodal

#endif
