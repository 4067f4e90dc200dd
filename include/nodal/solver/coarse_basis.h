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

    /// The owned entries of vectors for @p A, or none. @p recycle, which may be
    /// null, holds what earlier solves have left. The same number on all
    /// ranks. Collective.
    virtual std::vector<std::vector<double>>
    vectors(Mat A, const RecycleSpace *recycle) = 0;

    /// How a solve went with what vectors() has returned.
    virtual void judge(const SolveResult &)
    {
    }
  };
} // namespace nodal

#endif
