// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_graph_h
#define nodal_mesh_graph_h

#include <nodal/mesh/mesh_piece.h>

#include <cstdint>
#include <memory>
#include <numeric>
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
   * ghosts, by ascending number: the nodes of other ranks that its rows name.
   * Rows of edges and weights belong to owned nodes; they list neighbours by
   * ascending number, so that sums over them have one order on any number of
   * ranks. What is known of single nodes is known of ghosts, too.
   */
  struct GraphLevel
  {
    int n_owned = 0;
    std::shared_ptr<const Halo> halo;
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

    /// How the nodes that have edges with both ends see each edge: the sum of
    /// the cotangents of their angles, each at most 10, and their number:
    /// n_edges × 2. On triangles, where two nodes at most see an edge, half the
    /// sum is its weight in Laplace's equation with linear elements.
    std::vector<float> views;

    /// Owned nodes as weighted means of nodes of the next level, of those they
    /// have edges with; a node that is one of them has itself alone. Empty on
    /// the coarsest level.
    SparseRows interpolation;

    /// The transposed: owned nodes of the next level as sums over nodes of
    /// this one. Empty on the coarsest level.
    SparseRows restriction;

    /// Index in the finer level of each owned node; empty on the finest level.
    std::vector<int> finer_index;

    int n_nodes() const
    {
      return number.size();
    }

    std::size_t n_nodes_of_all_ranks() const
    {
      return std::accumulate(halo->owned_counts.begin(),
                             halo->owned_counts.end(), std::size_t(0));
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
   * the nodes, and every node has an edge with one of them. The sets do not
   * depend on the number of ranks: a node waits for those before it to decide,
   * and is told by their ranks.
   */
  struct Graph
  {
    unsigned int dim = 0;
    std::vector<GraphLevel> levels;
  };

  /**
   * The graph of the space of which @p piece is this rank's share, coarsened
   * until at most @p coarsest_size nodes are left or no fewer can be had.
   * Boundary nodes are of type Dirichlet where the piece says nothing. A node
   * of a coarser level belongs to the rank that owns it on the finest.
   *
   * Volumes are those of the linear cells, shared equally by their vertices.
   * All numbers are equal to the bit on any number of ranks. Collective.
   * Throws BadInput if a node has no edge.
   */
  Graph make_graph(const MeshPiece &piece, unsigned int coarsest_size);

  /// The same for a whole mesh on one rank.
  Graph make_graph(const MeshDescription &mesh, unsigned int coarsest_size);
} // namespace nodal

#endif
