// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network_parts.h"
#include "over_ranks.h"

#include <nodal/core/registry.h>

#include <torch/torch.h>

#include <cmath>

namespace nodal
{
  using torch::Tensor;

  namespace
  {
    /**
     * The vector from each of @p points (n × dim) to the nearest of @p ends
     * and its length: n × (dim + 1). Where several are nearest, their mean, so
     * that the order of nodes does not matter. Zero without @p ends.
     */
    Tensor way_to_nearest(const Tensor &points, const Tensor &ends)
    {
      const std::int64_t dim = points.size(1);
      if (ends.size(0) == 0)
        return torch::zeros({points.size(0), dim + 1}, points.options());
      std::vector<Tensor> ways;
      Tensor square;
      for (std::int64_t d = 0; d < dim; ++d)
      {
        ways.push_back(ends.select(1, d).unsqueeze(0) -
                       points.select(1, d).unsqueeze(1));
        square = d == 0 ? ways[d] * ways[d] : square + ways[d] * ways[d];
      }
      const Tensor least = std::get<0>(square.min(1, true));
      const Tensor share = (square <= least * (1 + 1e-4)).to(points.dtype());
      const Tensor ones = torch::ones({ends.size(0), 1}, points.options());
      const Tensor count = layers::dense(share, ones);
      std::vector<Tensor> columns;
      for (const Tensor &way : ways)
        columns.push_back(layers::dense(share * way, ones) / count);
      columns.push_back(least.sqrt());
      return torch::cat(columns, 1);
    }
  } // namespace

  /**
   * A spectral graph network (Lötzsch, Ohler, Otterbach: Learning the solution
   * operator of boundary value problems using graph neural networks, 2022): a
   * network of each node, graph convolutions by Chebyshev polynomials of the
   * normalised Laplacian L = 1 − D^(−1/2) A D^(−1/2) of the finest level
   * (Defferrard, Bresson, Vandergheynst, NeurIPS 2016), and a network of each
   * node. With the largest eigenvalue taken as 2, the polynomials are those of
   * L − 1:
   *
   *   T₀ = x,  T₁ = (L − 1) x,  Tₖ = 2 (L − 1) Tₖ₋₁ − Tₖ₋₂,  y = Σ Tₖ Wₖ.
   *
   * Nodes know the way to the nearest Dirichlet node and the nearest boundary
   * node, in units of the domain's size, and no coordinates. A convolution
   * reaches `Polynomials` − 1 edges far, so train and use it on meshes of
   * similar size; the paper mixes resolutions in the training set.
   */
  class ChebyshevOperator : public NetworkOperator
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      prm.add("Convolutions", n_convolutions, "One after the other.", 1, 100);
      prm.add("Polynomials", n_polynomials,
              "Chebyshev polynomials of each convolution.", 1, 100);
      prm.add("Width", width,
              "Numbers that every node holds; multiples of 16 are fastest.", 1,
              4096);
      add_scaling(prm);
    }

  protected:
    void make_weights() override
    {
      input = add_network("input", n_all_inputs() + 2 * (shape().dim + 1),
                          width, width);
      convolutions.clear();
      for (unsigned int k = 0; k < n_convolutions; ++k)
      {
        const std::string name = "convolution " + std::to_string(k);
        convolutions.push_back({add_norm(name + ".norm", width),
                                add_layer(name, n_polynomials * width, width)});
      }
      output = add_network("output", width, width, shape().n_outputs, 0.3);
    }

    Tensor correction(const GraphBatch &batch) const override
    {
      const Tensor scale = all_scale(batch);
      Tensor x =
          apply(input, torch::cat({all_inputs(batch, scale), ways(batch)}, 1));
      const Edges &edges = batch.levels[0].edges;
      const Tensor degree = inverse_degree(edges, x.options()).sqrt(),
                   weights = -(target_rows(edges, degree) *
                               source_rows(edges, degree))
                                  .flatten();
      for (const Convolution &convolution : convolutions)
        x = x + layers::silu(convolve(convolution, edges, weights,
                                      apply(convolution.norm, x)));
      return normalizer().output_scale * scale * apply(output, x);
    }

  private:
    struct Convolution
    {
      RowNorm norm;
      DenseLayer mixing;
    };

    /// @p weights: those of L − 1, one for each edge.
    Tensor convolve(const Convolution &convolution, const Edges &edges,
                    const Tensor &weights, const Tensor &x) const
    {
      std::vector<Tensor> terms = {x};
      for (unsigned int k = 1; k < n_polynomials; ++k)
      {
        const Tensor next = layers::scalar_sum(edges, weights, terms[k - 1]);
        terms.push_back(k == 1 ? next : 2 * next - terms[k - 2]);
      }
      return apply(convolution.mixing, torch::cat(terms, 1));
    }

    /// To the nearest Dirichlet and boundary node: n_nodes × 2 (dim + 1).
    static Tensor ways(const GraphBatch &batch)
    {
      const Tensor features = fine_node_features(batch);
      std::vector<Tensor> samples;
      std::int64_t first = 0;
      for (std::int64_t k = 0; k < batch.n_samples; ++k)
      {
        const std::int64_t n = batch.sample_sizes[k];
        const BoundaryNodes nodes(batch, first, n);
        const Tensor points = relative_points(
                         batch, k, batch.points.slice(0, first, first + n)),
                     boundary =
                         relative_points(batch, k, nodes.rows_of(batch.points)),
                     is_dirichlet = nodes.rows_of(features).select(1, 1) > 0.5,
                     dirichlet = boundary.index_select(
                         0, torch::nonzero(is_dirichlet).select(1, 0));
        samples.push_back(torch::cat({way_to_nearest(points, dirichlet),
                                      way_to_nearest(points, boundary)},
                                     1));
        first += n;
      }
      return torch::cat(samples, 0);
    }

    unsigned int n_convolutions = 4, n_polynomials = 5, width = 48;
    DenseNetwork input, output;
    std::vector<Convolution> convolutions;
  };

  NODAL_REGISTER(NeuralOperator, ChebyshevOperator, "chebyshev",
                 "graph convolutions by polynomials of the graph Laplacian")
} // namespace nodal
