// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>

#include "equation_layers.h"
#include "graph_features.h"
#include "network_parts.h"

#include <torch/torch.h>

#include <cmath>

namespace nodal
{
  using torch::Tensor;

  /**
   * Learned V-cycles over the levels of a graph: the idea of MgNO (He, Liu,
   * Xu: MgNO: efficient parameterization of linear operators via multigrid,
   * ICLR 2024), with stencils that a network makes from the geometry of each
   * edge, so that it works on any graph.
   *
   * A node holds `Channels` numbers. Every edge has, for each role in each
   * cycle (the operator A and the smoother S before and after the coarse
   * levels), one weight per channel, made by a network that sees the edge and
   * what one round of messages told its two nodes; a node has weights of its
   * own besides. A is a sum of differences Σ_j a_ij (x_i − x_j) + c_i x_i, S
   * of values. With these, one cycle on level l is
   *
   *   e = S₁ r,   e += P (cycle on level l + 1 of Pᵀ (r − A e)),
   *   e += S₂ (r − A e),
   *
   * each followed by a small matrix across the channels. All levels share the
   * weights of the networks; that is what carries them to other meshes. The
   * right-hand side is made of sources times volumes and of what A would give
   * for the lift of the boundary values, Σ_j a_ij (w_j − w_i), so that
   * constants are solved exactly and the output is linear in both.
   *
   * If `Conservative`, a_ij = a_ji: what a node gives to another one, that one
   * gets, and c_i is zero but on Robin boundaries, where it is near the
   * coefficient times the length (area). Else a_ij and c_i are free.
   *
   * If there is one coefficient and it is positive, it may be taken for the one
   * of diffusion (`Follow coefficient`): a_ij is proportional to it, S
   * inversely. In 3d this goes with the coefficient times the spacing.
   *
   * If `Matrix known`, every cycle begins with the exact residual r = b − A u,
   * and only the cycles themselves are learned.
   *
   * Before training it is near a multigrid method for diffusion with damped
   * Jacobi smoothers, whose damping differs from channel to channel.
   */
  class MultigridOperator : public NetworkOperator
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      prm.add("Channels", n_channels,
              "Numbers that every node holds; multiples of 16 are fastest.", 1,
              1024);
      prm.add("Cycles", n_cycles, "V-cycles, each with its own weights.", 1,
              100);
      prm.add("Width", width,
              "Hidden numbers of the network that makes the weights of an "
              "edge.",
              1, 4096);
      prm.add("Node width", node_width,
              "Numbers that describe the surroundings of a node to it.", 1,
              4096);
      prm.add("Conservative", is_conservative,
              "What one node gives to another the other gets, and only Robin "
              "boundaries absorb: right for diffusion, wrong for transport and "
              "reactions.");
      prm.add("Matrix known", knows_matrix,
              "Begin every cycle with the residual of the sample's linear "
              "system: to see what knowing the matrix is worth.");
      prm.add("Follow coefficient", follows_coefficient,
              "Make stencils proportional to the coefficient, if there is one "
              "and it is positive; it pays where the coefficient is smooth. "
              "Else it is a feature of nodes alone.");
    }

    bool needs_equation() const override
    {
      return knows_matrix;
    }

    bool works_on_parts() const override
    {
      return !knows_matrix;
    }

    void check(const OperatorShape &shape) const override
    {
      if (shape.n_outputs != 1 || shape.n_sources > 1)
        throw BadInput("The operator 'multigrid' is for one unknown and at "
                       "most one source, the data have " +
                           std::to_string(shape.n_outputs) + " and " +
                           std::to_string(shape.n_sources) +
                           "; choose another operator.",
                       "Operator/Name");
    }

    /// A source that all samples share is not among the data: it counts as one
    /// everywhere, and then the output is affine.
    bool is_linear() const override
    {
      return shape().n_sources > 0;
    }

    std::shared_ptr<const void> prepare(const GraphBatch &batch) const override
    {
      return std::make_shared<Stencils>(make_stencils(batch));
    }

  protected:
    void make_weights() override
    {
      const unsigned int dim = shape().dim,
                         n_node = GraphBatch::n_node_features(dim) +
                                  shape().n_coefficients + 1,
                         n_edge = GraphBatch::n_edge_features(dim);
      const auto fan = [](const double n) { return 1 / std::sqrt(n); };
      node_in = add_weight("nodes.in", {n_node, node_width}, fan(n_node));
      node_in_bias = add_weight("nodes.in bias", {node_width}, 0);
      near_target = add_weight("messages.target", {node_width, node_width},
                               fan(node_width));
      near_source = add_weight("messages.source", {node_width, node_width},
                               fan(node_width));
      near_edge =
          add_weight("messages.edge", {n_edge, node_width}, fan(n_edge));
      near_bias = add_weight("messages.bias", {node_width}, 0);
      node_out =
          add_weight("messages.out", {node_width, node_width}, fan(node_width));

      target = add_weight("edges.target", {node_width, width}, fan(node_width));
      source = add_weight("edges.source", {node_width, width}, fan(node_width));
      edge = add_weight("edges.edge", {n_edge, width}, fan(n_edge));
      edge_bias = add_weight("edges.bias", {width}, 0);
      diagonal =
          add_weight("nodes.hidden", {node_width, width}, fan(node_width));
      diagonal_bias = add_weight("nodes.hidden bias", {width}, 0);
      edge_out.clear();
      edge_out_bias.clear();
      node_weights.clear();
      node_weights_bias.clear();
      mixing.clear();
      restriction.clear();
      // The stencil of bilinear elements for Laplace's equation on squares has
      // 8/3 in the middle, spread over all neighbours here.
      const double middle = 8. / 3;
      // The last one is for the right-hand side.
      for (unsigned int r = 0; r < 3 * n_cycles + (knows_matrix ? 0 : 1); ++r)
      {
        const bool is_smoother = r % 3 != 0;
        add_role("role " + std::to_string(r),
                 is_smoother ? 0 : middle / (dim == 2 ? 8 : 26),
                 is_smoother ? 0.8 / middle : 0, is_smoother ? 0.3 : 0);
      }
      load = add_weight("load", {1, n_channels}, 0.1, 1);
      for (unsigned int k = 0; k < n_cycles; ++k)
        restriction.push_back(
            add_matrix("cycle " + std::to_string(k) + ".restriction"));
      output = add_weight("output", {n_channels, shape().n_outputs},
                          0.1 * fan(n_channels), 1. / n_channels);
    }

    Tensor correction(const GraphBatch &batch) const override
    {
      const Stencils stencils =
          batch.prepared ? *static_cast<const Stencils *>(batch.prepared.get())
                         : make_stencils(batch);
      if (knows_matrix)
        return correction_with_matrix(batch, stencils);
      const Tensor rhs = right_hand_side(batch, stencils);
      Tensor u;
      for (unsigned int k = 0; k < n_cycles; ++k)
      {
        const Tensor r =
            k == 0 ? rhs : rhs - apply(batch, stencils, 3 * k, 0, u);
        const Tensor e = cycle(batch, stencils, k, 0, r);
        u = k == 0 ? e : u + e;
      }
      return layers::dense(u, weight(output));
    }

  private:
    /// The weights behind the stencils of one role, which begin near
    /// @p edge_value on all edges and @p node_value, give or take a share of
    /// @p spread from channel to channel, on all nodes.
    void add_role(const std::string &name, const double edge_value,
                  const double node_value, const double spread)
    {
      const double small = 0.1 / std::sqrt(double(width));
      edge_out.push_back(
          add_weight(name + ".edge", {width, n_channels}, small));
      edge_out_bias.push_back(
          add_weight(name + ".edge bias", {n_channels}, 0, edge_value));
      node_weights.push_back(
          add_weight(name + ".node", {width, n_channels}, small));
      node_weights_bias.push_back(add_weight(name + ".node bias", {n_channels},
                                             spread * node_value, node_value));
      mixing.push_back(add_matrix(name + ".mixing"));
    }

    /// A matrix across the channels, near the identity.
    unsigned int add_matrix(const std::string &name)
    {
      const unsigned int index = add_weight(
          name, {n_channels, n_channels}, 0.1 / std::sqrt(double(n_channels)));
      const torch::NoGradGuard guard;
      Tensor matrix = weight(index);
      matrix.diagonal().add_(1);
      return index;
    }

    /// True if there is one coefficient and it is positive, and it shall be
    /// taken for the one of diffusion.
    bool scales_with_coefficient() const
    {
      return follows_coefficient && shape().n_coefficients == 1 &&
             normalizer().coefficient_is_logarithm[0];
    }

    /// What exchange between nodes is proportional to, on edges and, as a mean
    /// of those, on nodes. Undefined if it is one everywhere.
    struct Conductance
    {
      Tensor edges, nodes;
    };

    Conductance conductance(const GraphBatch &batch) const
    {
      Conductance result;
      if (!scales_with_coefficient() && batch.dim == 2)
        return result;
      Tensor own;
      if (scales_with_coefficient())
        own = batch.all_coefficients;
      if (batch.dim == 3)
      {
        const Tensor h = spacings(batch);
        own = own.defined() ? own * h : h;
      }
      const Edges &all = batch.all_edges;
      result.edges = (target_rows(all, own) + source_rows(all, own)) / 2;
      // With its own, for a node may have no edge.
      const Tensor degree =
          (all.offsets.slice(0, 1) - all.offsets.slice(0, 0, -1)).unsqueeze(1);
      result.nodes = (own + layers::edge_sum(all, result.edges)) / (1 + degree);
      return result;
    }

    static Tensor spacings(const GraphBatch &batch)
    {
      std::vector<Tensor> pieces;
      for (const BatchLevel &level : batch.levels)
        pieces.push_back(level.spacing);
      return torch::cat(pieces, 0);
    }

    /// Robin coefficients times the measure of their boundary, on all levels.
    static Tensor absorption(const GraphBatch &batch)
    {
      const auto column = [&](const unsigned int c)
      { return batch.node_features.slice(1, c, c + 1); };
      const Tensor product = column(robin_measure_column) *
                             column(robin_coefficient_column(batch.dim));
      return batch.dim == 3 ? product * spacings(batch) : product;
    }

    /// Weights of edges and nodes, by role and level.
    struct Stencils
    {
      std::vector<std::vector<Tensor>> edges, nodes;
    };

    Stencils make_stencils(const GraphBatch &batch) const
    {
      const Edges &all = batch.all_edges;
      using layers::dense;
      const Conductance kappa = conductance(batch);
      const Tensor absorbed = absorption(batch);
      std::vector<Tensor> features = {batch.node_features};
      if (shape().n_coefficients > 0)
        features.push_back(normalized_coefficients(batch.all_coefficients));
      features.push_back(kappa.nodes.defined() ? absorbed / kappa.nodes
                                               : absorbed);
      const Tensor z = layers::silu(dense(
          torch::cat(features, 1), weight(node_in), weight(node_in_bias)));
      const Tensor message = layers::edge_network(
          all, z, z, batch.edge_features, weight(near_target),
          weight(near_source), weight(near_edge), weight(near_bias));
      const Tensor around =
          z + dense(layers::edge_sum(all, message) *
                        inverse_degree(all, message.options()),
                    weight(node_out));
      // The edge as its target sees it, and as its source does.
      const auto seen = [&](const unsigned int w_target,
                            const unsigned int w_source, const Tensor &features)
      {
        return layers::edge_network(all, around, around, features,
                                    weight(w_target), weight(w_source),
                                    weight(edge), weight(edge_bias));
      };
      const Tensor hidden = seen(target, source, batch.edge_features);
      Tensor exchange = hidden;
      if (is_conservative)
        exchange =
            (hidden + seen(source, target, batch.reverse_edge_features)) / 2;
      const Tensor own =
          layers::silu(dense(around, weight(diagonal), weight(diagonal_bias)));

      std::vector<std::int64_t> edge_counts, node_counts;
      for (const BatchLevel &level : batch.levels)
      {
        edge_counts.push_back(level.n_edges);
        node_counts.push_back(level.n_nodes);
      }
      Stencils stencils;
      for (std::size_t r = 0; r < edge_out.size(); ++r)
      {
        const bool is_smoother = r % 3 != 0;
        Tensor of_edges = dense(is_smoother ? hidden : exchange,
                                weight(edge_out[r]), weight(edge_out_bias[r])),
               of_nodes = dense(own, weight(node_weights[r]),
                                weight(node_weights_bias[r]));
        if (kappa.edges.defined())
          of_edges =
              is_smoother ? of_edges / kappa.edges : of_edges * kappa.edges;
        if (!is_smoother)
          of_nodes =
              is_conservative ? absorbed * (1 + of_nodes) : absorbed + of_nodes;
        else if (kappa.nodes.defined())
          of_nodes = of_nodes / kappa.nodes;
        stencils.edges.push_back(of_edges.split_with_sizes(edge_counts));
        stencils.nodes.push_back(of_nodes.split_with_sizes(node_counts));
      }
      for (unsigned int k = 0; k < n_cycles; ++k)
        for (std::size_t l = 0; l < batch.levels.size(); ++l)
        {
          // a_ij (x_i − x_j): differences, but for what a node adds.
          Tensor &a = stencils.edges[3 * k][l], &c = stencils.nodes[3 * k][l];
          c = c + layers::edge_sum(batch.levels[l].edges, a);
          a = -a;
        }
      return stencils;
    }

    /// One stencil on one level: Σ_j k_ij ⊙ x_j + k_ii ⊙ x_i, mixed.
    Tensor apply(const GraphBatch &batch, const Stencils &stencils,
                 const unsigned int role, const unsigned int l,
                 const Tensor &x) const
    {
      const Tensor sum =
          layers::weighted_sum(batch.levels[l].edges, stencils.edges[role][l],
                               stencils.nodes[role][l], x);
      return layers::dense(sum, weight(mixing[role]));
    }

    Tensor right_hand_side(const GraphBatch &batch,
                           const Stencils &stencils) const
    {
      const unsigned int role = 3 * n_cycles;
      const BatchLevel &level = batch.levels[0];
      const std::int64_t c = n_channels;
      Tensor loads =
          shape().n_sources == 0 ? batch.volume : batch.sources * batch.volume;
      if (!batch.has_boundary_values)
        return level.is_free * layers::dense(loads, weight(load));
      // Σ_j a_ij (w_j − w_i).
      const Tensor w = batch.lift.expand({level.n_nodes, c}).contiguous();
      const Tensor &a = stencils.edges[role][0];
      const Tensor differences = layers::weighted_sum(
          level.edges, a, -layers::edge_sum(level.edges, a), w);
      // Fluxes given on the boundary, and what Robin conditions leave of g.
      const Tensor natural = batch.boundary_measure;
      loads = loads +
              batch.boundary_values *
                  (natural.slice(1, 1, 2) + natural.slice(1, 2, 3)) -
              batch.robin_coefficients * batch.lift * natural.slice(1, 2, 3);
      return level.is_free * (layers::dense(differences, weight(mixing[role])) +
                              layers::dense(loads, weight(load)));
    }

    Tensor correction_with_matrix(const GraphBatch &batch,
                                  const Stencils &stencils) const
    {
      Tensor v = torch::zeros_like(batch.lift);
      for (unsigned int k = 0; k < n_cycles; ++k)
      {
        const Tensor &is_free = batch.levels[0].is_free;
        const Tensor r = is_free * residual_of_equations(batch, batch.lift + v);
        const Tensor e =
            cycle(batch, stencils, k, 0, layers::dense(r, weight(load)));
        v = v + is_free * layers::dense(e, weight(output));
      }
      return v;
    }

    Tensor cycle(const GraphBatch &batch, const Stencils &stencils,
                 const unsigned int k, const unsigned int l,
                 const Tensor &r) const
    {
      const BatchLevel &level = batch.levels[l];
      Tensor e = level.is_free * apply(batch, stencils, 3 * k + 1, l, r);
      if (l + 1 < batch.levels.size())
      {
        const Tensor rest = r - apply(batch, stencils, 3 * k, l, e);
        const Tensor coarse = layers::dense(
            layers::scalar_sum(level.restriction, level.restriction_weights,
                               level.is_free * rest),
            weight(restriction[k]));
        e = e + level.is_free * layers::scalar_sum(
                                    level.interpolation,
                                    level.interpolation_weights,
                                    cycle(batch, stencils, k, l + 1, coarse));
      }
      const Tensor rest = r - apply(batch, stencils, 3 * k, l, e);
      return e + level.is_free * apply(batch, stencils, 3 * k + 2, l, rest);
    }

    bool is_conservative = true, follows_coefficient = true,
         knows_matrix = false;
    unsigned int n_channels = 16, n_cycles = 3, width = 32, node_width = 16;

    // Indices of weights.
    unsigned int node_in, node_in_bias, near_target, near_source, near_edge,
        near_bias, node_out, target, source, edge, edge_bias, diagonal,
        diagonal_bias, load, output;
    std::vector<unsigned int> edge_out, edge_out_bias, node_weights,
        node_weights_bias, mixing, restriction;
  };

  NODAL_REGISTER(NeuralOperator, MultigridOperator, "multigrid",
                 "learned V-cycles over the levels of the graph; linear in "
                 "sources and boundary values, few weights, any mesh")
} // namespace nodal
