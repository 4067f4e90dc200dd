// SPDX-License-Identifier: LGPL-2.1-or-later
#include "aggregate_features.h"

#include <nodal/core/exceptions.h>
#include <nodal/couple/coarse_model.h>
#include <nodal/learn/model.h>

#include <deal.II/lac/lapack_templates.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <utility>

namespace nodal
{
  namespace fs = std::filesystem;
  using nlohmann::json;

  namespace
  {
    constexpr int coarse_model_version = 1;
    constexpr const char *coarse_model_format = "nodal coarse basis";

    CoarseModelDescription coarse_description(const json &values)
    {
      CoarseModelDescription result;
      values.at("dim").get_to(result.dim);
      values.at("columns").get_to(result.n_columns);
      values.at("problem").get_to(result.problem);
      values.at("datasets").get_to(result.datasets);
      values.at("threshold").get_to(result.threshold);
      values.at("validation_error").get_to(result.validation_error);
      values.at("quadratic_error").get_to(result.quadratic_error);
      values.at("linear_error").get_to(result.linear_error);
      values.at("best_error").get_to(result.best_error);
      values.at("versions").get_to(result.versions);
      if (result.dim < 2 || result.dim > 3)
        throw std::out_of_range("the dimension is neither 2 nor 3");
      const unsigned int n_terms =
          AggregateFeatures::parities_of_terms(result.dim).size();
      if (result.n_columns < 1 || result.n_columns > n_terms)
        throw std::out_of_range("the number of columns is not from 1 to " +
                                std::to_string(n_terms));
      return result;
    }

    json to_json(const CoarseModelDescription &model)
    {
      return {{"format", coarse_model_format},
              {"version", coarse_model_version},
              {"dim", model.dim},
              {"columns", model.n_columns},
              {"problem", model.problem},
              {"datasets", model.datasets},
              {"threshold", model.threshold},
              {"validation_error", model.validation_error},
              {"quadratic_error", model.quadratic_error},
              {"linear_error", model.linear_error},
              {"best_error", model.best_error},
              {"versions", model.versions}};
    }

    CoarseModelDescription read_coarse_description(const std::string &file)
    {
      std::ifstream in(file);
      if (!in)
        throw BadInput("There is no model in '" + file +
                       "'; train one with 'nodal train', or correct the name "
                       "of its folder.");
      try
      {
        const json values = json::parse(in);
        const std::string format = values.value("format", "");
        if (format == "nodal model")
          throw BadInput("'" + file +
                         "' is of a neural operator, not of a coarse basis; "
                         "train one with 'Goal = coarse basis' in section "
                         "Training.");
        if (format != coarse_model_format)
          throw BadInput("'" + file +
                         "' does not describe a coarse basis of nodal.");
        if (values.value("version", 0) != coarse_model_version)
          throw BadInput("'" + file + "' has version " +
                         std::to_string(values.value("version", 0)) +
                         ", this program reads version " +
                         std::to_string(coarse_model_version) +
                         "; train the model anew.");
        return coarse_description(values);
      }
      catch (const BadInput &)
      {
        throw;
      }
      catch (const std::exception &error)
      {
        throw BadInput("'" + file + "' is damaged (" + error.what() +
                       "); copy the model again, or train it anew.");
      }
    }

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

  CoarseModel CoarseModel::read(const std::string &folder)
  {
    CoarseModel model;
    model.description = read_coarse_description(folder + "/model.json");
    const std::string file = folder + "/weights.pt";
    std::map<std::string, torch::Tensor> tensors;
    for (const auto &[name, tensor] : read_tensors(file))
      tensors[name] = tensor;
    const auto refuse = [&]
    {
      throw BadInput("The weights in '" + file +
                     "' are not those of the model beside them; copy the "
                     "folder again, or train the model anew.");
    };
    const unsigned int dim = model.description.dim;
    const std::size_t n_features = AggregateFeatures::number(dim);
    if (!tensors.count("mean") || !tensors.count("scale"))
      refuse();
    model.feature_mean = as_floats(tensors["mean"]);
    model.feature_scale = as_floats(tensors["scale"]);
    std::size_t n_in = n_features;
    if (model.feature_mean.size() != n_in || model.feature_scale.size() != n_in)
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
      model.layers.push_back(std::move(layer));
    }
    if (model.layers.empty() ||
        n_in != model.description.n_columns *
                    AggregateFeatures::parities_of_terms(dim).size())
      refuse();
    return model;
  }

  void CoarseModel::write(const std::string &folder) const
  {
    std::error_code error;
    fs::create_directories(folder, error);
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
    write_tensors(folder + "/weights.pt", tensors);
    const std::string file = folder + "/model.json";
    {
      std::ofstream out(file + ".part");
      out << to_json(description).dump(2) << '\n';
      if (!out.flush())
        throw NumericalFailure("'" + file + "' cannot be written.");
    }
    fs::rename(file + ".part", file, error);
    if (error)
      throw NumericalFailure("'" + file + "' cannot be written (" +
                             error.message() + ").");
  }

  std::vector<float> CoarseModel::evaluate(const std::vector<float> &features,
                                           const unsigned int n) const
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
