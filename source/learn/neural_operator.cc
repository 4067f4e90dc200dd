// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>
#include <nodal/learn/neural_operator.h>

#include <torch/torch.h>

namespace nodal
{
  using torch::Tensor;

  void NeuralOperator::initialize(const OperatorShape &shape,
                                  const Normalizer &normalizer, Random random)
  {
    check(shape);
    operator_shape = shape;
    data_normalizer = normalizer;
    this->random = std::make_unique<Random>(random);
    tensors.clear();
    make_weights();
  }

  unsigned int NeuralOperator::add_weight(const std::string &name,
                                          const std::vector<std::int64_t> &size,
                                          const double deviation,
                                          const double mean)
  {
    Tensor values = torch::full(size, mean, torch::kFloat64);
    if (deviation > 0)
      for (std::int64_t i = 0; i < values.numel(); ++i)
        values.data_ptr<double>()[i] += deviation * random->normal();
    values.requires_grad_(true);
    tensors.emplace_back(name, values);
    return tensors.size() - 1;
  }

  Tensor
  NeuralOperator::normalized_coefficients(const Tensor &coefficients) const
  {
    std::vector<Tensor> columns;
    for (unsigned int c = 0; c < operator_shape.n_coefficients; ++c)
    {
      Tensor x = coefficients.slice(1, c, c + 1);
      if (data_normalizer.coefficient_is_logarithm[c])
        x = torch::log(x);
      columns.push_back((x - data_normalizer.coefficient_mean[c]) /
                        data_normalizer.coefficient_scale[c]);
    }
    return columns.empty() ? coefficients : torch::cat(columns, 1);
  }

  Tensor NeuralOperator::forward(const GraphBatch &batch) const
  {
    return batch.lift + batch.levels[0].is_free * correction(batch);
  }

  std::int64_t NeuralOperator::n_weights() const
  {
    std::int64_t n = 0;
    for (const auto &[name, tensor] : tensors)
      n += tensor.numel();
    return n;
  }

  void NeuralOperator::to(const torch::ScalarType type,
                          const torch::Device device)
  {
    const torch::NoGradGuard guard;
    const auto options = torch::TensorOptions().dtype(type).device(device);
    all = torch::zeros({n_weights()}, options);
    all.mutable_grad() = torch::zeros({n_weights()}, options);
    std::int64_t first = 0;
    for (auto &[name, tensor] : tensors)
    {
      const std::int64_t n = tensor.numel();
      Tensor own = all.narrow(0, first, n).view(tensor.sizes());
      own.copy_(tensor);
      own = own.detach().requires_grad_(true);
      own.mutable_grad() = all.grad().narrow(0, first, n).view(tensor.sizes());
      tensor = own;
      first += n;
    }
  }

  void NeuralOperator::set_weights(const Weights &values)
  {
    std::map<std::string, Tensor> by_name(values.begin(), values.end());
    if (by_name.size() != tensors.size())
      throw BadInput("The model has " + std::to_string(by_name.size()) +
                     " weights where its operator has " +
                     std::to_string(tensors.size()) +
                     "; it was made by another version: train it anew.");
    for (auto &[name, tensor] : tensors)
    {
      const auto found = by_name.find(name);
      if (found == by_name.end() || found->second.sizes() != tensor.sizes())
        throw BadInput("The model's weights have no '" + name +
                       "' of the size that its operator needs; it was made by "
                       "another version: train it anew.");
      const torch::NoGradGuard guard;
      tensor.copy_(found->second);
    }
  }
} // namespace nodal
