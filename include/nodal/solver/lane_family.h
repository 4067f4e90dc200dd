// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_lane_family_h
#define nodal_solver_lane_family_h

#include <mpi.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace nodal
{
  /// Numbers over all ranks of nodes or cells that this rank has. Each rank
  /// owns a contiguous range of them.
  struct LaneIds
  {
    std::vector<std::int64_t> ids;   ///< by place on this rank
    std::vector<std::int64_t> begin; ///< of the range of each rank; last: end

    unsigned int owner(const std::int64_t id) const
    {
      return std::upper_bound(begin.begin(), begin.end(), id) - begin.begin() -
             1;
    }
  };

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

    /// If the level is divided among ranks: which nodes and cells these are. A
    /// rank has all cells of its own nodes. Behind its n_cells there are others
    /// of which it needs the coefficient only; parent and share are given for
    /// them too.
    LaneIds nodes, cells;
  };

  /// A family of linear systems A(μ) x = b on nested meshes, finest first.
  struct LaneFamily
  {
    std::vector<LaneLevel> levels;
  };

  /// What one rank owns of a level: LaneLevel with numbers of nodes and cells
  /// over all ranks. Levels may be distributed in different ways.
  struct LanePart
  {
    std::int64_t first_node = 0, first_cell = 0; ///< that this rank owns
    unsigned int n_nodes = 0, n_cells = 0;       ///< that this rank owns
    unsigned int n = 0, n_components = 1, dim = 0;
    std::vector<std::int64_t> cell_nodes; ///< of own cells, on any rank
    std::vector<double> unit, constant;
    std::vector<bool> is_constrained; ///< own nodes
    std::vector<double> points;
    std::vector<std::int64_t> parent; ///< of own cells
    std::vector<double> share;
    /// Interpolation at own nodes. Columns of constrained nodes do not count.
    std::vector<std::int64_t> offsets, columns;
    std::vector<double> weights;
  };

  /// A family of linear systems on the ranks of a communicator.
  struct DistributedLaneFamily
  {
    MPI_Comm comm = MPI_COMM_SELF;
    std::vector<LanePart> levels;
  };
} // namespace nodal

#endif
