// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/couple/dense_network.h>
#include <nodal/learn/model.h>

#include <deal.II/lac/lapack_templates.h>

#include <algorithm>
#include <map>
#include <utility>

namespace nodal
{
  namespace
  {
    torch::Tensor as_tensor(const std::vector<float> &values)
    {
      return torch::tensor(values, torch::kFloat32);
    }

    /// Empty for what is no plain array of numbers.
    std::vector<float> as_floats(const torch::Tensor &tensor)
    {
      if (tensor.layout() != torch::kStrided ||
          !torch::isFloatingType(tensor.scalar_type()))
        return {};
      const torch::Tensor flat =
          tensor.to(torch::kFloat32).contiguous().flatten();
      return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
    }
  } // namespace

  DenseNetwork DenseNetwork::read(const std::string &file,
                                  const std::size_t n_features,
                                  const std::size_t n_outputs)
  {
    DenseNetwork result;
    std::map<std::string, torch::Tensor> tensors;
    for (const auto &[name, tensor] : read_tensors(file))
      tensors[name] = tensor;
    const auto refuse = [&]
    {
      throw BadInput("The weights in '" + file +
                     "' are not those of the model beside them; copy the "
                     "folder again, or train the model anew.");
    };
    if (!tensors.count("mean") || !tensors.count("scale"))
      refuse();
    result.feature_mean = as_floats(tensors["mean"]);
    result.feature_scale = as_floats(tensors["scale"]);
    std::size_t n_in = n_features;
    if (result.feature_mean.size() != n_in ||
        result.feature_scale.size() != n_in)
      refuse();
    for (unsigned int k = 0;; ++k)
    {
      const std::string name = "layer" + std::to_string(k);
      if (!tensors.count(name + ".weights") || !tensors.count(name + ".biases"))
        break;
      const torch::Tensor weights = tensors[name + ".weights"];
      Layer layer;
      if (weights.dim() != 2 || weights.size(0) < 1 ||
          weights.size(1) != std::int64_t(n_in))
        refuse();
      layer.n_in = n_in;
      layer.n_out = weights.size(0);
      layer.weights = as_floats(weights);
      layer.biases = as_floats(tensors[name + ".biases"]);
      if (layer.biases.size() != layer.n_out ||
          layer.weights.size() != n_in * layer.n_out)
        refuse();
      n_in = layer.n_out;
      result.layers.push_back(std::move(layer));
    }
    if (result.layers.empty() || n_in != n_outputs)
      refuse();
    return result;
  }

  void DenseNetwork::write(const std::string &file) const
  {
    Weights tensors = {{"mean", as_tensor(feature_mean)},
                       {"scale", as_tensor(feature_scale)}};
    for (std::size_t k = 0; k < layers.size(); ++k)
    {
      const Layer &layer = layers[k];
      const std::string name = "layer" + std::to_string(k);
      tensors.emplace_back(
          name + ".weights",
          as_tensor(layer.weights).reshape({layer.n_out, layer.n_in}));
      tensors.emplace_back(name + ".biases", as_tensor(layer.biases));
    }
    write_tensors(file, tensors);
  }

  std::vector<float> DenseNetwork::evaluate(const std::vector<float> &features,
                                            const std::size_t n) const
  {
    std::vector<float> x = features, y;
    const std::size_t n_features = feature_mean.size();
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t f = 0; f < n_features; ++f)
      {
        float &value = x[k * n_features + f];
        value = (value - feature_mean[f]) / feature_scale[f];
        // What is no number stays what it is.
        value = value > feature_limit ? feature_limit : value;
        value = value < -feature_limit ? -feature_limit : value;
      }
    for (std::size_t l = 0; n > 0 && l < layers.size(); ++l)
    {
      const Layer &layer = layers[l];
      y.resize(std::size_t(n) * layer.n_out);
      for (std::size_t k = 0; k < n; ++k)
        std::copy(layer.biases.begin(), layer.biases.end(),
                  y.begin() + k * layer.n_out);
      // In the order by columns that BLAS has, y ← Wᵀ x + y.
      const dealii::types::blas_int n_out = layer.n_out, n_here = n,
                                    n_in = layer.n_in;
      const float one = 1;
      dealii::gemm("T", "N", &n_out, &n_here, &n_in, &one, layer.weights.data(),
                   &n_in, x.data(), &n_in, &one, y.data(), &n_out);
      if (l + 1 < layers.size())
        for (float &value : y)
          value = value < 0 ? 0 : value;
      std::swap(x, y);
    }
    return x;
  }
} // namespace nodal
