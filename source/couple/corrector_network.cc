// SPDX-License-Identifier: LGPL-2.1-or-later
#include "corrector_network.h"

namespace nodal
{
  using torch::Tensor;

  namespace
  {
    /// Of what is seen, all for ensembles only.
    unsigned int n_features(const CorrectorDescription &model)
    {
      return model.n_members > 1 ? CorrectorNetwork::n_seen
                                 : CorrectorNetwork::deviation;
    }

    NodeNetworkShape shape_of(const CorrectorDescription &model)
    {
      NodeNetworkShape result;
      result.n_in = n_features(model);
      result.n_out = 2;
      result.width = model.width;
      result.n_layers = model.n_layers;
      result.n_memory = model.n_memory;
      result.n_coordinates = model.n_coordinates;
      result.n_places = model.n_places;
      return result;
    }
  } // namespace

  CorrectorNetwork::CorrectorNetwork(const CorrectorDescription &model)
      : NodeNetwork(shape_of(model)), description(model)
  {
    gain = register_parameter("gain", torch::full({1}, 0.15));
  }

  CorrectorNetwork::Result CorrectorNetwork::forward(
      const std::shared_ptr<const LocalAverages> &averages, const Tensor &seen,
      const Tensor &memory)
  {
    std::vector<Tensor> features;
    for (unsigned int k = 0; k < n_features(description); ++k)
    {
      const Tensor value = seen.select(2, k);
      features.push_back(k == forecast
                             ? (value - description.mean) / description.scale
                         : k == weight ? value
                                       : value / description.deviation);
    }
    const auto [result, next] =
        evaluate(averages, torch::stack(features, 2), memory);
    return {description.deviation * result.select(2, 0) +
                (gain + result.select(2, 1)) * seen.select(2, innovation),
            next};
  }
} // namespace nodal
