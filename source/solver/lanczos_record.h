// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lanczos_record_h
#define nodal_source_solver_lanczos_record_h

#include <cstddef>
#include <vector>

namespace nodal
{
  /**
   * The first steps of preconditioned conjugate gradients, of which the
   * smallest Ritz values of M A and their vectors are known without further
   * products: with ρ_j = r_jᵀ M r_j, the vectors z_j / √ρ_j are those of
   * Lanczos' method but for their signs, and the steps are the Cholesky factor
   * of its tridiagonal matrix (Golub, Van Loan: Matrix computations, 11.3).
   */
  class LanczosRecord
  {
  public:
    /// For the @p n_vectors smallest, of at most @p n_most steps.
    LanczosRecord(unsigned int n_vectors, unsigned int n_most)
        : n_vectors(n_vectors), n_most(n_most)
    {
    }

    /// The step j, once its length ρ_j / pᵀ A p is known, from @p z_j (owned
    /// entries, of @p n), which may be in any variables that are linear in z.
    void add(const double *z_j, std::size_t n, double rho_j, double length);

    /// The Ritz vectors that have settled, which have unit energy, in the
    /// variables of add(); the smallest value first.
    std::vector<std::vector<double>> ritz_vectors() const;

    /// The vectors as the solution has them, to be set by who calls add().
    std::vector<std::vector<double>> result;

  private:
    unsigned int n_vectors, n_most;
    std::vector<float> z; ///< z_j / √ρ_j, one after the other
    std::vector<double> rho, lengths;
  };
} // namespace nodal

#endif
