// SPDX-License-Identifier: LGPL-2.1-or-later
#include "node_network.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/hash.h>
#include <nodal/learn/model.h>

#include <map>

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

  NodeNetwork::NodeNetwork(const NodeNetworkShape &shape) : shape(shape)
  {
    const std::int64_t width = shape.width, memory = shape.n_memory;
    std::int64_t n_in = shape.n_in + memory, n_places = 1;
    for (unsigned int d = 0; d < shape.n_coordinates; ++d)
      n_places *= shape.n_places;
    for (unsigned int l = 0; l < shape.n_layers; ++l)
    {
      convolutions.push_back(
          register_module("convolution" + std::to_string(l),
                          torch::nn::Linear(n_places * n_in, 2 * width)));
      n_in = width;
    }
    output = register_module("output", torch::nn::Linear(width, shape.n_out));
    if (memory > 0)
      gate = register_module("gate", torch::nn::Linear(width, 2 * memory));
    const torch::NoGradGuard no_gradients;
    output->weight.zero_();
    output->bias.zero_();
  }

  Tensor NodeNetwork::no_memory(const std::int64_t n_nodes,
                                const std::int64_t n_rows) const
  {
    return torch::zeros({n_nodes, n_rows, shape.n_memory});
  }

  std::pair<Tensor, Tensor>
  NodeNetwork::evaluate(const std::shared_ptr<const LocalAverages> &averages,
                        const Tensor &features, const Tensor &memory)
  {
    Tensor x = features.clamp(-feature_limit, feature_limit);
    if (shape.n_memory > 0)
      x = torch::cat({x, memory}, 2);
    for (std::size_t l = 0; l < convolutions.size(); ++l)
    {
      const Tensor next = multiplied(convolutions[l](
          LocalAverages::of(averages, l == 0 ? x : normalized(x))));
      x = l == 0 ? next : x + next;
    }
    x = normalized(x);
    const Tensor result = output(x);
    if (shape.n_memory == 0)
      return {result, memory};
    const std::vector<Tensor> parts = gate(x).chunk(2, 2);
    const Tensor share = torch::sigmoid(parts[0]);
    return {result, (1 - share) * memory + share * torch::tanh(parts[1])};
  }

  std::uint32_t hash_of_weights(const torch::nn::Module &module)
  {
    Fnv1a<std::uint32_t> result;
    for (const auto &parameter : module.named_parameters())
    {
      const Tensor values = parameter.value().contiguous();
      result.add(values.data_ptr<float>(), values.numel() * sizeof(float));
    }
    return result.value();
  }

  void read_weights(torch::nn::Module &module, const std::string &file)
  {
    std::map<std::string, Tensor> tensors;
    for (const auto &[name, tensor] : read_tensors(file))
      tensors[name] = tensor;
    const torch::NoGradGuard no_gradients;
    const auto parameters = module.named_parameters();
    bool fits = tensors.size() == parameters.size();
    for (const auto &parameter : parameters)
    {
      const auto found = tensors.find(parameter.key());
      fits = fits && found != tensors.end() &&
             found->second.layout() == torch::kStrided &&
             torch::isFloatingType(found->second.scalar_type()) &&
             found->second.sizes() == parameter.value().sizes();
      if (fits)
        parameter.value().copy_(found->second);
    }
    if (!fits)
      throw BadInput("The weights in '" + file +
                     "' are not those of the model beside them; copy the "
                     "folder again, or train the model anew.");
  }

  void write_weights(const torch::nn::Module &module, const std::string &file)
  {
    Weights tensors;
    for (const auto &parameter : module.named_parameters())
      tensors.emplace_back(parameter.key(), parameter.value().detach());
    write_tensors(file, tensors);
  }
} // namespace nodal
