// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/mass_solver.h>

namespace nodal
{
  KSPHandle make_mass_solver(Mat mass, const double tolerance)
  {
    KSPHandle result;
    NODAL_PETSC(KSPCreate(PetscObjectComm(reinterpret_cast<PetscObject>(mass)),
                          result.put()));
    NODAL_PETSC(KSPSetOperators(result, mass, mass));
    NODAL_PETSC(KSPSetType(result, KSPCG));
    PC jacobi = nullptr;
    NODAL_PETSC(KSPGetPC(result, &jacobi));
    NODAL_PETSC(PCSetType(jacobi, PCJACOBI));
    NODAL_PETSC(KSPSetTolerances(result, tolerance, 0, 1e100, 1000));
    return result;
  }
} // namespace nodal
