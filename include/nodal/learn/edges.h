// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_learn_edges_h
#define nodal_learn_edges_h

#include <nodal/mesh/halo.h>

#include <torch/types.h>

#include <memory>
#include <vector>

namespace nodal
{
  /**
   * Directed edges from source nodes to target nodes, sorted by target, and
   * the same edges sorted by source. Index arrays are of type int32.
   *
   * If nodes are distributed over ranks, the sources are the nodes that this
   * rank owns and, behind them, its ghosts.
   */
  struct Edges
  {
    Edges() = default;

    /// The in-edges of target i are those from @p offsets[i] to
    /// offsets[i + 1]; @p sources are below @p n_sources. @p halo is that of
    /// the sources, null if this rank owns them all.
    Edges(const std::vector<int> &offsets, const std::vector<int> &sources,
          int n_sources, torch::Device device = torch::kCPU,
          std::shared_ptr<const Halo> halo = nullptr);

    std::int64_t n_targets = 0, n_sources = 0;
    std::shared_ptr<const Halo> halo;
    torch::Tensor offsets, sources; ///< n_targets + 1; n_edges
    torch::Tensor targets;          ///< n_edges

    torch::Tensor out_offsets; ///< n_sources + 1
    torch::Tensor out_edges;   ///< n_edges: number of an edge
    torch::Tensor out_targets; ///< n_edges: its target

    std::int64_t size() const
    {
      return sources.defined() ? sources.size(0) : 0;
    }
  };

  /**
   * Layers of graph networks, differentiable. Rows of tensors belong to nodes
   * or edges. On the CPU they run kernels of our own, in which a row of the
   * result does not depend on what rows are beside it; elsewhere they are made
   * of LibTorch's operations. All are called with the thread count that
   * at::set_num_threads() sets, which changes no bit.
   *
   * Rows of sources are those that this rank owns; layers fetch the rows of
   * ghosts, and send back what their gradients are. So they are collective, and
   * a network is written as for one rank.
   */
  namespace layers
  {
    /// x w + bias: m × k times k × n. @p bias may be undefined.
    torch::Tensor dense(const torch::Tensor &x, const torch::Tensor &w,
                        const torch::Tensor &bias = {});

    /// x / (1 + exp(−x)).
    torch::Tensor silu(const torch::Tensor &x);

    /**
     * The first layer of a network of edges, split into what belongs to the
     * target, the source and the edge: silu(p_target + q_source + features w),
     * n_edges × n. @p p and @p q hold n numbers per target and per source.
     */
    torch::Tensor edge_hidden(const Edges &edges, const torch::Tensor &p,
                              const torch::Tensor &q,
                              const torch::Tensor &features,
                              const torch::Tensor &w);

    /// The same from what targets and sources hold: silu(target w_target +
    /// source w_source + features w_edge + bias), with two products per node
    /// instead of per edge.
    torch::Tensor
    edge_network(const Edges &edges, const torch::Tensor &target,
                 const torch::Tensor &source, const torch::Tensor &features,
                 const torch::Tensor &w_target, const torch::Tensor &w_source,
                 const torch::Tensor &w_edge, const torch::Tensor &bias);

    /// own ⊙ x + Σ over in-edges of weights ⊙ x_source: n_targets × n. Targets
    /// are the first of the sources, and @p own holds n weights for each.
    torch::Tensor weighted_sum(const Edges &edges, const torch::Tensor &weights,
                               const torch::Tensor &own,
                               const torch::Tensor &x);

    /// The same with one weight per edge for all channels, which is constant.
    torch::Tensor scalar_sum(const Edges &edges, const torch::Tensor &weights,
                             const torch::Tensor &x);

    /// Σ over in-edges of x, a row per edge: n_targets × n.
    torch::Tensor edge_sum(const Edges &edges, const torch::Tensor &x);

    /// The rows of sources, with those of ghosts fetched from their owners:
    /// n_sources × n.
    torch::Tensor all_sources(const Edges &edges, const torch::Tensor &x);

    /// From now on compute by LibTorch's operations on the CPU, too, or no
    /// longer; for tests and benchmarks.
    void use_reference(bool use);
  } // namespace layers

  /// The same layers made of LibTorch's operations, the oracle of the others;
  /// they take rows of ghosts, too.
  namespace reference_layers
  {
    torch::Tensor edge_hidden(const Edges &edges, const torch::Tensor &p,
                              const torch::Tensor &q,
                              const torch::Tensor &features,
                              const torch::Tensor &w);

    /// By gathering and concatenating the rows of both ends.
    torch::Tensor
    edge_network(const Edges &edges, const torch::Tensor &target,
                 const torch::Tensor &source, const torch::Tensor &features,
                 const torch::Tensor &w_target, const torch::Tensor &w_source,
                 const torch::Tensor &w_edge, const torch::Tensor &bias);
    torch::Tensor weighted_sum(const Edges &edges, const torch::Tensor &weights,
                               const torch::Tensor &own,
                               const torch::Tensor &x);
    torch::Tensor scalar_sum(const Edges &edges, const torch::Tensor &weights,
                             const torch::Tensor &x);
    torch::Tensor edge_sum(const Edges &edges, const torch::Tensor &x);
  } // namespace reference_layers
} // namespace nodal

#endif
