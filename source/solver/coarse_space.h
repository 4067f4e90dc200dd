// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_coarse_space_h
#define nodal_source_solver_coarse_space_h

#include "coarse_images.h"
#include "small_system.h"

#include <nodal/core/petsc.h>

#include <memory>
#include <vector>

namespace nodal
{
  /**
   * The span of the columns of a sparse matrix W, with E = Wᵀ A W factorised
   * for solutions in it. E and vectors of its size are small and there on every
   * rank; what W and A W do is done with the owned rows, so that one
   * application of each transposed matrix is one sum over the ranks.
   */
  class CoarseSpace
  {
  public:
    using Vector = std::vector<double>;

    /// For a symmetric positive definite A of type aij. Collective. Throws
    /// NumericalFailure if E is singular or not of finite numbers, on all
    /// ranks.
    CoarseSpace(Mat A, const CoarseImages &images);

    /// Number of columns of W.
    std::size_t size() const
    {
      return n_columns;
    }

    /// @p coarse ← Wᵀ x, where @p x holds the owned entries of a vector.
    void restrict_to(const double *x, Vector &coarse) const;

    /// @p coarse ← E⁻¹ @p coarse.
    void solve(Vector &coarse) const
    {
      E->solve(coarse);
    }

    /// @p x ← @p x + W @p coarse.
    void add_columns(const Vector &coarse, double *x) const;

    /// @p x ← @p x − A W @p coarse.
    void subtract_images(const Vector &coarse, double *x) const;

    /// @p coarse ← @p coarse − (A W)ᵀ @p x.
    void subtract_products(const double *x, Vector &coarse) const;

    /// The owned rows of A W.
    const SparseColumns &images() const
    {
      return AW;
    }

    /// Add up what each rank has for @p coarse. Collective.
    void sum_over_ranks(Vector &coarse) const
    {
      nodal::sum_over_ranks(coarse, comm);
    }

  private:
    const MPI_Comm comm;
    std::size_t n_columns = 0;
    SparseColumns W, AW;            ///< owned rows
    std::unique_ptr<SmallSystem> E; ///< null without columns
    mutable Vector products;        ///< of subtract_products()
  };
} // namespace nodal

#endif
