// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_graph_h
#define nodal_mesh_graph_h

#include <nodal/mesh/numbering.h>

#include <cstdint>
#include <vector>

namespace nodal
{
  /// Rows of (index, weight) pairs, compressed.
  struct SparseRows
  {
    std::vector<int> offsets; ///< n_rows + 1
    std::vector<int> columns;
    std::vector<double> weights;
  };

  /**
   * The nodes of a finite element space, or a subset of them that stands for
   * all, and what they see of one another.
   *
   * The nodes that this rank owns come first, by ascending number, then the
   * ghosts, by ascending number. Rows of edges and weights belong to owned
   * nodes; they list neighbours by ascending number, so that sums over them
   * have one order on any number of ranks.
   */
  struct GraphLevel
  {
    int n_owned = 0;
    std::vector<std::int64_t> number; ///< in the order of Numbering

    std::vector<double> points; ///< n_nodes × dim
    std::vector<double> volume; ///< share of the domain's volume

    /// 0 Dirichlet, 1 Neumann, 2 Robin, as BoundaryType; -1 inside.
    std::vector<std::int8_t> type;

    /// Share of the length (area) of the boundary with conditions of type
    /// Dirichlet, Neumann and Robin: n_nodes × 3.
    std::vector<double> boundary_measure;

    /// Outward unit normals, averaged over the faces at a node and normalised;
    /// zero inside: n_nodes × dim.
    std::vector<double> normals;

    /// In-edges of owned nodes: the nodes that they share a cell with, or
    /// within two edges of the finer level (three if there are none); not
    /// themselves.
    std::vector<int> offsets, sources;

    /// Owned nodes as weighted means of nodes of the next level, of those they
    /// have edges with; a node that is one of them has itself alone. Empty on
    /// the coarsest level.
    SparseRows interpolation;

    /// Index in the finer level of each owned node; empty on the finest level.
    std::vector<int> finer_index;

    int n_nodes() const
    {
      return number.size();
    }
  };

  /**
   * The graph of a finite element space with coarser and coarser levels, each
   * a subset of the nodes of the one before it.
   *
   * A coarser level is a maximal set of nodes without edges between them
   * (Luby's independent sets, chosen greedily as by Ruge and Stüben, Algebraic
   * Multigrid, 1987): boundary nodes first, then from low to high
   * coordinates, the last coordinate first. On a structured mesh it is every
   * second node in each direction, on any mesh a quarter to a fifth (in 2d) of
   * the nodes, and every node has an edge with one of them.
   */
  struct Graph
  {
    unsigned int dim = 0;
    std::vector<GraphLevel> levels;
  };

  /**
   * The graph of the space that @p mesh describes, on one rank, coarsened
   * until at most @p coarsest_size nodes are left or no fewer can be had.
   * Boundary nodes are of type Dirichlet where the description says nothing.
   *
   * Volumes are those of the linear cells, shared equally by their vertices.
   * Throws BadInput if a node has no edge.
   */
  Graph make_graph(const MeshDescription &mesh, unsigned int coarsest_size);
} // namespace nodal

#endif
