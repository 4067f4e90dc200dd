// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_orthonormalize_h
#define nodal_source_solver_orthonormalize_h

namespace nodal
{
  /// Make the @p n_vectors vectors of length @p n in @p basis orthonormal, by
  /// modified Gram-Schmidt, twice. What depends on those before is left out.
  /// Returns how many are left.
  int orthonormalize(double *basis, int n, int n_vectors);
} // namespace nodal

#endif
