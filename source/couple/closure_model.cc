// SPDX-License-Identifier: LGPL-2.1-or-later
#include "closure_network.h"
#include "closure_polynomial.h"

#include <nodal/couple/closure_model.h>
#include <nodal/learn/model_json.h>

#include <torch/torch.h>

#include <cmath>
#include <filesystem>
#include <stdexcept>

namespace nodal
{
  using nlohmann::json;
  using torch::Tensor;

  namespace
  {
    ClosureDescription closure_of(const json &values)
    {
      ClosureDescription result;
      values.at("closure").get_to(result.closure);
      values.at("problem").get_to(result.problem);
      result.setting = values.value("setting", "");
      values.at("components").get_to(result.components);
      values.at("coordinates").get_to(result.n_coordinates);
      values.at("places").get_to(result.n_places);
      values.at("spacing").get_to(result.spacing);
      values.at("node_spacing").get_to(result.node_spacing);
      values.at("time_step").get_to(result.time_step);
      values.at("mean").get_to(result.mean);
      values.at("scale").get_to(result.scale);
      values.at("term_scale").get_to(result.term_scale);
      values.at("largest_energy").get_to(result.largest_energy);
      values.at("validation_error").get_to(result.validation_error);
      values.at("error_without").get_to(result.error_without);
      values.at("roll_out").get_to(result.roll_out);
      values.at("sizes").get_to(result.sizes);
      values.at("versions").get_to(result.versions);
      if (result.n_coordinates < 1 || result.n_coordinates > 3)
        throw std::out_of_range("'coordinates' is not from 1 to 3");
      if (result.n_places > 101 || result.n_places % 2 == 0)
        throw std::out_of_range("'places' is even or above 101");
      const std::size_t n = result.components.size();
      if (n == 0 || n > 100 || result.mean.size() != n ||
          result.scale.size() != n || result.term_scale.size() != n)
        throw std::out_of_range("there are not as many scales as components");
      std::vector<double> positive = {result.spacing, result.node_spacing,
                                      result.time_step, result.largest_energy};
      positive.insert(positive.end(), result.scale.begin(), result.scale.end());
      positive.insert(positive.end(), result.term_scale.begin(),
                      result.term_scale.end());
      for (const double value : positive)
        if (!(value > 0 && std::isfinite(value)))
          throw std::out_of_range("a scale is not positive");
      return result;
    }

    json values_of(const ClosureDescription &model)
    {
      return {{"closure", model.closure},
              {"problem", model.problem},
              {"setting", model.setting},
              {"components", model.components},
              {"coordinates", model.n_coordinates},
              {"places", model.n_places},
              {"spacing", model.spacing},
              {"node_spacing", model.node_spacing},
              {"time_step", model.time_step},
              {"mean", model.mean},
              {"scale", model.scale},
              {"term_scale", model.term_scale},
              {"largest_energy", model.largest_energy},
              {"validation_error", model.validation_error},
              {"error_without", model.error_without},
              {"roll_out", model.roll_out},
              {"sizes", model.sizes},
              {"versions", model.versions}};
    }
  } // namespace

  Tensor ClosureModel::by_component(const std::vector<double> &values)
  {
    return torch::tensor(values, torch::kFloat64);
  }

  Tensor ClosureModel::normalized(const Tensor &u) const
  {
    return (u.to(torch::kFloat64) - by_component(description.mean)) /
           by_component(description.scale);
  }

  std::unique_ptr<ClosureModel>
  ClosureModel::make(const ClosureDescription &description,
                     const unsigned int seed)
  {
    torch::manual_seed(seed);
    if (description.closure == ClosurePolynomial::name)
      return std::make_unique<ClosurePolynomial>(description);
    if (description.closure == ClosureNetwork::name)
      return std::make_unique<ClosureNetwork>(description);
    throw std::out_of_range("there is no closure '" + description.closure +
                            "' that is learned");
  }

  std::unique_ptr<ClosureModel> ClosureModel::read(const std::string &folder)
  {
    std::unique_ptr<ClosureModel> result;
    read_model_json(folder + "/model.json", closure_format,
                    [&](const json &values)
                    { result = make(closure_of(values), 0); });
    result->read_weights(folder);
    return result;
  }

  void ClosureModel::write(const std::string &folder) const
  {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    write_weights(folder);
    write_model_json(folder + "/model.json", closure_format,
                     values_of(description));
  }
} // namespace nodal
