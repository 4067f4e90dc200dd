// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_hessenberg_h
#define nodal_source_solver_hessenberg_h

#include <nodal/core/dense.h>

namespace nodal
{
  /**
   * The least-squares problem min ‖β e₁ − H y‖ of GMRES with an upper
   * Hessenberg matrix H that grows by a column at a time, solved by Givens
   * rotations (Saad: Iterative Methods for Sparse Linear Systems, 2003, 6.5.3).
   */
  class Hessenberg
  {
  public:
    /// Begin with right-hand side @p beta e₁, room for @p max_columns.
    void reinit(double beta, unsigned int max_columns);

    /// Append a column: its first entries down to the subdiagonal.
    void append(const double *column);

    /// ‖β e₁ − H y‖ at the minimum.
    double residual_norm() const;

    /// The minimiser y.
    std::vector<double> solve() const;

    /// H itself, one row more than columns.
    Dense matrix() const;

    unsigned int n_columns() const
    {
      return n;
    }

  private:
    unsigned int n = 0;
    Dense H, R;
    std::vector<double> rhs, cosine, sine;
  };
} // namespace nodal

#endif
