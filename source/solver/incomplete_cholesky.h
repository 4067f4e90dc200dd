// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_incomplete_cholesky_h
#define nodal_source_solver_incomplete_cholesky_h

#include <nodal/core/local_rows.h>

#include <vector>

namespace nodal
{
  /**
   * The incomplete Cholesky factorisation without fill of a symmetric positive
   * definite matrix, L Lᵀ ≈ A with the pattern of A (Meijerink and van der
   * Vorst, Math. Comp. 31, 1977), for fast solutions on one core: rows that do
   * not depend on each other, of one level (Anderson and Saad, Int. J. High
   * Speed Computing 1, 1989), are solved for side by side, and the entries of L
   * are kept in single precision. All arithmetic is in double precision, so
   * that the operator is linear, symmetric and positive definite to its
   * rounding.
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
    /**
     * Solves triangular systems (I − N) y = s ⊙ x: by blocks of rows that do
     * not depend on each other, in the order in which they are solved for.
     */
    struct Sweep
    {
      /// Take the order of rows from the pattern of N, whose row i depends on
      /// columns[offsets[i]], … Rows of the transposed pattern come in the
      /// opposite order.
      void order(const std::vector<int> &offsets,
                 const std::vector<int> &columns, bool is_transposed);

      /// @p y, by places, for @p x, by what row_at says.
      void solve(const double *x, double *y) const;

      std::vector<int> place_of; ///< of a row, among all rows of all blocks
      std::vector<int> row_at;   ///< of a place; 0 where it fills up a block
      std::vector<double> scale; ///< s by place; 0 where it fills up a block
      std::vector<int> offsets, columns; ///< see sweeps::Triangle
      std::vector<float> values;
      std::vector<int> at; ///< where an entry of the pattern is in values
    };

    /// Take over the pattern below the diagonal. False if it is as before.
    bool take_pattern(const LocalRows &A);

    /// Lower entries of L by rows, and the inverse of its diagonal; false if a
    /// pivot is not positive.
    bool factorize(const LocalRows &A, double shift);

    /// Fill the sweeps with −Λ⁻¹ L, Λ the diagonal of L.
    void fill_sweeps();

    int n = 0;
    double present_shift = 0;

    // Strictly lower part of L by rows.
    std::vector<int> offsets, columns;
    std::vector<double> values;
    std::vector<double> inverse_diagonal;

    Sweep lower; ///< N = −Λ⁻¹ (L − Λ), and s the inverse diagonal
    Sweep upper; ///< its transpose; reads what the other has written
    mutable std::vector<double> lower_result, upper_result;
  };
} // namespace nodal

#endif
