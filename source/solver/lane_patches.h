// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_patches_h
#define nodal_source_solver_lane_patches_h

#include "lane_kernels.h"

#include <nodal/solver/lane_family.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace nodal
{
  /**
   * The cells of a level as patches of their four children, all of them linear
   * triangles or bilinear quadrilaterals, for interpolation that follows the
   * coefficient and coarse matrices PᵀAP that stay those of cells: black box
   * multigrid (Alcouffe, Brandt, Dendy, Painter, SIAM J. Sci. Stat. Comput.
   * 1981; Dendy, J. Comput. Phys. 1982), element by element.
   *
   * The matrix of a cell with nodes i, j has zero row sums, so it is given by
   * its couplings c_ij = −K_ij, i < j, and those of sums of cells are sums.
   *
   * At the middle of an edge from a to b the weight of a is the sum of the
   * couplings to nodes on the side of a (a and the middles of the other edges
   * from a of the patches around) over that of both sides; at the middle of a
   * quadrilateral, the average of corners and middles of edges by couplings.
   */
  class LanePatches
  {
  public:
    /// How the children are stored.
    struct Children
    {
      std::vector<std::int32_t> place; ///< of each cell of the fine level
      bool is_scaled; ///< there are coefficients, not couplings
    };

    /// Null if not all cells of @p coarse have four children in @p fine that
    /// are such patches.
    static std::unique_ptr<LanePatches> find(const LaneLevel &fine,
                                             const LaneLevel &coarse,
                                             const Children &children);

    lanes::Patches view() const
    {
      return {n_patches,
              n_edges,
              places.data(),
              values.empty() ? nullptr : values.data(),
              edges.data(),
              edge_weights.data(),
              centre_weights.data()};
    }

    /// Interpolation, weights to be computed; see lanes::Transfer.
    std::vector<std::int32_t> offsets, columns, lane_rows;
    int n_weights = 0;

    int n_patches = 0, n_edges = 0;

    /// The place of each cell of the coarse level.
    std::vector<std::int32_t> place;

    /// The coarse level with two nodes for each coupling in place of cells.
    LaneLevel couplings;

    /// Nodes of the coarse cells in the order of their places.
    std::vector<std::int32_t> cell_nodes;

  private:
    bool add_patch(const LaneLevel &fine, const LaneLevel &coarse, int cell,
                   const std::vector<std::int32_t> &children,
                   const Children &stored);
    void add_couplings(const LaneLevel &coarse);
    void add_rows(const LaneLevel &fine);

    /// What a fine node is to the patches: a corner, the middle of an edge or
    /// of a cell, with its coarse nodes.
    struct Node
    {
      std::vector<std::int32_t> columns;
      int number = -1; ///< of the edge or patch
    };

    std::vector<Node> nodes;
    std::vector<std::int32_t> places, edges, edge_weights, centre_weights;
    std::vector<float> values;
  };
} // namespace nodal

#endif
