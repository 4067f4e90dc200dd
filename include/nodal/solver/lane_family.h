// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_lane_family_h
#define nodal_solver_lane_family_h

#include <cstdint>
#include <vector>

namespace nodal
{
  /**
   * One level of a hierarchy of nested meshes as plain arrays: the cells of a
   * matrix A(μ) = Σ_c (μ_c K_c + C_c), symmetric positive definite for
   * positive μ.
   *
   * Nodes are unknowns before elimination, numbered so that cells join near
   * numbers (Cuthill and McKee). Constrained nodes have the value zero in all
   * corrections; those that follow others, as hanging nodes, are constrained
   * and in no cell.
   */
  struct LaneLevel
  {
    unsigned int n_nodes = 0, n_cells = 0;
    unsigned int n = 0;                   ///< nodes per cell
    unsigned int n_components = 1;        ///< node i is component i mod this
    std::vector<std::int32_t> cell_nodes; ///< n_cells × n
    std::vector<double> unit;             ///< K_c, n_cells × n × n
    std::vector<double> constant;         ///< C_c, the same, or empty
    std::vector<bool> is_constrained;     ///< n_nodes

    /// Where the nodes are, n_nodes × dim, if levels may be made from it.
    std::vector<double> points;
    unsigned int dim = 0;

    /// The cell of the next coarser level that contains each cell, or -1, and
    /// the share of that cell's coefficient it gives; empty on the coarsest
    /// level.
    std::vector<std::int32_t> parent;
    std::vector<double> share;

    /// Interpolation from the next coarser level: row i has the entries
    /// offsets[i] … offsets[i+1]. Rows and columns of constrained nodes are
    /// empty. Empty on the coarsest level.
    std::vector<std::int32_t> offsets, columns;
    std::vector<double> weights;
  };

  /// A family of linear systems A(μ) x = b on nested meshes, finest first.
  struct LaneFamily
  {
    std::vector<LaneLevel> levels;
  };
} // namespace nodal

#endif
