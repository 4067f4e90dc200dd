// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_incomplete_cholesky_h
#define nodal_source_solver_incomplete_cholesky_h

#include "triangular_sweep.h"

#include <vector>

namespace nodal
{
  /**
   * The incomplete Cholesky factorisation without fill of a symmetric positive
   * definite matrix, L Lᵀ ≈ A with the pattern of A (Meijerink and van der
   * Vorst, Math. Comp. 31, 1977), for fast solutions on one core: by sweeps
   * over levels of rows, with the entries of L in single precision. All
   * arithmetic is in double precision, so that the operator is linear,
   * symmetric and positive definite to its rounding.
   */
  class IncompleteCholesky
  {
  public:
    /**
     * Factorise @p A; of its entries those on and below the diagonal are read.
     * The order of rows is kept from call to call if the pattern is the same.
     * Where a pivot is not positive, the diagonal of A is raised, by the
     * smallest of a sequence of shares for which all are. Returns false if
     * there is none, as where A has a number that is not finite or a diagonal
     * entry that is not positive.
     */
    bool update(const LocalRows &A);

    /// @p y = (L Lᵀ)⁻¹ @p x, of as many numbers as A has rows.
    void apply(const double *x, double *y) const;

    /// By how much of itself the diagonal was raised.
    double shift() const
    {
      return present_shift;
    }

  private:
    /// Lower entries of L by rows, and the inverse of its diagonal; false if a
    /// pivot is not positive.
    bool factorize(const LocalRows &A, double shift);

    /// Fill the sweeps with −Λ⁻¹ L, Λ the diagonal of L.
    void fill_sweeps();

    double present_shift = 0;
    LowerPattern pattern;
    std::vector<double> values; ///< of L, as the pattern
    std::vector<double> inverse_diagonal;
    TriangularSweep<float>
        lower; ///< N = −Λ⁻¹ (L − Λ), and s the inverse diagonal
    TriangularSweep<float>
        upper; ///< its transpose; reads what the other has written
    mutable std::vector<double> lower_result, upper_result;
  };
} // namespace nodal

#endif
