// SPDX-License-Identifier: LGPL-2.1-or-later
#include "node_network.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/hash.h>
#include <nodal/learn/model.h>
#include <nodal/learn/row_kernels.h>

#include <algorithm>
#include <cmath>
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

  namespace
  {
    /// Channels that fill registers; kernels take the rest one by one.
    std::size_t padded(const std::size_t n)
    {
      return (n + 15) / 16 * 16;
    }
  } // namespace

  struct NodeNetwork::RowLayer
  {
    /// Outputs @p begin to @p begin + @p n of @p layer, and zeros up to
    /// padded(n). Its inputs are blocks of @p block, each of which has
    /// @p stride channels, those behind the block zero.
    RowLayer(torch::nn::Linear &layer, const std::int64_t begin,
             const std::int64_t n, const std::size_t block,
             const std::size_t stride)
        : n_in(layer->weight.size(1) / block * stride), n_out(padded(n)),
          weights(n_in * n_out, 0.f), biases(n_out, 0.f)
    {
      const Tensor w = layer->weight.detach().contiguous(),
                   b = layer->bias.detach().contiguous();
      const std::size_t n_read = w.size(1);
      for (std::int64_t o = 0; o < n; ++o)
      {
        biases[o] = b.data_ptr<float>()[begin + o];
        const float *const row = w.data_ptr<float>() + (begin + o) * n_read;
        for (std::size_t k = 0; k < n_read; ++k)
          weights[(k / block * stride + k % block) * n_out + o] = row[k];
      }
    }

    /// To @p to, n_rows × n_out.
    void apply(const std::size_t n_rows, const std::vector<float> &from,
               std::vector<float> &to) const
    {
      to.resize(n_rows * n_out);
      nodal::rows::kernels<float>().times(n_rows, n_in, n_out, from.data(),
                                          weights.data(), biases.data(),
                                          to.data());
    }

    const std::size_t n_in, n_out;
    std::vector<float> weights, biases; ///< n_in × n_out
  };

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

  NodeNetwork::~NodeNetwork() = default;

  void NodeNetwork::update_rows()
  {
    std::vector<std::uint32_t> present;
    for (const Tensor &parameter : parameters())
      present.push_back(parameter._version());
    if (present == versions)
      return;
    versions = present;
    rows.clear();
    const std::size_t width = shape.width;
    const auto add_halves = [&](torch::nn::Linear &layer,
                                const std::size_t block,
                                const std::size_t stride)
    {
      const std::int64_t n = layer->weight.size(0) / 2;
      rows.emplace_back(layer, 0, n, block, stride);
      rows.emplace_back(layer, n, n, block, stride);
    };
    const std::size_t n_in = shape.n_in + shape.n_memory;
    for (std::size_t l = 0; l < convolutions.size(); ++l)
      add_halves(convolutions[l], l == 0 ? n_in : width,
                 l == 0 ? n_in : padded(width));
    rows.emplace_back(output, 0, shape.n_out, width, padded(width));
    if (shape.n_memory > 0)
      add_halves(gate, width, padded(width));
  }

  namespace
  {
    /// normalized() of rows of @p n numbers and zeros up to @p stride.
    void normalize(const std::size_t n, const std::size_t stride,
                   const std::vector<float> &x, std::vector<float> &y)
    {
      y.resize(x.size());
      for (std::size_t i = 0; i < x.size(); i += stride)
      {
        float sum = 0;
        for (std::size_t c = 0; c < n; ++c)
          sum += x[i + c] * x[i + c];
        const float factor = 1 / std::sqrt(sum / n + 0.1f);
        for (std::size_t c = 0; c < stride; ++c)
          y[i + c] = factor * x[i + c];
      }
    }
  } // namespace

  void NodeNetwork::evaluate_rows(const LocalAverages &averages,
                                  const std::vector<float> &features,
                                  float *const memory,
                                  std::vector<float> &result)
  {
    update_rows();
    const std::size_t n_nodes = averages.n_nodes, width = padded(shape.width),
                      n_memory = shape.n_memory, n_in = shape.n_in + n_memory;
    in.resize(n_nodes * n_in);
    for (std::size_t i = 0; i < n_nodes; ++i)
    {
      for (unsigned int k = 0; k < shape.n_in; ++k)
        in[i * n_in + k] = std::clamp(features[i * shape.n_in + k],
                                      -feature_limit, feature_limit);
      std::copy_n(memory + i * n_memory, n_memory,
                  in.data() + i * n_in + shape.n_in);
    }
    const auto &kernels = nodal::rows::kernels<float>();
    const RowLayer *layer = rows.data();
    for (unsigned int l = 0; l < shape.n_layers; ++l, layer += 2)
    {
      if (l > 0)
        normalize(shape.width, width, x, in);
      const std::size_t n = l == 0 ? n_in : width,
                        n_wide = n * averages.n_places;
      wide.resize(n_nodes * n_wide);
      for (std::size_t i = 0; i < n_nodes; ++i)
        averages.around(i, n, in.data(), wide.data() + i * n_wide);
      layer[0].apply(n_nodes, wide, first);
      layer[1].apply(n_nodes, wide, second);
      kernels.silu(second.size(), second.data(), second.data());
      x.resize(n_nodes * width, 0.f);
      for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = first[i] * second[i] + (l == 0 ? 0 : x[i]);
    }
    normalize(shape.width, width, x, in);
    layer[0].apply(n_nodes, in, first);
    result.resize(n_nodes * shape.n_out);
    for (std::size_t i = 0; i < n_nodes; ++i)
      std::copy_n(first.data() + i * layer[0].n_out, shape.n_out,
                  result.data() + i * shape.n_out);
    if (n_memory == 0)
      return;
    layer[1].apply(n_nodes, in, first);
    layer[2].apply(n_nodes, in, second);
    const std::size_t stride = layer[1].n_out;
    for (std::size_t i = 0; i < n_nodes; ++i)
      for (std::size_t k = 0; k < n_memory; ++k)
      {
        float &kept = memory[i * n_memory + k];
        const float share = 1 / (1 + std::exp(-first[i * stride + k]));
        kept += share * (std::tanh(second[i * stride + k]) - kept);
      }
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

  bool fits(const Tensor &tensor, const Tensor &like)
  {
    return tensor.layout() == torch::kStrided &&
           torch::isFloatingType(tensor.scalar_type()) &&
           tensor.sizes() == like.sizes();
  }

  void read_weights(torch::nn::Module &module, const std::string &file)
  {
    std::map<std::string, Tensor> tensors;
    for (const auto &[name, tensor] : read_tensors(file))
      tensors[name] = tensor;
    const torch::NoGradGuard no_gradients;
    const auto parameters = module.named_parameters();
    bool all_fit = tensors.size() == parameters.size();
    for (const auto &parameter : parameters)
    {
      const auto found = tensors.find(parameter.key());
      all_fit = all_fit && found != tensors.end() &&
                fits(found->second, parameter.value());
      if (all_fit)
        parameter.value().copy_(found->second);
    }
    if (!all_fit)
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
