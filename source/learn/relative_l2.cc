// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/learn/loss.h>

#include "over_ranks.h"

#include <torch/torch.h>

namespace nodal
{
  using torch::Tensor;

  Tensor sum_over_samples(const GraphBatch &batch, const Tensor &values)
  {
    std::vector<Tensor> sums;
    for (const Tensor &piece : values.split_with_sizes(batch.sample_sizes))
      sums.push_back(piece.sum());
    return sum_over_ranks(batch, torch::stack(sums));
  }

  Tensor relative_l2(const GraphBatch &batch, const Tensor &prediction)
  {
    const Tensor volume = batch.volume.squeeze(1);
    const auto square = [&](const Tensor &x)
    { return sum_over_samples(batch, volume * (x * x).sum(1)); };
    const Tensor norm = square(batch.target);
    const Tensor ratio = square(prediction - batch.target) /
                         torch::where(norm > 0, norm, torch::ones_like(norm));
    // The root has no gradient at zero.
    return torch::sqrt(ratio.clamp_min(1e-20));
  }

  /// The mean over samples of the relative error in L2.
  class RelativeL2 : public Loss
  {
  public:
    bool needs_target() const override
    {
      return true;
    }

    Tensor of_samples(const GraphBatch &batch,
                      const Tensor &prediction) const override
    {
      return relative_l2(batch, prediction);
    }
  };

  NODAL_REGISTER(Loss, RelativeL2, "relative l2",
                 "the error against the solutions of the data set, relative, "
                 "in L2")
} // namespace nodal
