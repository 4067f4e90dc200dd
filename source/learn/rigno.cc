// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network_parts.h"

#include <nodal/core/registry.h>

#include <torch/torch.h>

namespace nodal
{
  using torch::Tensor;

  /**
   * The region interaction graph neural operator (Mousavi, Wen, Lingsch,
   * Herde, Raonić, Mishra: RIGNO, NeurIPS 2025) on the levels of a graph.
   *
   * The nodes of the second level, about a quarter of all, stand for regions.
   * An encoder passes messages from nodes to regions, along the transposed
   * interpolation of the finest level; a processor passes `Steps` messages
   * along the edges of all coarser levels at once, which reach further and
   * further; a decoder passes them back along the interpolation. Edges know
   * differences and distances alone. All networks end in a layer norm, but for
   * that of the output; messages are averaged, states of nodes and edges are
   * residual.
   */
  class RegionOperator : public NetworkOperator
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      prm.add("Steps", n_steps, "Messages between regions.", 1, 100);
      prm.add("Width", width,
              "Numbers that nodes, regions and edges hold; multiples of 16 are "
              "fastest.",
              1, 4096);
      add_scaling(prm);
    }

  protected:
    void make_weights() override
    {
      const std::int64_t n_nodes = n_all_inputs(),
                         n_geometry = n_geometry_inputs(),
                         n_edge = GraphBatch::n_edge_features(shape().dim);
      node = add_normed("nodes", n_nodes, width);
      region = add_normed("regions", n_geometry, width);
      encoder_edge = add_normed("encoder.edges", shape().dim + 2, width);
      decoder_edge = add_normed("decoder.edges", shape().dim + 2, width);
      // One number more: the width of the edge's level.
      processor_edge = add_normed("processor.edges", n_edge + 1, width);
      encoder = add_transfer("encoder");
      decoder = add_transfer("decoder");
      steps.clear();
      for (unsigned int k = 0; k < n_steps; ++k)
        steps.push_back(
            add_message_step("step " + std::to_string(k), width, 0));
      output = add_network("output", width, width, shape().n_outputs, 0.3);
    }

    Tensor correction(const GraphBatch &batch) const override
    {
      const Tensor scale = all_scale(batch);
      Tensor nodes = apply(node, all_inputs(batch, scale));
      if (batch.levels.size() > 1)
      {
        const BatchLevel &fine = batch.levels[0], &coarse = batch.levels[1];
        const auto of_coarse = [&](const Tensor &x) {
          return x.slice(0, coarse.first_node,
                         coarse.first_node + coarse.n_nodes);
        };
        Tensor known = of_coarse(batch.node_features);
        if (shape().n_coefficients > 0)
          known = torch::cat({known, normalized_coefficients(
                                         of_coarse(batch.all_coefficients))},
                             1);
        const Tensor states =
            process(batch, transfer(encoder, encoder_edge, fine.restriction,
                                    fine, coarse, nodes, apply(region, known)));
        nodes = transfer(decoder, decoder_edge, fine.interpolation, coarse,
                         fine, states, nodes);
      }
      else
        nodes = without_messages(decoder, nodes);
      return normalizer().output_scale * scale * apply(output, nodes);
    }

  private:
    struct NormedNetwork
    {
      DenseNetwork network;
      RowNorm norm;
    };

    /// Messages between the nodes of two levels.
    struct Transfer
    {
      EdgeNetwork message;
      RowNorm message_norm;
      NormedNetwork update;
    };

    NormedNetwork add_normed(const std::string &name, const std::int64_t n_in,
                             const std::int64_t n_out)
    {
      return {add_network(name, n_in, width, n_out),
              add_norm(name + " norm", n_out)};
    }

    Transfer add_transfer(const std::string &name)
    {
      Transfer result;
      result.message =
          add_edge_network(name + ".message", width, width, width, width);
      result.message_norm = add_norm(name + ".message norm", width);
      result.update = add_normed(name + ".update", 2 * width, width);
      return result;
    }

    using NetworkOperator::apply;

    Tensor apply(const NormedNetwork &network, const Tensor &x) const
    {
      return apply(network.norm, apply(network.network, x));
    }

    /// Differences, distance and ratio of widths, in units of the target's
    /// spacing: n_edges × (dim + 2).
    static Tensor transfer_features(const Edges &edges,
                                    const BatchLevel &sources,
                                    const BatchLevel &targets)
    {
      const Tensor h = target_rows(edges, targets.spacing),
                   way = (source_rows(edges, sources.points) -
                          target_rows(edges, targets.points)) /
                         h;
      Tensor square = way.slice(1, 0, 1) * way.slice(1, 0, 1);
      for (std::int64_t d = 1; d < way.size(1); ++d)
        square = square + way.slice(1, d, d + 1) * way.slice(1, d, d + 1);
      return torch::cat(
          {way, square.sqrt(), (source_rows(edges, sources.spacing) / h).log()},
          1);
    }

    /// New states of @p targets: theirs, and what the mean message changes.
    Tensor transfer(const Transfer &parts, const NormedNetwork &edge_network,
                    const Edges &edges, const BatchLevel &source_level,
                    const BatchLevel &target_level, const Tensor &sources,
                    const Tensor &targets) const
    {
      const Tensor features = apply(
          edge_network, transfer_features(edges, source_level, target_level));
      const Tensor message =
          apply(parts.message_norm,
                apply(parts.message, edges, targets, sources, features));
      const Tensor mean = layers::edge_sum(edges, message) *
                          inverse_degree(edges, message.options());
      return targets + apply(parts.update, torch::cat({targets, mean}, 1));
    }

    /// The same where there are no edges.
    Tensor without_messages(const Transfer &parts, const Tensor &targets) const
    {
      return targets +
             apply(parts.update,
                   torch::cat({targets, torch::zeros_like(targets)}, 1));
    }

    /// Edges of one coarser level as edges between regions.
    struct LevelEdges
    {
      const Edges *edges;
      Tensor regions; ///< of the level's nodes, int64
      Tensor states;
    };

    /// The steps between regions, along the edges of all coarser levels.
    Tensor process(const GraphBatch &batch, Tensor regions) const
    {
      const BatchLevel &first = batch.levels[1];
      std::vector<LevelEdges> all;
      Tensor degree = torch::zeros_like(first.spacing), index;
      for (std::size_t l = 1; l < batch.levels.size(); ++l)
      {
        const BatchLevel &level = batch.levels[l];
        index = l == 1
                    ? torch::arange(level.n_nodes, level.finer_index.options())
                    : index.index_select(0, level.finer_index);
        const Tensor width_of_edge =
            target_rows(level.edges,
                        level.spacing / first.spacing.index_select(0, index))
                .log();
        all.push_back(
            {&level.edges, index,
             apply(processor_edge,
                   torch::cat({level_edge_features(batch, l), width_of_edge},
                              1))});
        const Tensor count = (level.edges.offsets.slice(0, 1) -
                              level.edges.offsets.slice(0, 0, -1))
                                 .to(degree.scalar_type())
                                 .unsqueeze(1);
        degree = degree.index_add(0, index, count);
      }
      const Tensor one_over_degree = degree.clamp_min(1).reciprocal();
      for (const MessageStep &step : steps)
        regions = regions + one_step(step, all, one_over_degree, regions);
      return regions;
    }

    Tensor one_step(const MessageStep &step, std::vector<LevelEdges> &all,
                    const Tensor &one_over_degree, const Tensor &regions) const
    {
      Tensor sum = torch::zeros_like(regions);
      for (LevelEdges &level : all)
      {
        const Tensor own = regions.index_select(0, level.regions);
        const Tensor message =
            apply(step.message_norm,
                  apply(step.message, *level.edges, own, own, level.states));
        sum = sum.index_add(0, level.regions,
                            layers::edge_sum(*level.edges, message));
        level.states = level.states + message;
      }
      return apply(
          step.update_norm,
          apply(step.update, torch::cat({regions, sum * one_over_degree}, 1)));
    }

    unsigned int n_steps = 4, width = 32;
    NormedNetwork node, region, encoder_edge, decoder_edge, processor_edge;
    Transfer encoder, decoder;
    std::vector<MessageStep> steps;
    DenseNetwork output;
  };

  NODAL_REGISTER(NeuralOperator, RegionOperator, "rigno",
                 "messages between regions on several scales, encoded from and "
                 "decoded to the mesh")
} // namespace nodal
