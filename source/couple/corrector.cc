// SPDX-License-Identifier: LGPL-2.1-or-later
#include "corrector_network.h"

#include <nodal/learn/model_json.h>

#include <cmath>
#include <filesystem>
#include <stdexcept>

namespace nodal
{
  using nlohmann::json;

  namespace
  {
    CorrectorDescription from_json(const json &values)
    {
      CorrectorDescription result;
      values.at("problem").get_to(result.problem);
      result.setting = values.value("setting", "");
      values.at("component").get_to(result.component);
      values.at("coordinates").get_to(result.n_coordinates);
      values.at("members").get_to(result.n_members);
      values.at("width").get_to(result.width);
      values.at("layers").get_to(result.n_layers);
      values.at("memory").get_to(result.n_memory);
      values.at("places").get_to(result.n_places);
      values.at("spacing").get_to(result.spacing);
      values.at("node_spacing").get_to(result.node_spacing);
      values.at("cycle").get_to(result.cycle);
      values.at("deviation").get_to(result.deviation);
      values.at("mean").get_to(result.mean);
      values.at("scale").get_to(result.scale);
      values.at("validation_error").get_to(result.validation_error);
      values.at("versions").get_to(result.versions);
      const auto check = [](const std::string &name, const unsigned int value,
                            const unsigned int least, const unsigned int most)
      {
        if (value < least || value > most)
          throw std::out_of_range("'" + name + "' is not from " +
                                  std::to_string(least) + " to " +
                                  std::to_string(most));
      };
      check("coordinates", result.n_coordinates, 1, 3);
      check("members", result.n_members, 1, 1000);
      check("width", result.width, 1, 10000);
      check("layers", result.n_layers, 1, 100);
      check("memory", result.n_memory, 0, 10000);
      check("places", result.n_places, 1, 101);
      if (result.n_places % 2 == 0)
        throw std::out_of_range("'places' is even");
      for (const double value : {result.spacing, result.node_spacing,
                                 result.cycle, result.deviation, result.scale})
        if (!(value > 0 && std::isfinite(value)))
          throw std::out_of_range("a scale is not positive");
      return result;
    }

    json to_json(const CorrectorDescription &model)
    {
      return {{"problem", model.problem},
              {"setting", model.setting},
              {"component", model.component},
              {"coordinates", model.n_coordinates},
              {"members", model.n_members},
              {"width", model.width},
              {"layers", model.n_layers},
              {"memory", model.n_memory},
              {"places", model.n_places},
              {"spacing", model.spacing},
              {"node_spacing", model.node_spacing},
              {"cycle", model.cycle},
              {"deviation", model.deviation},
              {"mean", model.mean},
              {"scale", model.scale},
              {"validation_error", model.validation_error},
              {"versions", model.versions}};
    }
  } // namespace

  Corrector::Corrector(const CorrectorDescription &description,
                       const unsigned int seed)
      : description(description)
  {
    torch::manual_seed(seed);
    network = std::make_shared<CorrectorNetwork>(description);
  }

  Corrector Corrector::read(const std::string &folder)
  {
    CorrectorDescription description;
    read_model_json(folder + "/model.json", corrector_format,
                    [&](const json &values)
                    { description = from_json(values); });
    Corrector result(description, 0);
    read_weights(*result.network, folder + "/weights.pt");
    return result;
  }

  std::uint32_t Corrector::hash() const
  {
    return hash_of_weights(*network);
  }

  void Corrector::write(const std::string &folder) const
  {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    write_weights(*network, folder + "/weights.pt");
    write_model_json(folder + "/model.json", corrector_format,
                     to_json(description));
  }
} // namespace nodal
