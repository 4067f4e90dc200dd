// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trained_network.h"

namespace nodal
{
  using torch::Tensor;

  TrainedNetwork::TrainedNetwork(const Tensor &features,
                                 const unsigned int width,
                                 const unsigned int n_layers,
                                 const Tensor &start)
      : mean(features.mean(0)),
        scale(features.std(0, /*unbiased=*/false).clamp_min(1e-6))
  {
    std::int64_t n_in = features.size(1);
    for (unsigned int l = 0; l <= n_layers; ++l)
    {
      const bool is_last = l == n_layers;
      layers.emplace_back(torch::nn::LinearOptions(
          n_in, is_last ? start.size(0) : std::int64_t(width)));
      network->push_back(layers.back());
      if (!is_last)
        network->push_back(torch::nn::ReLU());
      n_in = width;
    }
    const torch::NoGradGuard no_gradients;
    layers.back()->weight.mul_(0.1);
    layers.back()->bias.copy_(start);
  }

  Tensor TrainedNetwork::forward(const Tensor &features)
  {
    constexpr float limit = DenseNetwork::feature_limit;
    return network->forward(((features - mean) / scale).clamp(-limit, limit));
  }

  namespace
  {
    std::vector<float> as_vector(const Tensor &tensor)
    {
      const Tensor flat = tensor.detach().contiguous().flatten();
      return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
    }
  } // namespace

  DenseNetwork TrainedNetwork::dense() const
  {
    DenseNetwork result;
    result.feature_mean = as_vector(mean);
    result.feature_scale = as_vector(scale);
    for (const torch::nn::Linear &layer : layers)
      result.layers.push_back(
          {unsigned(layer->weight.size(1)), unsigned(layer->weight.size(0)),
           as_vector(layer->weight), as_vector(layer->bias)});
    return result;
  }
} // namespace nodal
