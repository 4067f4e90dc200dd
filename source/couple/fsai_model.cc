// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fsai_features.h"

#include <nodal/couple/fsai_model.h>
#include <nodal/learn/model_json.h>

#include <cmath>
#include <filesystem>
#include <stdexcept>

namespace nodal
{
  using nlohmann::json;

  namespace
  {
    FsaiModelDescription fsai_description(const json &values)
    {
      FsaiModelDescription result;
      values.at("levels").get_to(result.n_levels);
      values.at("scales").get_to(result.scales);
      values.at("problem").get_to(result.problem);
      values.at("datasets").get_to(result.datasets);
      values.at("validation_error").get_to(result.validation_error);
      values.at("constant_error").get_to(result.constant_error);
      values.at("versions").get_to(result.versions);
      if (result.n_levels > 1)
        throw std::out_of_range("the number of levels is neither 0 nor 1");
      if (result.scales.size() != 2)
        throw std::out_of_range("there are not two scales");
      for (const double scale : result.scales)
        if (!(scale >= 0) || !std::isfinite(scale))
          throw std::out_of_range("a scale is negative");
      return result;
    }

    json to_json(const FsaiModelDescription &model)
    {
      return {{"levels", model.n_levels},
              {"scales", model.scales},
              {"problem", model.problem},
              {"datasets", model.datasets},
              {"validation_error", model.validation_error},
              {"constant_error", model.constant_error},
              {"versions", model.versions}};
    }
  } // namespace

  FsaiModel FsaiModel::read(const std::string &folder)
  {
    FsaiModel model;
    read_model_json(folder + "/model.json", fsai_weights_format,
                    [&](const json &values)
                    { model.description = fsai_description(values); });
    model.network = DenseNetwork::read(folder + "/weights.pt",
                                       model.description.n_levels == 1
                                           ? fsai_features::n_of_entry
                                           : fsai_features::n_of_row,
                                       1);
    return model;
  }

  void FsaiModel::write(const std::string &folder) const
  {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    network.write(folder + "/weights.pt");
    write_model_json(folder + "/model.json", fsai_weights_format,
                     to_json(description));
  }

  float FsaiModel::factor_of(const float x)
  {
    return std::exp(std::tanh(x));
  }

  float FsaiModel::smoothing_of(const float x)
  {
    return 0.5f * std::exp(1.5f * std::tanh(x));
  }

  FsaiWeights::OfLevel FsaiModel::weigh(FsaiLevel &level,
                                        unsigned int &n_replaced) const
  {
    FsaiWeights::OfLevel result;
    n_replaced = 0;
    if (description.n_levels == 1)
    {
      const std::vector<float> x =
          network.evaluate(fsai_features::of_entries(level), level.G.size());
      for (int i = 0; i < level.n_rows(); ++i)
      {
        const int begin = level.lower_offsets[i],
                  end = level.lower_offsets[i + 1];
        bool is_good = true;
        for (int t = begin; t < end; ++t)
          is_good = is_good && std::isfinite(x[t]);
        n_replaced += !is_good;
        for (int t = begin; is_good && t < end; ++t)
          level.G[t] *= factor_of(x[t]);
      }
      return result;
    }
    if (level.group.empty())
      return result;
    result.scale = description.scales[level.depth > 0 ? 1 : 0];
    result.smoothing =
        network.evaluate(fsai_features::of_rows(level), level.n_rows());
    for (float &x : result.smoothing)
    {
      const bool is_good = std::isfinite(x);
      n_replaced += !is_good;
      x = is_good ? smoothing_of(x) : float(FsaiWeights::usual_smoothing);
    }
    return result;
  }
} // namespace nodal
