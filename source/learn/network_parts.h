// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_learn_network_parts_h
#define nodal_source_learn_network_parts_h

#include <nodal/learn/neural_operator.h>

#include <string>
#include <vector>

namespace nodal
{
  /// Indices of the weights of x w + b.
  struct DenseLayer
  {
    unsigned int w = 0, bias = 0;
  };

  /// out(silu(hidden(x))).
  struct DenseNetwork
  {
    DenseLayer hidden, out;
  };

  /// The same for edges: it sees target, source and features of the edge.
  struct EdgeNetwork
  {
    unsigned int target = 0, source = 0, edge = 0, bias = 0;
    DenseLayer out;
  };

  /// Scale (less one) and shift of a layer norm.
  struct RowNorm
  {
    unsigned int scale = 0, shift = 0;
  };

  /// One round of messages, see NetworkOperator::pass_messages().
  struct MessageStep
  {
    EdgeNetwork message;
    DenseNetwork update;
    RowNorm message_norm, update_norm;
  };

  /**
   * What most networks on graphs are made of. Every row of a result depends on
   * its own sample alone, to the bit.
   */
  class NetworkOperator : public NeuralOperator
  {
  protected:
    DenseLayer add_layer(const std::string &name, std::int64_t n_in,
                         std::int64_t n_out, double gain = 1);
    DenseNetwork add_network(const std::string &name, std::int64_t n_in,
                             std::int64_t width, std::int64_t n_out,
                             double gain = 1);

    /// For @p n numbers at each end of an edge and @p n_features of its own.
    EdgeNetwork add_edge_network(const std::string &name, std::int64_t n,
                                 std::int64_t n_features, std::int64_t width,
                                 std::int64_t n_out, double gain = 1);
    RowNorm add_norm(const std::string &name, std::int64_t n);

    /// Nodes and edges hold @p width numbers; @p n_extra are known of a node
    /// besides.
    MessageStep add_message_step(const std::string &name, std::int64_t width,
                                 std::int64_t n_extra);

    torch::Tensor apply(const DenseLayer &layer, const torch::Tensor &x) const;
    torch::Tensor apply(const DenseNetwork &network,
                        const torch::Tensor &x) const;

    /// A row per edge; @p target and @p source have rows for nodes.
    torch::Tensor apply(const EdgeNetwork &network, const Edges &edges,
                        const torch::Tensor &target,
                        const torch::Tensor &source,
                        const torch::Tensor &features) const;

    /// Each row less its mean, over its deviation, scaled and shifted (Ba,
    /// Kiros, Hinton: Layer normalization, 2016).
    torch::Tensor apply(const RowNorm &norm, const torch::Tensor &x) const;

    /// Messages m = norm(network(x_target, x_source, e)) are added to the
    /// states e of the edges, once, and norm(update(x, mean of m, @p extra))
    /// to those of the nodes. @p extra may be undefined.
    void pass_messages(const MessageStep &step, const Edges &edges,
                       const torch::Tensor &extra, torch::Tensor &nodes,
                       torch::Tensor &edge_states) const;

    /// The entry `Scaling`, which sample_scale() follows.
    void add_scaling(Parameters &prm);

    /**
     * The size of the fields of each sample, a row per node: the root of the
     * means of |@p inside|² over the domain and |@p boundary|² over its
     * boundary; both hold a row per node, one may be undefined. Ones if
     * samples are not scaled. A network whose inputs are divided by it
     * (divided()) and whose output is multiplied by it is homogeneous, as are
     * the solutions of linear equations.
     */
    torch::Tensor sample_scale(const GraphBatch &batch,
                               const torch::Tensor &inside,
                               const torch::Tensor &boundary) const;

    // Fields of the finest level, by the normalizer(); a row per node.
    torch::Tensor source_inputs(const GraphBatch &batch) const;

    /// The lift and the boundary values: 2 n_outputs.
    torch::Tensor boundary_inputs(const GraphBatch &batch) const;

    /// Geometry, coefficients, and sources, lift and boundary values divided by
    /// @p scale.
    torch::Tensor all_inputs(const GraphBatch &batch,
                             const torch::Tensor &scale) const;

    /// sample_scale() of sources and boundary values.
    torch::Tensor all_scale(const GraphBatch &batch) const;
    std::int64_t n_all_inputs() const;

    /// Geometry and coefficients.
    torch::Tensor geometry_inputs(const GraphBatch &batch) const;
    std::int64_t n_geometry_inputs() const;

  private:
    bool is_scaled = true;
  };

  /// @p x over @p scale, a row each; zero where both are.
  torch::Tensor divided(const torch::Tensor &x, const torch::Tensor &scale);

  /// One over the number of in-edges, or 1: n_targets × 1.
  torch::Tensor inverse_degree(const Edges &edges,
                               const torch::TensorOptions &options);

  /// Rows of @p x, which are those of own nodes, for the targets of edges.
  torch::Tensor target_rows(const Edges &edges, const torch::Tensor &x);

  /// The same for the sources. Collective.
  torch::Tensor source_rows(const Edges &edges, const torch::Tensor &x);

  /// Features of the finest level: n_nodes × n_node_features.
  torch::Tensor fine_node_features(const GraphBatch &batch);

  /// Features of edges of level @p l.
  torch::Tensor level_edge_features(const GraphBatch &batch, std::size_t l);

  /// Boundary nodes of the sample whose rows are @p n from @p first, as rows of
  /// the batch, int64.
  torch::Tensor boundary_rows(const GraphBatch &batch, std::int64_t first,
                              std::int64_t n);

  /// The positions @p points (n × dim) of nodes of sample @p k of @p batch in
  /// its box, from −1 to 1 along the longest side.
  torch::Tensor relative_points(const GraphBatch &batch, std::int64_t k,
                                const torch::Tensor &points);
} // namespace nodal

#endif
