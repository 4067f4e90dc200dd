// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/couple/mean_energy.h>

namespace nodal
{
  MeanEnergy::MeanEnergy(const EvolutionSystem &system)
      : system(system), work(duplicate(system.like()))
  {
    const VecHandle one = duplicate(system.like());
    NODAL_PETSC(VecSet(one, 1));
    mass = square(one);
  }

  double MeanEnergy::square(Vec u) const
  {
    double result = 0;
    system.apply_mass(u, work);
    NODAL_PETSC(VecDot(u, work, &result));
    return result;
  }

  double MeanEnergy::operator()(Vec u) const
  {
    return square(u) / (2 * mass);
  }
} // namespace nodal
