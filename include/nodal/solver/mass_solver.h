// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_mass_solver_h
#define nodal_solver_mass_solver_h

#include <nodal/core/petsc.h>

namespace nodal
{
  /// Conjugate gradients with Jacobi's preconditioner, to @p tolerance, for a
  /// mass matrix, on which they take some ten steps (Wathen: Realistic
  /// eigenvalue bounds for the Galerkin mass matrix, 1987).
  KSPHandle make_mass_solver(Mat mass, double tolerance);
} // namespace nodal

#endif
