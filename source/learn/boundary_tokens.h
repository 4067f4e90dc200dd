// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_learn_boundary_tokens_h
#define nodal_source_learn_boundary_tokens_h

#include "over_ranks.h"

#include <vector>

namespace nodal
{
  /// What attention needs to know of the boundary of one sample, with N own
  /// nodes and B that lie on it.
  struct BoundaryTokens
  {
    /// For the sample whose rows are @p n from @p first.
    BoundaryTokens(const GraphBatch &batch, const std::int64_t first,
                   const std::int64_t n)
        : first(first), n(n), nodes(batch, first, n)
    {
    }

    std::int64_t first, n; ///< rows of the sample among all nodes

    /// The rows of the B boundary nodes, of all ranks, from those of all own
    /// nodes @p x, in the order of the tokens.
    torch::Tensor rows_of(const torch::Tensor &x) const
    {
      const torch::Tensor rows = nodes.rows_of(x);
      return order.defined() ? rows.index_select(0, order) : rows;
    }

    BoundaryNodes nodes;
    torch::Tensor order; ///< undefined: that of the numbers of nodes

    /// B × (dim + 3 n_outputs + 2): position in the sample's box; g where it
    /// is of type Dirichlet, Neumann and Robin; α, made less than one; and the
    /// node's share of the boundary.
    torch::Tensor features;

    // For every node and token, N × B. They do not change with the mesh size.
    torch::Tensor log_distance; ///< log of the squared distance over L²
    torch::Tensor cosine;       ///< of the outward normal and the way there
    torch::Tensor log_measure;  ///< of the token's share of the boundary
  };

  /**
   * The boundary of each sample. @p values are those of the boundary in units
   * of the network, n_nodes × n_outputs. Tokens are in the order of nodes, or,
   * if @p is_ordered, around the middle of the sample (dim = 2); without
   * @p has_pairs, what belongs to pairs is left undefined.
   */
  std::vector<BoundaryTokens> boundary_tokens(const GraphBatch &batch,
                                              const torch::Tensor &values,
                                              bool is_ordered, bool has_pairs);
} // namespace nodal

#endif
