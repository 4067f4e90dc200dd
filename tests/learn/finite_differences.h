// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_learn_finite_differences_h
#define nodal_tests_learn_finite_differences_h

#include <nodal/learn/neural_operator.h>

#include <torch/torch.h>

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
} // namespace samples

#endif
