// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_time_loaded_system_h
#define nodal_time_loaded_system_h

#include <nodal/time/system_behind.h>

namespace nodal
{
  /// A system with a constant added to N.
  class LoadedSystem : public SystemBehind
  {
  public:
    /// Keeps both; what @p more holds may change between steps.
    LoadedSystem(EvolutionSystem &system, Vec more)
        : SystemBehind(system), more(more)
    {
    }

    void nonlinear(const double t, Vec u, Vec load) override
    {
      SystemBehind::nonlinear(t, u, load);
      NODAL_PETSC(VecAXPY(load, 1, more));
    }

  private:
    Vec more;
  };
} // namespace nodal

#endif
