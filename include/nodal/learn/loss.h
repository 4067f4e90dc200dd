// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_learn_loss_h
#define nodal_learn_loss_h

#include <nodal/core/parameters.h>
#include <nodal/learn/graph_batch.h>

#include <string>

namespace nodal
{
  /// What training makes small.
  class Loss
  {
  public:
    virtual ~Loss() = default;

    static std::string kind()
    {
      return "loss";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /// True if samples must have a target.
    virtual bool needs_target() const = 0;

    /// Name of the preconditioner with which samples must have an equation;
    /// empty if they need none.
    virtual std::string preconditioner() const
    {
      return "";
    }

    /// True if the matrices of the equations must be symmetric positive
    /// definite.
    virtual bool needs_spd() const
    {
      return false;
    }

    /// One number for each sample of @p batch; @p prediction is n_nodes ×
    /// n_outputs.
    virtual torch::Tensor of_samples(const GraphBatch &batch,
                                     const torch::Tensor &prediction) const = 0;
  };

  /// Sums of @p values (a number per node of the finest level) over the nodes
  /// of each sample, on all its ranks: n_samples.
  torch::Tensor sum_over_samples(const GraphBatch &batch,
                                 const torch::Tensor &values);

  /// ‖prediction − target‖ / ‖target‖ in L2 of each sample, by the volumes of
  /// nodes: n_samples. Where the target is zero, ‖prediction‖.
  torch::Tensor relative_l2(const GraphBatch &batch,
                            const torch::Tensor &prediction);
} // namespace nodal

#endif
