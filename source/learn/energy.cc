// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/learn/loss.h>

#include "equation_layers.h"

#include <torch/torch.h>

namespace nodal
{
  using torch::Tensor;

  /**
   * The error in the energy norm, √(e·A e), relative to that of the lifted
   * boundary values. It is what a step of conjugate gradients makes small, so
   * with `Any size`, of all multiples of a prediction the best one counts, as
   * it does for a search direction: with d the prediction less the lift, r₀ the
   * residual of the lift and e₀ its error, the square is
   * 1 − (d·r₀)² / (d·A d  e₀·r₀).
   */
  class Energy : public Loss
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      prm.add("Any size", any_size,
              "Of all multiples of a prediction, the best one counts: for "
              "operators that precondition.");
    }

    bool needs_target() const override
    {
      return true;
    }

    std::string preconditioner() const override
    {
      return "none";
    }

    bool needs_spd() const override
    {
      return true;
    }

    Tensor of_samples(const GraphBatch &batch,
                      const Tensor &prediction) const override
    {
      const Tensor lift = batch.lift.to(torch::kFloat64),
                   target = batch.target.to(torch::kFloat64),
                   v = prediction.to(torch::kFloat64),
                   first = residual_of_equations(batch, lift),
                   r = residual_of_equations(batch, v);
      const auto product = [&](const Tensor &a, const Tensor &b)
      { return sum_over_samples(batch, (a * b).sum(1)); };
      const Tensor whole = product(target - lift, first),
                   reference =
                       torch::where(whole > 0, whole, torch::ones_like(whole));
      Tensor square;
      if (any_size)
      {
        const Tensor d = v - lift, with_first = product(d, first),
                     energy = product(d, first - r);
        square = 1 - with_first * with_first /
                         (energy.clamp_min(1e-300) * reference);
      }
      else
        square = product(target - v, r) / reference;
      // The root has no gradient at zero.
      return torch::sqrt(square.clamp_min(1e-20));
    }

  private:
    bool any_size = false;
  };

  NODAL_REGISTER(Loss, Energy, "energy",
                 "the error against the solutions of the data set, relative, "
                 "in the energy norm: for symmetric positive definite "
                 "problems")
} // namespace nodal
