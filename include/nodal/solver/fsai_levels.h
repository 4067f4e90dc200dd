// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_fsai_levels_h
#define nodal_solver_fsai_levels_h

#include <nodal/core/parameters.h>
#include <nodal/core/petsc.h>

#include <vector>

namespace nodal
{
  /// How the levels of preconditioner 'multilevel fsai' are made.
  struct FsaiSettings
  {
    void add_parameters(Parameters &prm);

    unsigned int n_levels = 0; ///< the matrix is the first; 0: all that pay
    unsigned int size = 0;     ///< rows of an aggregate; 0: automatic
    double threshold = 0.25;   ///< of aggregate_by_strength()
    unsigned int coarsest_size = 100;
  };

  /// The owned rows of a symmetric positive definite matrix, and what belongs
  /// to them: one level of preconditioner 'multilevel fsai'.
  struct FsaiLevel
  {
    unsigned int depth = 0; ///< 0 is the matrix itself

    /// Entries in columns of this rank, by rows.
    std::vector<int> offsets = {0}, columns;
    std::vector<double> values;
    std::vector<double> diagonal;
    std::vector<double> sums; ///< of rows, with entries in all columns
    /// Of a row's entries in columns of other ranks, those of the same
    /// component of a block, added up.
    std::vector<double> outside;

    /**
     * A lower triangular matrix G with Gᵀ G ≈ A⁻¹, on the pattern of the lower
     * triangle of A within this rank: the factorised sparse approximate inverse
     * (Kolotilina and Yeremin, SIAM J. Matrix Anal. Appl. 14, 1993), for which
     * G A Gᵀ has a diagonal of ones. Columns of a row ascend, so that its
     * diagonal entry is the last.
     */
    std::vector<int> lower_offsets = {0}, lower_columns;
    std::vector<double> G;

    /// The unknown of the next level, of this rank, that a row belongs to, or
    /// -1: the aggregates, for each component of a block by itself. Empty if
    /// there is no next level.
    std::vector<int> group;
    int n_groups = 0;

    int n_rows() const
    {
      return int(offsets.size()) - 1;
    }
  };

  /**
   * The levels for @p A, the finest first: the next one holds the sums of
   * entries over aggregates, as a Galerkin product with piecewise constants
   * gives them. @p coarsest gets the matrix after the last one, which is to be
   * solved for exactly; null if that would not pay or levels are to be few.
   * Collective. Throws NumericalFailure, on all ranks, where A is not of finite
   * numbers or a matrix between some of its rows is seen not to be positive
   * definite. Where that happens to a coarse level, the one before is the last.
   */
  std::vector<FsaiLevel> fsai_levels(Mat A, const FsaiSettings &settings,
                                     MatHandle &coarsest);
} // namespace nodal

#endif
