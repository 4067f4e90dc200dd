// SPDX-License-Identifier: LGPL-2.1-or-later
#include "corrector_network.h"

#include <string>

namespace nodal
{
  using torch::Tensor;

  namespace
  {
    /// Normalised features beyond this are unlike all that was trained on.
    constexpr float feature_limit = 5;

    /// Rows scaled to a mean square below one.
    Tensor normalized(const Tensor &x)
    {
      return x * torch::rsqrt(x.square().mean(2, /*keepdim=*/true) + 0.1);
    }

    Tensor multiplied(const Tensor &x)
    {
      const std::vector<Tensor> parts = x.chunk(2, 2);
      return parts[0] * torch::silu(parts[1]);
    }
  } // namespace

  CorrectorNetwork::CorrectorNetwork(const CorrectorDescription &model)
      : description(model)
  {
    const std::int64_t width = model.width, memory = model.n_memory;
    std::int64_t n_in = n_features() + memory, n_places = 1;
    for (unsigned int d = 0; d < model.n_coordinates; ++d)
      n_places *= model.n_places;
    for (unsigned int l = 0; l < model.n_layers; ++l)
    {
      convolutions.push_back(
          register_module("convolution" + std::to_string(l),
                          torch::nn::Linear(n_places * n_in, 2 * width)));
      n_in = width;
    }
    output = register_module("output", torch::nn::Linear(width, 2));
    if (memory > 0)
      gate = register_module("gate", torch::nn::Linear(width, 2 * memory));
    gain = register_parameter("gain", torch::full({1}, 0.15));
    const torch::NoGradGuard no_gradients;
    output->weight.zero_();
    output->bias.zero_();
  }

  Tensor CorrectorNetwork::no_memory(const std::int64_t n_nodes,
                                     const std::int64_t n_rows) const
  {
    return torch::zeros({n_nodes, n_rows, description.n_memory});
  }

  CorrectorNetwork::Result CorrectorNetwork::forward(
      const std::shared_ptr<const LocalAverages> &averages, const Tensor &seen,
      const Tensor &memory)
  {
    std::vector<Tensor> features;
    for (unsigned int k = 0; k < n_features(); ++k)
    {
      const Tensor value = seen.select(2, k);
      features.push_back(k == forecast
                             ? (value - description.mean) / description.scale
                         : k == weight ? value
                                       : value / description.deviation);
    }
    Tensor x = torch::stack(features, 2).clamp(-feature_limit, feature_limit);
    if (description.n_memory > 0)
      x = torch::cat({x, memory}, 2);
    for (std::size_t l = 0; l < convolutions.size(); ++l)
    {
      const Tensor next = multiplied(convolutions[l](
          LocalAverages::of(averages, l == 0 ? x : normalized(x))));
      x = l == 0 ? next : x + next;
    }
    x = normalized(x);
    const Tensor result = output(x);
    Result out = {description.deviation * result.select(2, 0) +
                      (gain + result.select(2, 1)) * seen.select(2, innovation),
                  memory};
    if (description.n_memory > 0)
    {
      const std::vector<Tensor> parts = gate(x).chunk(2, 2);
      const Tensor share = torch::sigmoid(parts[0]);
      out.memory = (1 - share) * memory + share * torch::tanh(parts[1]);
    }
    return out;
  }
} // namespace nodal
