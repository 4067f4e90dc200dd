// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_learn_graph_batch_h
#define nodal_learn_graph_batch_h

#include <nodal/learn/edges.h>
#include <nodal/learn/sample_equation.h>
#include <nodal/mesh/graph.h>

#include <memory>
#include <vector>

namespace nodal
{
  /// One sample as rows of numbers at the nodes of a graph that this rank owns,
  /// in its order.
  struct GraphSample
  {
    unsigned int id = 0;                ///< in its data set
    std::shared_ptr<const Graph> graph; ///< shared by samples of one mesh

    std::vector<double> coefficients;    ///< n_nodes × n_coefficients
    std::vector<double> sources;         ///< n_nodes × n_sources
    std::vector<double> boundary_values; ///< n_nodes × n_outputs: g, 0 inside
    std::vector<double> robin_coefficients; ///< n_nodes: α, 0 elsewhere
    std::vector<double> target; ///< n_nodes × n_outputs; empty if not known

    /// The Dirichlet values carried into the domain: n_nodes × n_outputs, g
    /// itself on that boundary. See lift.h.
    std::vector<double> lift;

    /// For losses and operators that need it; null where nobody has made it.
    std::shared_ptr<const SampleEquation> equation;
  };

  /**
   * One level of the graphs of a batch, put beside one another.
   *
   * Lengths are in units of each node's own spacing h = volume^(1/dim), so
   * that features do not change when a domain is scaled or a mesh is refined.
   */
  struct BatchLevel
  {
    Edges edges;

    /// Nodes as means of nodes of the next level; undefined on the coarsest.
    Edges interpolation;
    torch::Tensor interpolation_weights;

    /// The transposed: nodes of the next level as sums over this one.
    Edges restriction;
    torch::Tensor restriction_weights;

    torch::Tensor is_free; ///< n_nodes × 1: 0 at Dirichlet nodes, else 1
    torch::Tensor spacing; ///< n_nodes × 1: h
    torch::Tensor points;  ///< n_nodes × dim

    /// Rows of these nodes in the level before, int64; undefined on the finest.
    torch::Tensor finer_index;

    std::int64_t first_node = 0, n_nodes = 0; ///< rows in tensors of all levels
    std::int64_t first_edge = 0, n_edges = 0;
  };

  /**
   * Several samples as one graph without edges between them, with all of its
   * levels, and their fields as tensors, in which the rows of the first sample
   * come first. Tensors are of the type and on the device asked for.
   *
   * If the graphs are distributed over ranks, rows are those of the nodes that
   * this rank owns; what their edges need of other ranks, layers fetch.
   */
  struct GraphBatch
  {
    unsigned int dim = 0;
    std::int64_t n_samples = 0;
    MPI_Comm comm = MPI_COMM_SELF; ///< the ranks that share each sample
    std::vector<BatchLevel> levels;

    /// What is known of nodes and edges from the geometry, for all levels, the
    /// finest first; see n_node_features() and n_edge_features().
    torch::Tensor node_features, edge_features;

    /// Features of the edges that go the other way.
    torch::Tensor reverse_edge_features;

    /// Edges of all levels, among the rows of node_features.
    Edges all_edges;

    /// Coefficients on all levels, n × n_coefficients: on a coarser level the
    /// mean, by volume, of what its nodes stand for.
    torch::Tensor all_coefficients;

    torch::Tensor points;           ///< n_nodes × dim, of the finest level
    torch::Tensor volume;           ///< n_nodes × 1
    torch::Tensor boundary_measure; ///< n_nodes × 3, see GraphLevel
    torch::Tensor coefficients, sources, boundary_values, robin_coefficients,
        target, lift; ///< of the finest level, as in GraphSample

    std::vector<std::int64_t> sample_sizes; ///< own nodes of the finest level
    std::vector<std::int64_t> numbers;      ///< of these, see GraphLevel

    /// Of the box around each sample, all of it: n_samples × dim, and half its
    /// longest side: n_samples.
    torch::Tensor box_middles, half_extents;
    std::vector<std::shared_ptr<const SampleEquation>> equations; ///< samples

    /// False promises that boundary values and lift are zero, so that operators
    /// need not look at them.
    bool has_boundary_values = true;

    /// What NeuralOperator::prepare() has made for this batch, or null.
    std::shared_ptr<const void> prepared;

    static unsigned int n_node_features(unsigned int dim);
    static unsigned int n_edge_features(unsigned int dim);
  };

  /// @p samples, none of them empty and all on the same ranks, as a batch of
  /// type float32 or float64. Collective over these ranks.
  GraphBatch make_batch(const std::vector<const GraphSample *> &samples,
                        torch::ScalarType type, torch::Device device);

  /// Give @p batch, which make_batch() has made of @p sample alone, the
  /// coefficients that the sample has now: for a sequence of fields on one
  /// mesh. Collective over its ranks.
  void replace_coefficients(GraphBatch &batch, const GraphSample &sample);
} // namespace nodal

#endif
