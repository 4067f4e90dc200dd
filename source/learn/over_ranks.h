// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_learn_over_ranks_h
#define nodal_source_learn_over_ranks_h

#include <nodal/learn/graph_batch.h>

#include <vector>

namespace nodal
{
  // What networks and losses do with all nodes of a sample, whose ranks hold
  // a part of them each. All are collective over GraphBatch::comm.

  /// The sum of the tensors @p x of all ranks, for losses, which every rank
  /// computes in full: the gradient of the sum is that of each term.
  torch::Tensor sum_over_ranks(const GraphBatch &batch, const torch::Tensor &x);

  /**
   * aᵀ b over the rows of all ranks, k × m, for networks, whose ranks go on
   * with it for their own nodes each: gradients of all ranks are added up. The
   * sum is exact but for one rounding of each product to a common grid of 52
   * bits (numbers below 1e-150 are lost), so it does not depend on the order of
   * rows.
   */
  torch::Tensor product_over_ranks(const GraphBatch &batch,
                                   const torch::Tensor &a,
                                   const torch::Tensor &b);

  /// The largest of the tensors @p x of all ranks, entry by entry; without
  /// gradient.
  torch::Tensor largest_over_ranks(const GraphBatch &batch,
                                   const torch::Tensor &x);

  /// The boundary nodes of one sample, of all ranks.
  class BoundaryNodes
  {
  public:
    /// Of the sample whose rows are @p n from @p first.
    BoundaryNodes(const GraphBatch &batch, std::int64_t first, std::int64_t n);

    /// The rows of the boundary nodes of all ranks, in the order of their
    /// numbers, from the rows @p x of all own nodes of the batch; without
    /// gradient if there are several ranks.
    torch::Tensor rows_of(const torch::Tensor &x) const;

  private:
    const MPI_Comm comm;
    torch::Tensor own;       ///< own boundary nodes among the rows of the batch
    std::vector<int> counts; ///< boundary nodes of each rank
    torch::Tensor order;     ///< of the rows of all ranks by number
  };
} // namespace nodal

#endif
