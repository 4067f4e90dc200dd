// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_local_frames_h
#define nodal_solver_local_frames_h

#include <nodal/core/coordinates.h>
#include <nodal/solver/aggregates.h>

#include <vector>

namespace nodal
{
  /**
   * Coordinates of its own for each aggregate of a matrix with one unknown per
   * node, in which the operator looks alike wherever it is and however it is
   * stretched or turned.
   *
   * Of the nodes x_j a matrix of diffusion tells its tensor: row i gives
   *
   *   K_i = −½ Σ_j a_ij (x_j − x_i)(x_j − x_i)ᵀ,
   *
   * which is exact for a constant tensor and linear elements inside the domain.
   * With K = Σ_i K_i over the aggregate and c the mean of its nodes, the frame
   * is ξ = Uᵀ K^(−1/2) (x − c), where U makes the mean of ξ ξᵀ diagonal with
   * entries falling: along ξ_1, functions of low energy vary most.
   */
  struct LocalFrames
  {
    unsigned int dim = 0;
    RowsOfAggregates members;
    /// ξ by member and direction, scaled to mean squares of one; zero where an
    /// aggregate has no extent.
    std::vector<double> positions;
    /// The mean squares before that, by aggregate and direction.
    std::vector<double> extents;
    /// K_i in the frame, whose sum over an aggregate is the identity: by
    /// member, the entries (0,0), (0,1), (0,2), (1,1), ... of a triangle.
    std::vector<double> tensors;

    /// Entries of such a triangle.
    unsigned int n_pairs() const
    {
      return dim * (dim + 1) / 2;
    }

    /// What is at most quadratic, but for the constant, by member: positions,
    /// then their products in the order of tensors.
    unsigned int n_terms() const
    {
      return dim + n_pairs();
    }
    void terms(std::size_t member, double *result) const;
  };

  /// The frames for @p A, whose entries in columns of this rank count. No
  /// communication.
  LocalFrames local_frames(Mat A, const Coordinates &positions,
                           const Aggregates &aggregates);

  /// Throws BadInput, in the name of @p columns, unless @p A has one unknown
  /// per node.
  void check_one_unknown_per_node(Mat A, const std::string &columns);
} // namespace nodal

#endif
