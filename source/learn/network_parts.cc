// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network_parts.h"

#include "over_ranks.h"

#include <torch/torch.h>

#include <cmath>

namespace nodal
{
  using torch::Tensor;

  DenseLayer NetworkOperator::add_layer(const std::string &name,
                                        const std::int64_t n_in,
                                        const std::int64_t n_out,
                                        const double gain)
  {
    DenseLayer layer;
    layer.w = add_weight(name, {n_in, n_out}, gain / std::sqrt(double(n_in)));
    layer.bias = add_weight(name + " bias", {n_out}, 0);
    return layer;
  }

  DenseNetwork NetworkOperator::add_network(const std::string &name,
                                            const std::int64_t n_in,
                                            const std::int64_t width,
                                            const std::int64_t n_out,
                                            const double gain)
  {
    DenseNetwork network;
    network.hidden = add_layer(name + ".hidden", n_in, width);
    network.out = add_layer(name + ".out", width, n_out, gain);
    return network;
  }

  EdgeNetwork NetworkOperator::add_edge_network(const std::string &name,
                                                const std::int64_t n,
                                                const std::int64_t n_features,
                                                const std::int64_t width,
                                                const std::int64_t n_out,
                                                const double gain)
  {
    EdgeNetwork network;
    const double deviation = 1 / std::sqrt(2. * n + n_features);
    network.target = add_weight(name + ".target", {n, width}, deviation);
    network.source = add_weight(name + ".source", {n, width}, deviation);
    network.edge = add_weight(name + ".edge", {n_features, width}, deviation);
    network.bias = add_weight(name + ".bias", {width}, 0);
    network.out = add_layer(name + ".out", width, n_out, gain);
    return network;
  }

  RowNorm NetworkOperator::add_norm(const std::string &name,
                                    const std::int64_t n)
  {
    RowNorm norm;
    norm.scale = add_weight(name + " scale", {n}, 0);
    norm.shift = add_weight(name + " shift", {n}, 0);
    return norm;
  }

  MessageStep NetworkOperator::add_message_step(const std::string &name,
                                                const std::int64_t width,
                                                const std::int64_t n_extra)
  {
    MessageStep step;
    step.message =
        add_edge_network(name + ".message", width, width, width, width);
    step.message_norm = add_norm(name + ".message norm", width);
    step.update =
        add_network(name + ".update", 2 * width + n_extra, width, width);
    step.update_norm = add_norm(name + ".update norm", width);
    return step;
  }

  Tensor NetworkOperator::apply(const DenseLayer &layer, const Tensor &x) const
  {
    return layers::dense(x, weight(layer.w), weight(layer.bias));
  }

  Tensor NetworkOperator::apply(const DenseNetwork &network,
                                const Tensor &x) const
  {
    return apply(network.out, layers::silu(apply(network.hidden, x)));
  }

  Tensor NetworkOperator::apply(const EdgeNetwork &network, const Edges &edges,
                                const Tensor &target, const Tensor &source,
                                const Tensor &features) const
  {
    const Tensor hidden = layers::edge_network(
        edges, target, source, features, weight(network.target),
        weight(network.source), weight(network.edge), weight(network.bias));
    return apply(network.out, hidden);
  }

  Tensor NetworkOperator::apply(const RowNorm &norm, const Tensor &x) const
  {
    return torch::layer_norm(x, {x.size(1)}, 1 + weight(norm.scale),
                             weight(norm.shift));
  }

  void NetworkOperator::pass_messages(const MessageStep &step,
                                      const Edges &edges, const Tensor &extra,
                                      Tensor &nodes, Tensor &edge_states) const
  {
    const Tensor message =
        apply(step.message_norm,
              apply(step.message, edges, nodes, nodes, edge_states));
    const Tensor mean = layers::edge_sum(edges, message) *
                        inverse_degree(edges, message.options());
    const Tensor known = extra.defined() ? torch::cat({nodes, mean, extra}, 1)
                                         : torch::cat({nodes, mean}, 1);
    nodes = nodes + apply(step.update_norm, apply(step.update, known));
    edge_states = edge_states + message;
  }

  Tensor NetworkOperator::source_inputs(const GraphBatch &batch) const
  {
    std::vector<Tensor> columns;
    for (unsigned int c = 0; c < shape().n_sources; ++c)
      columns.push_back(batch.sources.slice(1, c, c + 1) /
                        normalizer().source_scale[c]);
    return columns.empty() ? batch.sources : torch::cat(columns, 1);
  }

