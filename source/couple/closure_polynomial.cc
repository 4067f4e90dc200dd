// SPDX-License-Identifier: LGPL-2.1-or-later
#include "closure_polynomial.h"
#include "node_network.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/hash.h>
#include <nodal/learn/model.h>

#include <torch/torch.h>

#include <algorithm>
#include <stdexcept>

namespace nodal
{
  using torch::Tensor;

  ClosurePolynomial::ClosurePolynomial(const ClosureDescription &model)
      : ClosureModel(model)
  {
    const double degree = model.sizes.at("degree");
    if (!(degree >= 0 && degree <= 10))
      throw std::out_of_range("'degree' is not from 0 to 10");
    int n_variables = model.components.size();
    for (unsigned int d = 0; d < model.n_coordinates; ++d)
      n_variables *= model.n_places;
    monomials = {{}};
    parents = {0};
    for (std::size_t k = 0; k < monomials.size(); ++k)
      if (monomials[k].size() < degree)
        for (int v = monomials[k].empty() ? 0 : monomials[k].back();
             v < n_variables; ++v)
        {
          std::vector<int> next = monomials[k];
          next.push_back(v);
          monomials.push_back(std::move(next));
          parents.push_back(k);
          if (monomials.size() > std::size_t(max_functions))
            throw std::out_of_range(
                "there are more than " + std::to_string(max_functions) +
                " functions; choose a lower degree or fewer places");
        }
    coefficients = torch::zeros(
        {std::int64_t(monomials.size()), std::int64_t(model.components.size())},
        torch::kFloat64);
  }

  Tensor ClosurePolynomial::functions(
      const std::shared_ptr<const LocalAverages> &places, const Tensor &u)
  {
    const Tensor variables =
        LocalAverages::of(places, normalized(u).to(torch::kFloat32))
            .to(torch::kFloat64);
    std::vector<Tensor> result;
    for (const std::vector<int> &monomial : monomials)
    {
      Tensor product = torch::ones({u.size(0), u.size(1)}, torch::kFloat64);
      for (const int v : monomial)
        product = product * variables.select(2, v);
      result.push_back(product);
    }
    return torch::stack(result, 2);
  }

  ClosureModel::Result ClosurePolynomial::evaluate(
      const std::shared_ptr<const LocalAverages> &places, const Tensor &u,
      const Tensor &, const Tensor &memory)
  {
    return {functions(places, u).matmul(coefficients) *
                by_component(description.term_scale),
            memory};
  }

  void
  ClosurePolynomial::advance(const std::shared_ptr<const LocalAverages> &places,
                             const std::vector<double> &u,
                             std::vector<double> &last, std::vector<float> &)
  {
    const std::size_t n = description.components.size(),
                      n_variables = n * places->n_places,
                      n_functions = monomials.size();
    const double *const c = coefficients.data_ptr<double>();
    std::vector<float> at_nodes(u.size()), variables(n_variables);
    for (std::size_t k = 0; k < u.size(); ++k)
      at_nodes[k] = (u[k] - description.mean[k % n]) / description.scale[k % n];
    std::vector<double> values(n_functions, 1.), sums(n);
    for (std::size_t i = 0; i < places->n_nodes; ++i)
    {
      places->around(i, n, at_nodes.data(), variables.data());
      std::fill(sums.begin(), sums.end(), 0.);
      for (std::size_t m = 0; m < n_functions; ++m)
      {
        if (m > 0)
          values[m] = values[parents[m]] * variables[monomials[m].back()];
        for (std::size_t k = 0; k < n; ++k)
          sums[k] += values[m] * c[m * n + k];
      }
      for (std::size_t k = 0; k < n; ++k)
        last[i * n + k] = sums[k] * description.term_scale[k];
    }
  }

  Tensor ClosurePolynomial::no_memory(const std::int64_t n_nodes,
                                      const std::int64_t n_rows) const
  {
    return torch::zeros({n_nodes, n_rows, 0});
  }

  std::uint32_t ClosurePolynomial::hash() const
  {
    return Fnv1a<std::uint32_t>()
        .add(coefficients.data_ptr<double>(),
             coefficients.numel() * sizeof(double))
        .value();
  }

  void ClosurePolynomial::read_weights(const std::string &folder)
  {
    const std::string file = folder + "/weights.pt";
    const Weights tensors = read_tensors(file);
    if (tensors.size() != 1 || tensors[0].first != "coefficients" ||
        !fits(tensors[0].second, coefficients))
      throw BadInput("The coefficients in '" + file +
                     "' are not those of the model beside them; copy the "
                     "folder again, or train the model anew.");
    coefficients = tensors[0].second.to(torch::kFloat64).contiguous();
  }

  void ClosurePolynomial::write_weights(const std::string &folder) const
  {
    write_tensors(folder + "/weights.pt", {{"coefficients", coefficients}});
  }
} // namespace nodal
