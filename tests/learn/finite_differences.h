// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_learn_finite_differences_h
#define nodal_tests_learn_finite_differences_h

#include <nodal/learn/neural_operator.h>

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace samples
{
  /// The slope of a loss along a random direction of the weights, which all of
  /// them take part in.
  struct Slope
  {
    double gradient, differences;
  };

  inline Slope slope_of(const nodal::NeuralOperator &network,
                        const std::function<torch::Tensor()> &loss)
  {
    loss().backward();
    torch::Tensor weights = network.all_weights();
    const torch::Tensor gradient = weights.grad().clone();
    torch::manual_seed(3);
    const torch::Tensor direction = torch::randn_like(weights);
    const torch::NoGradGuard guard;
    const double step = 1e-6;
    weights.add_(step * direction);
    const double after = loss().item<double>();
    weights.sub_(2 * step * direction);
    const double before = loss().item<double>();
    return {(gradient * direction).sum().item<double>(),
            (after - before) / (2 * step)};
  }

  /// The gradient of @p value at the column @p x, a leaf, which it keeps, goes
  /// into x.grad(); returns its largest distance from central differences.
  inline double distance_from_differences(
      const std::function<torch::Tensor(const torch::Tensor &)> &value,
      const torch::Tensor &x)
  {
    value(x).backward();
    const torch::NoGradGuard guard;
    const double size = 1e-6;
    double result = 0;
    for (std::int64_t i = 0; i < x.size(0); ++i)
    {
      torch::Tensor step = torch::zeros_like(x);
      step[i][0] = size;
      const double slope =
          (value(x + step) - value(x - step)).item<double>() / (2 * size);
      result =
          std::max(result, std::abs(slope - x.grad()[i][0].item<double>()));
    }
    return result;
  }
} // namespace samples

#endif
