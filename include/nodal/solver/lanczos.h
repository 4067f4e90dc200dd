// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_lanczos_h
#define nodal_solver_lanczos_h

#include <nodal/core/petsc.h>

#include <vector>

namespace nodal
{
  /// Approximate eigenpairs A v = θ D v.
  class RitzPairs
  {
  public:
    /// Lanczos' method, at most @p n steps of it, for symmetric @p A and the
    /// diagonal matrix with the positive entries @p D, from @p start. All
    /// vectors are kept orthogonal. It ends early where the Krylov space is
    /// exhausted. Collective. Throws NumericalFailure if @p start is zero
    /// or a number is not finite.
    RitzPairs(Mat A, Vec D, Vec start, unsigned int n);

    /// θ, rising.
    const std::vector<double> &values() const
    {
      return ritz_values;
    }

    /// Σ_i @p factors[i] v_i, of which each has vᵀ D v = 1 and a
    /// positive product with the start vector.
    VecHandle combination(const std::vector<double> &factors) const;

  private:
    std::vector<double> ritz_values;
    std::vector<VecHandle> basis;
    std::vector<double> vectors; ///< in the basis, one after the other
  };
} // namespace nodal

#endif
