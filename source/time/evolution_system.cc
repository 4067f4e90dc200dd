// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/time/evolution_system.h>

#include <stdexcept>

namespace nodal
{
  void EvolutionSystem::apply_mass(Vec x, Vec y) const
  {
    if (mass())
      NODAL_PETSC(MatMult(mass(), x, y));
    else
      NODAL_PETSC(VecCopy(x, y));
  }

  void EvolutionSystem::nonlinear_transposed(double, Vec, Vec, Vec)
  {
    throw std::logic_error("The system has no derivative.");
  }

  void EvolutionSystem::add_term(const std::vector<Vec> &,
                                 const PointFunction &, Vec) const
  {
    throw std::logic_error("The system has no points.");
  }
} // namespace nodal
