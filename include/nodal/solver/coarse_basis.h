// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_coarse_basis_h
#define nodal_solver_coarse_basis_h

#include <nodal/core/parameters.h>
#include <nodal/core/petsc.h>
#include <nodal/solver/aggregates.h>
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

    /// How many vectors vectors() is going to give for @p A, the same on all
    /// ranks. For @p recycle and @p n_kept see Preconditioner::recall().
    /// Collective. Throws BadInput where the basis is not for such a matrix.
    virtual unsigned int prepare(Mat A, const RecycleSpace *recycle,
                                 unsigned int n_kept) = 0;

    /// The owned entries of the vectors for @p A, for which prepare() has been
    /// called, and which is going to be cut by @p aggregates.
    virtual std::vector<std::vector<double>>
    vectors(Mat A, const Aggregates &aggregates) = 0;

    /// Of how many aggregates vectors() has not given what it should have.
    virtual unsigned int n_fallbacks() const
    {
      return 0;
    }

    /// How set-up or solve went with these vectors.
    virtual void judge(const SolveResult &)
    {
    }
  };

  struct Coordinates;

  /// Those of @p A. Throws BadInput, in the name of @p columns, if it has none.
  const Coordinates &coordinates_for(Mat A, const std::string &columns);
} // namespace nodal

#endif
