// SPDX-License-Identifier: LGPL-2.1-or-later
#include "closure_network.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace nodal
{
  using torch::Tensor;

  namespace
  {
    /// Terms beyond so many times their usual size are unlike all that was
    /// trained on.
    constexpr double term_limit = 10;

    unsigned int size(const ClosureDescription &model, const std::string &name,
                      const double least, const double most)
    {
      const double value = model.sizes.at(name);
      if (!(value >= least && value <= most) || value != std::floor(value))
        throw std::out_of_range("'" + name + "' makes no sense");
      return value;
    }

    NodeNetworkShape shape_of(const ClosureDescription &model)
    {
      NodeNetworkShape result;
      const unsigned int n = model.components.size();
      result.width = size(model, "width", 1, 10000);
      result.n_layers = size(model, "layers", 1, 100);
      result.n_memory = size(model, "memory", 0, 10000);
      // What is not remembered is not seen either.
      result.n_in = result.n_memory > 0 ? 2 * n : n;
      result.n_out = result.n_memory > 0 ? 2 * n : n;
      result.n_coordinates = model.n_coordinates;
      result.n_places = model.n_places;
      return result;
    }
  } // namespace

  ClosureNetwork::ClosureNetwork(const ClosureDescription &model)
      : ClosureModel(model), n_memory(size(model, "memory", 0, 10000)),
        network(std::make_shared<NodeNetwork>(shape_of(model)))
  {
    keep = network->register_parameter(
        "keep", torch::full({std::int64_t(model.components.size())},
                            n_memory > 0 ? 0.5 : 0.));
  }

  ClosureModel::Result
  ClosureNetwork::evaluate(const std::shared_ptr<const LocalAverages> &places,
                           const Tensor &u, const Tensor &last,
                           const Tensor &memory)
  {
    const Tensor units = by_component(description.term_scale);
    Tensor features = normalized(u).to(torch::kFloat32);
    if (n_memory > 0)
      features = torch::cat({features, (last / units).to(torch::kFloat32)}, 2);
    const auto [result, next] = network->evaluate(places, features, memory);
    const std::int64_t n = description.components.size();
    Tensor term = result.narrow(2, 0, n);
    if (n_memory > 0)
      term = term + (keep + result.narrow(2, n, n)) * features.narrow(2, n, n);
    return {term.clamp(-term_limit, term_limit).to(torch::kFloat64) * units,
            next};
  }

  void
  ClosureNetwork::advance(const std::shared_ptr<const LocalAverages> &places,
                          const std::vector<double> &u,
                          std::vector<double> &last, std::vector<float> &memory)
  {
    const std::size_t n = description.components.size(),
                      n_channels = n_memory > 0 ? 2 * n : n;
    features.resize(u.size() / n * n_channels);
    for (std::size_t k = 0; k < u.size(); ++k)
    {
      const std::size_t c = k % n;
      float *const at = features.data() + k / n * n_channels + c;
      at[0] = (u[k] - description.mean[c]) / description.scale[c];
      if (n_memory > 0)
        at[n] = last[k] / description.term_scale[c];
    }
    network->evaluate_rows(*places, features, memory.data(), outputs);
    const float *const a = keep.data_ptr<float>();
    for (std::size_t k = 0; k < u.size(); ++k)
    {
      const std::size_t c = k % n, first = k / n * n_channels + c;
      float term = outputs[first];
      if (n_memory > 0)
        term += (a[c] + outputs[first + n]) * features[first + n];
      last[k] = std::clamp<double>(term, -term_limit, term_limit) *
                description.term_scale[c];
    }
  }

  void ClosureNetwork::read_weights(const std::string &folder)
  {
    nodal::read_weights(*network, folder + "/weights.pt");
  }

  void ClosureNetwork::write_weights(const std::string &folder) const
  {
    nodal::write_weights(*network, folder + "/weights.pt");
  }
} // namespace nodal
