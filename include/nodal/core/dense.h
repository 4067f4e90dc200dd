// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_dense_h
#define nodal_core_dense_h

#include <vector>

namespace nodal
{
  /// A small matrix, stored by columns; every rank holds the same one.
  class Dense
  {
  public:
    Dense() = default;

    Dense(unsigned int n_rows, unsigned int n_columns)
        : n_rows(n_rows), n_columns(n_columns), values(n_rows * n_columns, 0.)
    {
    }

    static Dense identity(unsigned int n);

    double &operator()(unsigned int i, unsigned int j)
    {
      return values[i + std::size_t(j) * n_rows];
    }

    double operator()(unsigned int i, unsigned int j) const
    {
      return values[i + std::size_t(j) * n_rows];
    }

    double *data()
    {
      return values.data();
    }

    const double *data() const
    {
      return values.data();
    }

    /// Rows @p first, … , @p first + @p count − 1.
    Dense rows(unsigned int first, unsigned int count) const;

    bool is_finite() const;

    unsigned int n_rows = 0, n_columns = 0;

  private:
    std::vector<double> values;
  };

  /// A B, or Aᵀ B.
  Dense multiply(const Dense &A, const Dense &B, bool transpose_A = false);

  /// A = Q R with as many columns in Q as in A, which has no fewer rows.
  void qr(const Dense &A, Dense &Q, Dense &R);

  /// R⁻¹ B for upper triangular R; not finite if R is singular.
  Dense solve_upper(const Dense &R, const Dense &B);

  /// B R⁻¹ for upper triangular R.
  Dense divide_upper(const Dense &B, const Dense &R);

  /// Eigenvalues, rising, and orthonormal eigenvectors of symmetric A. Returns
  /// false if LAPACK fails.
  bool symmetric_eigenvectors(const Dense &A, std::vector<double> &eigenvalues,
                              Dense &vectors);

  /// Real basis of the invariant subspace of A for its @p n eigenvalues of
  /// largest modulus; one column less if a conjugate pair would be split.
  /// Without columns if LAPACK fails.
  Dense dominant_eigenvectors(const Dense &A, unsigned int n);

  /**
   * T with Tᵀ G T = I for a positive semidefinite Gram matrix G, leaving out
   * directions whose eigenvalue, after scaling the diagonal to one, is below
   * @p tolerance (Stathopoulos and Wu: A block orthogonalization procedure with
   * constant synchronization requirements, SIAM J. Sci. Comput. 23, 2002).
   * @p condition receives the ratio of the largest to the smallest eigenvalue
   * kept: T is orthonormal up to this times rounding.
   */
  Dense orthonormaliser(const Dense &G, double tolerance,
                        double *condition = nullptr);

  /// max |A − I|
  double distance_from_identity(const Dense &A);
} // namespace nodal

#endif
