// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_solution_space_h
#define nodal_source_solver_solution_space_h

#include "vector_block.h"

namespace nodal
{
  /**
   * The space S of the solutions of earlier systems, and the best guess of the
   * next solution in it: the one of smallest residual or, for SPD matrices, of
   * smallest error in the energy norm (Fischer: Projection techniques for
   * iterative solution of Ax = b with successive right-hand sides, Comput.
   * Methods Appl. Mech. Eng. 163, 1998; there A does not change).
   *
   * What a solve adds to its guess is the next direction of S. Beyond the
   * dimension asked for, the directions that recent solutions need least are
   * dropped: the truncated singular value decomposition of all solutions,
   * updated one by one, the older ones weighing less (Brand: Incremental
   * singular value decomposition of uncertain data with missing values, ECCV
   * 2002). Directions are orthonormal in the image of the matrix of their
   * time, or in its energy, so that the small systems stay well conditioned.
   */
  class SolutionSpace
  {
  public:
    /// Improve @p x, whose residual is not zero, by the solutions in
    /// @p recycle.
    void improve(Mat A, Vec x, Vec b, bool is_spd, const RecycleSpace &recycle,
                 unsigned int dimension);

    /// Add the solution @p x of the system that improve() was called for.
    void keep(Vec x, RecycleSpace &recycle);

  private:
    void load(Mat A, const RecycleSpace &recycle);

    /// Add to @p x what reduces its residual @p r most, and keep r up to date.
    void project(Vec x, Vec r);

    VectorBlock S, image;       ///< and A S
    Dense T;                    ///< S T is orthonormal
    Dense covariance;           ///< of earlier solutions in S T
    std::vector<double> shares; ///< of x in the columns of S T
    VecHandle start, rest;      ///< the guess and its residual
    unsigned int n_directions = 0, dimension = 0;
    bool is_spd = false;
  };
} // namespace nodal

#endif
