// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_coarse_basis_h
#define nodal_solver_coarse_basis_h

#include <nodal/core/parameters.h>
#include <nodal/core/petsc.h>
#include <nodal/solver/krylov_solver.h>

#include <string>
#include <vector>

namespace nodal
{
  /**
   * What the columns of a coarse space are made of beside the vectors that are
   * nearly in the null space: a few more vectors, of which each aggregate gets
   * its own part, orthonormalised, as columns of its own. They need not be
   * good as a whole, only on every aggregate.
   */
  class CoarseBasis
  {
  public:
    virtual ~CoarseBasis() = default;

    static std::string kind()
    {
      return "coarse basis";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /// The owned entries of vectors for @p A, or none; the same number on all
    /// ranks. For @p recycle and @p n_kept see Preconditioner::recall().
    /// Collective.
    virtual std::vector<std::vector<double>>
    vectors(Mat A, const RecycleSpace *recycle, unsigned int n_kept) = 0;

    /// How set-up or solve went with what vectors() has returned.
    virtual void judge(const SolveResult &)
    {
    }
  };
} // namespace nodal

#endif
