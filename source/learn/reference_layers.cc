// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/learn/edges.h>

#include <torch/torch.h>

namespace nodal
{
  namespace reference_layers
  {
    using torch::Tensor;

    namespace
    {
      Tensor rows(const Tensor &x, const Tensor &indices)
      {
        return x.index_select(0, indices.to(torch::kInt64));
      }
    } // namespace

    Tensor edge_sum(const Edges &edges, const Tensor &x)
    {
      return torch::zeros({edges.n_targets, x.size(1)}, x.options())
          .index_add(0, edges.targets.to(torch::kInt64), x);
    }

    Tensor edge_hidden(const Edges &edges, const Tensor &p, const Tensor &q,
                       const Tensor &features, const Tensor &w)
    {
      return torch::silu(rows(p, edges.targets) + rows(q, edges.sources) +
                         torch::matmul(features, w));
    }

    Tensor edge_network(const Edges &edges, const Tensor &target,
                        const Tensor &source, const Tensor &features,
                        const Tensor &w_target, const Tensor &w_source,
                        const Tensor &w_edge, const Tensor &bias)
    {
      const Tensor both = torch::cat(
          {rows(target, edges.targets), rows(source, edges.sources), features},
          1);
      return torch::silu(
          torch::addmm(bias, both, torch::cat({w_target, w_source, w_edge})));
    }

    Tensor weighted_sum(const Edges &edges, const Tensor &weights,
                        const Tensor &own, const Tensor &x)
    {
      return own * x.slice(0, 0, edges.n_targets) +
             edge_sum(edges, weights * rows(x, edges.sources));
    }

    Tensor scalar_sum(const Edges &edges, const Tensor &weights,
                      const Tensor &x)
    {
      return edge_sum(edges, weights.unsqueeze(1) * rows(x, edges.sources));
    }
  } // namespace reference_layers
} // namespace nodal
