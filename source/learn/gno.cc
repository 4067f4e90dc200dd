// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network_parts.h"

#include <nodal/core/registry.h>

#include <torch/torch.h>

namespace nodal
{
  using torch::Tensor;

  /**
   * The graph kernel network (Li, Kovachki, Azizzadenesheli, Liu,
   * Bhattacharya, Stuart, Anandkumar: Neural operator: graph kernel network for
   * partial differential equations, 2020). Each of `Layers` layers is
   *
   *   v_i ← v_i + silu(W v_i + Σ_j (|Ω_j| / Σ_k |Ω_k|) κ(x_i, x_j) v_j + b),
   *
   * the sum over a node and those it has edges with, weighted by volume, as in
   * an integral. The matrix κ = B diag(k) A is of rank `Rank`; the network k
   * sees differences of positions and what is known of geometry and
   * coefficients at both ends. As in the paper, all layers share k, so that
   * it is evaluated once.
   */
  class GraphKernelOperator : public NetworkOperator
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      prm.add("Layers", n_layers, "Kernel integrals, one after the other.", 1,
              100);
      prm.add("Width", width,
              "Numbers that every node holds; multiples of 16 are fastest.", 1,
              4096);
      prm.add("Rank", rank, "Of the matrix that the kernel is.", 1, 4096);
      prm.add("Kernel width", kernel_width,
              "Hidden numbers of the network that the kernel is.", 1, 4096);
      add_scaling(prm);
    }

  protected:
    void make_weights() override
    {
      const std::int64_t n_edge = GraphBatch::n_edge_features(shape().dim);
      input = add_network("input", n_all_inputs(), width, width);
      kernel = add_edge_network("kernel", n_geometry_inputs(), n_edge,
                                kernel_width, rank);
      own_kernel =
          add_network("own kernel", n_geometry_inputs(), kernel_width, rank);
      layers_of_kernels.clear();
      for (unsigned int k = 0; k < n_layers; ++k)
      {
        const std::string name = "layer " + std::to_string(k);
        Layer layer;
        layer.norm = add_norm(name + ".norm", width);
        layer.into = add_layer(name + ".into", width, rank);
        layer.out = add_layer(name + ".out", rank, width);
        layer.own = add_layer(name + ".own", width, width);
        layers_of_kernels.push_back(layer);
      }
      output = add_network("output", width, width, shape().n_outputs, 0.3);
    }

    Tensor correction(const GraphBatch &batch) const override
    {
      const Tensor scale = all_scale(batch), geometry = geometry_inputs(batch);
      const Edges &edges = batch.levels[0].edges;
      const Tensor around = apply(kernel, edges, geometry, geometry,
                                  level_edge_features(batch, 0)),
                   own = apply(own_kernel, geometry);
      // Shares of the volume of a node and its neighbours.
      const Tensor ones = torch::ones({edges.size()}, batch.volume.options()),
                   total = batch.volume +
                           layers::scalar_sum(edges, ones, batch.volume),
                   share = source_rows(edges, batch.volume) /
                           target_rows(edges, total);
      const Tensor weights = around * share,
                   own_weights = own * (batch.volume / total);
      Tensor v = apply(input, all_inputs(batch, scale));
      for (const Layer &layer : layers_of_kernels)
      {
        const Tensor x = apply(layer.norm, v);
        const Tensor integral = layers::weighted_sum(
            edges, weights, own_weights, apply(layer.into, x));
        v = v + layers::silu(apply(layer.own, x) + apply(layer.out, integral));
      }
      return normalizer().output_scale * scale * apply(output, v);
    }

  private:
    struct Layer
    {
      RowNorm norm;
      DenseLayer into, out, own;
    };

    unsigned int n_layers = 8, width = 48, rank = 48, kernel_width = 48;
    DenseNetwork input, own_kernel, output;
    EdgeNetwork kernel;
    std::vector<Layer> layers_of_kernels;
  };

  NODAL_REGISTER(NeuralOperator, GraphKernelOperator, "gno",
                 "kernel integrals over the neighbours of each node, whose "
                 "kernel is a network of the edge")
} // namespace nodal
