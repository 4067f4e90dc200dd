// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_trained_network_h
#define nodal_source_couple_trained_network_h

#include <nodal/couple/dense_network.h>

#include <torch/torch.h>

#include <vector>

namespace nodal
{
  /// A DenseNetwork in training: its weights are of single precision, drawn by
  /// LibTorch's generator.
  class TrainedNetwork
  {
  public:
    /// With @p n_layers hidden layers of @p width channels; it normalises by
    /// the mean and deviation of @p features, n × n_features. What it gives at
    /// first is near @p start, of n_outputs.
    TrainedNetwork(const torch::Tensor &features, unsigned int width,
                   unsigned int n_layers, const torch::Tensor &start);

    /// n × n_outputs.
    torch::Tensor forward(const torch::Tensor &features);

    std::vector<torch::Tensor> parameters() const
    {
      return network->parameters();
    }

    /// With the present weights.
    DenseNetwork dense() const;

  private:
    torch::nn::Sequential network;
    std::vector<torch::nn::Linear> layers;
    torch::Tensor mean, scale;
  };
} // namespace nodal

#endif
