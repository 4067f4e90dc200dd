// SPDX-License-Identifier: LGPL-2.1-or-later
#include "aggregate_features.h"

#include <nodal/couple/coarse_model.h>
#include <nodal/learn/model_json.h>

#include <filesystem>
#include <stdexcept>

namespace nodal
{
  using nlohmann::json;

  namespace
  {
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
      return {{"dim", model.dim},
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
  } // namespace

  CoarseModel CoarseModel::read(const std::string &folder)
  {
    CoarseModel model;
    read_model_json(folder + "/model.json", coarse_basis_format,
                    [&](const json &values)
                    { model.description = coarse_description(values); });
    const unsigned int dim = model.description.dim;
    model.network = DenseNetwork::read(
        folder + "/weights.pt", AggregateFeatures::number(dim),
        model.description.n_columns *
            AggregateFeatures::parities_of_terms(dim).size());
    return model;
  }

  void CoarseModel::write(const std::string &folder) const
  {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    network.write(folder + "/weights.pt");
    write_model_json(folder + "/model.json", coarse_basis_format,
                     to_json(description));
  }
} // namespace nodal