  Tensor NetworkOperator::boundary_inputs(const GraphBatch &batch) const
  {
    return torch::cat({batch.lift, batch.boundary_values}, 1) /
           normalizer().boundary_scale;
  }

  Tensor NetworkOperator::geometry_inputs(const GraphBatch &batch) const
  {
    return torch::cat({fine_node_features(batch),
                       normalized_coefficients(batch.coefficients)},
                      1);
  }

  std::int64_t NetworkOperator::n_geometry_inputs() const
  {
    return GraphBatch::n_node_features(shape().dim) + shape().n_coefficients;
  }

  Tensor NetworkOperator::all_inputs(const GraphBatch &batch,
                                     const Tensor &scale) const
  {
    return torch::cat({geometry_inputs(batch),
                       divided(source_inputs(batch), scale),
                       divided(boundary_inputs(batch), scale)},
                      1);
  }

  Tensor NetworkOperator::all_scale(const GraphBatch &batch) const
  {
    return sample_scale(batch, source_inputs(batch),
                        batch.boundary_values / normalizer().boundary_scale);
  }

  void NetworkOperator::add_scaling(Parameters &prm)
  {
    prm.add("Scaling", is_scaled,
            "Scale each sample by the size of its sources and boundary values: "
            "right for problems that are linear in them.");
  }

  Tensor NetworkOperator::sample_scale(const GraphBatch &batch,
                                       const Tensor &inside,
                                       const Tensor &boundary) const
  {
    // A source that all samples share is not among the data.
    if (!is_scaled || shape().n_sources == 0)
      return torch::ones_like(batch.volume);
    const auto mean_square = [&](const Tensor &x, const Tensor &share)
    {
      const Tensor sums = product_over_ranks(
          batch, share, torch::cat({x * x, torch::ones_like(share)}, 1));
      const std::int64_t n = x.size(1);
      return sums.slice(1, 0, n).sum() /
             sums.select(1, n).sum().clamp_min(1e-30);
    };
    const Tensor measure = layers::dense(
        batch.boundary_measure, torch::ones({3, 1}, batch.volume.options()));
    std::vector<Tensor> scales;
    std::int64_t first = 0;
    for (const std::int64_t n : batch.sample_sizes)
    {
      Tensor square = torch::zeros({}, batch.volume.options());
      if (inside.defined())
        square = square + mean_square(inside.slice(0, first, first + n),
                                      batch.volume.slice(0, first, first + n));
      if (boundary.defined())
        square = square + mean_square(boundary.slice(0, first, first + n),
                                      measure.slice(0, first, first + n));
      scales.push_back(square.sqrt().expand({n, 1}));
      first += n;
    }
    return torch::cat(scales, 0);
  }

  std::int64_t NetworkOperator::n_all_inputs() const
  {
    return n_geometry_inputs() + shape().n_sources + 2 * shape().n_outputs;
  }

  Tensor divided(const Tensor &x, const Tensor &scale)
  {
    return x / scale.clamp_min(1e-12);
  }

  Tensor inverse_degree(const Edges &edges, const torch::TensorOptions &options)
  {
    return (edges.offsets.slice(0, 1) - edges.offsets.slice(0, 0, -1))
        .clamp_min(1)
        .to(options.dtype())
        .reciprocal()
        .unsqueeze(1);
  }

  Tensor target_rows(const Edges &edges, const Tensor &x)
  {
    return x.index_select(0, edges.targets.to(torch::kInt64));
  }

  Tensor source_rows(const Edges &edges, const Tensor &x)
  {
    return layers::all_sources(edges, x).index_select(
        0, edges.sources.to(torch::kInt64));
  }

  Tensor fine_node_features(const GraphBatch &batch)
  {
    return batch.node_features.slice(0, 0, batch.levels[0].n_nodes);
  }

  Tensor level_edge_features(const GraphBatch &batch, const std::size_t l)
  {
    const BatchLevel &level = batch.levels[l];
    return batch.edge_features.slice(0, level.first_edge,
                                     level.first_edge + level.n_edges);
  }

  Tensor boundary_rows(const GraphBatch &batch, const std::int64_t first,
                       const std::int64_t n)
  {
    // The first feature is 1 inside.
    const Tensor inside =
        fine_node_features(batch).slice(0, first, first + n).select(1, 0);
    return torch::nonzero(inside < 0.5).select(1, 0) + first;
  }

  Tensor relative_points(const GraphBatch &batch, const std::int64_t k,
                         const Tensor &points)
  {
    return (points - batch.box_middles[k]) / batch.half_extents[k];
  }
} // namespace nodal
