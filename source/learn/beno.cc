// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boundary_tokens.h"
#include "network_parts.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>

#include <torch/torch.h>

#include <cmath>

namespace nodal
{
  using torch::Tensor;

  /**
   * The boundary-embedded neural operator (Wang, Li, Dwivedi, Hara, Wu:
   * BENO: boundary-embedded neural operators for elliptic PDEs, ICLR 2024).
   *
   * Two branches are summed: one sees the sources and boundary values of zero,
   * the other the boundary values and no source. Each passes messages along
   * the edges of the finest level; edges have states of their own, which every
   * message is added to once. Each branch embeds the boundary once:
   *
   * - `faithful`, as in the paper: its nodes in their order around the middle
   *   of the domain, a periodic convolution, and a transformer, whose mean over
   *   the boundary enters every update of every node;
   * - `improved`: every node asks the boundary nodes by cross-attention (after
   *   Mousavi et al., 2026), with scores that also depend on distance and
   *   direction, as the kernels of boundary integrals do, so that no single
   *   vector has to hold the whole boundary. In the branch of boundary values
   *   the same means of the values themselves, less the lift at the node, are
   *   known to it, too.
   */
  class BoundaryEmbeddedOperator : public NetworkOperator
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      prm.add("Form", form,
              "`faithful`: one vector for the whole boundary, in 2d; "
              "`improved`: attention of each node to the boundary.",
              {"improved", "faithful"});
      prm.add("Layers", n_layers, "Rounds of messages of each branch.", 1, 100);
      prm.add("Width", width,
              "Numbers that nodes and edges hold; multiples of 16 are fastest.",
              1, 4096);
      prm.add("Heads", n_heads, "Of attention.", 1, 64);
      prm.add("Head width", head_width, "Numbers of each head.", 1, 1024);
      prm.add("Attention blocks", n_blocks,
              "Rounds of attention to the boundary, or layers of the "
              "transformer.",
              1, 100);
      add_scaling(prm);
    }

    void check(const OperatorShape &shape) const override
    {
      if (form == "faithful" && shape.dim != 2)
        throw BadInput("The faithful form of beno needs an order of the "
                       "boundary nodes, which there is in 2d only; take the "
                       "improved form.");
    }

    bool is_additive() const override
    {
      return true;
    }

  protected:
    void make_weights() override
    {
      branches.clear();
      branches.push_back(make_branch("sources", shape().n_sources, false));
      branches.push_back(make_branch("boundary", 2 * shape().n_outputs, true));
    }

    Tensor correction(const GraphBatch &batch) const override
    {
      const bool is_ordered = form == "faithful";
      const Tensor g = batch.boundary_values / normalizer().boundary_scale,
                   sources = source_inputs(batch),
                   source_scale = sample_scale(batch, sources, Tensor()),
                   boundary_scale = sample_scale(batch, Tensor(), g);
      const auto tokens = boundary_tokens(batch, divided(g, boundary_scale),
                                          is_ordered, !is_ordered);
      // The geometry is the same, the values are zero.
      auto empty = tokens;
      const std::int64_t dim = batch.dim, n_values = 3 * shape().n_outputs;
      for (BoundaryTokens &own : empty)
      {
        own.features = own.features.clone();
        own.features.slice(1, dim, dim + n_values).zero_();
      }
      return normalizer().output_scale *
             (source_scale * run(branches[0], batch, empty,
                                 divided(sources, source_scale)) +
              boundary_scale *
                  run(branches[1], batch, tokens,
                      divided(boundary_inputs(batch), boundary_scale)));
    }

  private:
    /// Attention, and a network for each row behind it, both residual.
    struct Block
    {
      RowNorm query_norm, network_norm;
      DenseLayer query, key, value, out;
      unsigned int distance_slopes = 0, cosine_slopes = 0; ///< by head
      DenseNetwork network;
    };

    struct Branch
    {
      bool has_lift = false;
      DenseNetwork token, query; ///< into the boundary's embedding
      DenseLayer convolution;
      std::vector<Block> blocks;
      DenseNetwork node, edge, output;
      RowNorm node_norm, edge_norm;
      std::vector<MessageStep> steps;
    };

    Branch make_branch(const std::string &name, const unsigned int n_values,
                       const bool has_lift)
    {
      const bool is_faithful = form == "faithful";
      const std::int64_t n_inputs = n_geometry_inputs() + n_values,
                         n_edge = GraphBatch::n_edge_features(shape().dim);
      Branch branch;
      branch.has_lift = has_lift;
      branch.token =
          add_network(name + ".token", n_token_inputs(), width, width);
      if (is_faithful)
        branch.convolution = add_layer(name + ".convolution", 3 * width, width);
      else
        branch.query = add_network(name + ".query", n_inputs, width, width);
      for (unsigned int b = 0; b < n_blocks; ++b)
        branch.blocks.push_back(
            make_block(name + ".block " + std::to_string(b), has_lift));
      branch.node = add_network(
          name + ".node", n_inputs + (is_faithful ? 0 : width), width, width);
      branch.node_norm = add_norm(name + ".node norm", width);
      branch.edge = add_network(name + ".edge", n_edge, width, width);
      branch.edge_norm = add_norm(name + ".edge norm", width);
      for (unsigned int k = 0; k < n_layers; ++k)
        branch.steps.push_back(
            add_message_step(name + ".step " + std::to_string(k), width,
                             is_faithful ? width : 0));
      branch.output =
          add_network(name + ".output", (is_faithful ? 1 : 2) * width, width,
                      shape().n_outputs, 0.3);
      return branch;
    }

    /// Positions are for the order of the paper; attention has differences.
    std::int64_t n_token_inputs() const
    {
      return GraphBatch::n_node_features(shape().dim) + 3 * shape().n_outputs +
             2 + (form == "faithful" ? shape().dim : 0);
    }

    Block make_block(const std::string &name, const bool has_lift)
    {
      const std::int64_t n = n_heads * head_width;
      Block block;
      block.query_norm = add_norm(name + ".query norm", width);
      block.query = add_layer(name + ".query", width, n);
      block.key = add_layer(name + ".key", width, n);
      block.value = add_layer(name + ".value", width, n);
      if (form == "improved")
      {
        block.distance_slopes = add_weight(name + ".distance", {n_heads}, 0.3);
        block.cosine_slopes = add_weight(name + ".cosine", {n_heads}, 0.3);
      }
      block.out = add_layer(name + ".mixing",
                            n + (form == "improved" && has_lift
                                     ? n_heads * shape().n_outputs
                                     : 0),
                            width);
      block.network_norm = add_norm(name + ".network norm", width);
      block.network = add_network(name + ".network", width, width, width);
      return block;
    }

    /// Attention of the rows of @p x to those of @p tokens, of one sample. If
    /// @p g is defined, the same means of it, less @p lift, go with them.
    Tensor attend(const Block &block, const Tensor &x, const Tensor &tokens,
                  const BoundaryTokens &boundary, const Tensor &g,
                  const Tensor &lift) const
    {
      const Tensor query = apply(block.query, apply(block.query_norm, x)),
                   key = apply(block.key, tokens),
                   value = apply(block.value, tokens);
      std::vector<Tensor> heads;
      for (std::int64_t h = 0; h < n_heads; ++h)
      {
        const std::int64_t first = h * head_width, last = first + head_width;
        Tensor scores = layers::dense(query.slice(1, first, last),
                                      key.slice(1, first, last).t()) /
                        std::sqrt(double(head_width));
        if (boundary.log_distance.defined())
          // Boundary integrals at first: shares of it over the distance.
          scores =
              scores + boundary.log_measure +
              (weight(block.distance_slopes)[h] - 1) * boundary.log_distance +
              weight(block.cosine_slopes)[h] * boundary.cosine;
        const Tensor shares = torch::softmax(scores, 1);
        heads.push_back(layers::dense(shares, value.slice(1, first, last)));
        if (g.defined())
          heads.push_back(layers::dense(shares, g) - lift);
      }
      const Tensor y = x + apply(block.out, torch::cat(heads, 1));
      return y + apply(block.network, apply(block.network_norm, y));
    }

    /// A row for each node: the vector of its sample, or its own.
    Tensor embed(const Branch &branch, const GraphBatch &batch,
                 const std::vector<BoundaryTokens> &boundaries,
                 const Tensor &inputs) const
    {
      const bool is_faithful = form == "faithful";
      // The first of the values in the branch that has it.
      const Tensor lift = inputs.slice(1, n_geometry_inputs(),
                                       n_geometry_inputs() + shape().n_outputs);
      std::vector<Tensor> samples;
      for (const BoundaryTokens &boundary : boundaries)
      {
        const Tensor known = is_faithful
                                 ? boundary.features
                                 : boundary.features.slice(1, batch.dim);
        Tensor tokens =
            apply(branch.token,
                  torch::cat(
                      {boundary.rows_of(fine_node_features(batch)), known}, 1));
        if (is_faithful)
        {
          tokens = layers::silu(apply(
              branch.convolution,
              torch::cat({tokens.roll(1, 0), tokens, tokens.roll(-1, 0)}, 1)));
          for (const Block &block : branch.blocks)
            tokens = attend(block, tokens, tokens, boundary, {}, {});
          const Tensor mean =
              layers::dense(torch::full({1, tokens.size(0)},
                                        1. / tokens.size(0), tokens.options()),
                            tokens);
          samples.push_back(mean.expand({boundary.n, width}));
        }
        else
        {
          Tensor x =
              apply(branch.query, inputs.slice(0, boundary.first,
                                               boundary.first + boundary.n));
          for (const Block &block : branch.blocks)
            x = attend(
                block, x, tokens, boundary,
                branch.has_lift ? boundary.rows_of(lift) : Tensor(),
                lift.slice(0, boundary.first, boundary.first + boundary.n));
          samples.push_back(x);
        }
      }
      return torch::cat(samples, 0);
    }

    Tensor run(const Branch &branch, const GraphBatch &batch,
               const std::vector<BoundaryTokens> &boundaries,
               const Tensor &values) const
    {
      const Tensor inputs = torch::cat({geometry_inputs(batch), values}, 1);
      const Tensor embedded = embed(branch, batch, boundaries, inputs);
      const bool is_faithful = form == "faithful";
      Tensor nodes = apply(
          branch.node_norm,
          apply(branch.node,
                is_faithful ? inputs : torch::cat({inputs, embedded}, 1)));
      Tensor edges = apply(branch.edge_norm,
                           apply(branch.edge, level_edge_features(batch, 0)));
      for (const MessageStep &step : branch.steps)
        pass_messages(step, batch.levels[0].edges,
                      is_faithful ? embedded : Tensor(), nodes, edges);
      return apply(branch.output,
                   is_faithful ? nodes : torch::cat({nodes, embedded}, 1));
    }

    std::string form = "improved";
    unsigned int n_layers = 4, width = 32, n_heads = 2, head_width = 16,
                 n_blocks = 2;
    std::vector<Branch> branches;
  };

  NODAL_REGISTER(NeuralOperator, BoundaryEmbeddedOperator, "beno",
                 "boundary-embedded messages on the mesh, a branch for sources "
                 "and one for boundary values")
} // namespace nodal
