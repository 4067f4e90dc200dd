// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_flow_closure_h
#define nodal_source_couple_flow_closure_h

#include <nodal/core/exceptions.h>
#include <nodal/couple/closure.h>

namespace nodal
{
  /// What classical closures of flows have in common: they are terms at points.
  class FlowClosure : public Closure
  {
  public:
    void begin(const EvolutionSystem &of) override
    {
      if (of.n_velocities() == 0 || !of.has_points())
        throw BadInput("This closure is for flows, and the problem has no "
                       "velocity: choose 'none', 'polynomial' or 'neural'.",
                       "Closure/Name");
      system = &of;
    }

  protected:
    const EvolutionSystem *system = nullptr;
  };
} // namespace nodal

#endif
