// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_learn_graph_features_h
#define nodal_source_learn_graph_features_h

#include <nodal/mesh/graph.h>

#include <vector>

namespace nodal
{
  /// h of all nodes of @p level, ghosts too: volume^(1/dim).
  std::vector<double> spacings(const GraphLevel &level, unsigned int dim);

  /**
   * Append the features of the nodes of @p level: whether each is inside or of
   * type Dirichlet, Neumann or Robin; the shares of the boundary with each
   * type over h^(dim−1); the normal; h times the Robin coefficient (of
   * @p robin, per node of the level); the mean of its edges over h; the number
   * of its edges, over that of a structured mesh; the mean distance of its
   * neighbours over h. @p spacing holds h.
   */
  void append_node_features(const GraphLevel &level, unsigned int dim,
                            const std::vector<double> &spacing,
                            const std::vector<double> &robin,
                            std::vector<float> &features);

  /// Columns of these features: the share of the boundary of type Robin, and
  /// the Robin coefficient. Their product is that of both over h^(dim−2).
  constexpr unsigned int robin_measure_column = 6;
  constexpr unsigned int robin_coefficient_column(const unsigned int dim)
  {
    return 7 + dim;
  }

  /**
   * Append those of the edges: vector from target to source over h of the
   * target, its length, its inverse length, the logarithm of the ratio of the
   * two h, and, over the nodes that have edges with both ends, half the sum of
   * the cotangents of the angles under which they see the edge (on triangles,
   * where two nodes at most see it, its weight in Laplace's equation with
   * linear elements; each at most 10) and a quarter of their number. To @p
   * reverse append the same of the edges the other way.
   */
  void append_edge_features(const GraphLevel &level, unsigned int dim,
                            const std::vector<double> &spacing,
                            std::vector<float> &features,
                            std::vector<float> &reverse);
} // namespace nodal

#endif
