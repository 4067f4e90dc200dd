// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_learn_sample_equation_h
#define nodal_learn_sample_equation_h

#include <vector>

namespace nodal
{
  /**
   * The linear system A u = b behind a sample, for losses that need no
   * solution and operators that know the matrix. All vectors are n_nodes ×
   * n_outputs in the order of GraphSample.
   *
   * Dirichlet values count as known: their rows are zero. The row of a hanging
   * node asks that it has the mean of the nodes beside it, in the unit of the
   * other rows. So b − A u is zero if and only if u, at all other nodes, is the
   * finite element solution.
   */
  class SampleEquation
  {
  public:
    virtual ~SampleEquation() = default;

    /// b − A u.
    virtual std::vector<double>
    residual(const std::vector<double> &u) const = 0;

    /// Aᵀ z: minus the adjoint of residual().
    virtual std::vector<double>
    apply_transposed(const std::vector<double> &z) const = 0;

    /// M r, where M ≈ A⁻¹ is symmetric and maps to zero at Dirichlet nodes. No
    /// numbers come of an r that has one.
    virtual std::vector<double>
    precondition(const std::vector<double> &r) const = 0;
  };
} // namespace nodal

#endif
