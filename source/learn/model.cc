// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/text.h>
#include <nodal/learn/model.h>
#include <nodal/learn/model_json.h>

#include <torch/serialize/input-archive.h>
#include <torch/serialize/output-archive.h>

#include <filesystem>

namespace nodal
{
  namespace fs = std::filesystem;
  using nlohmann::json;

  namespace
  {
    json to_json(const Normalizer &normalizer)
    {
      return {{"coefficient_mean", normalizer.coefficient_mean},
              {"coefficient_scale", normalizer.coefficient_scale},
              {"coefficient_is_logarithm", normalizer.coefficient_is_logarithm},
              {"source_scale", normalizer.source_scale},
              {"boundary_mean", normalizer.boundary_mean},
              {"boundary_scale", normalizer.boundary_scale},
              {"output_scale", normalizer.output_scale}};
    }

    Normalizer normalizer_from(const json &values)
    {
      Normalizer result;
      values.at("coefficient_mean").get_to(result.coefficient_mean);
      values.at("coefficient_scale").get_to(result.coefficient_scale);
      result.coefficient_is_logarithm =
          values.at("coefficient_is_logarithm").get<std::vector<bool>>();
      values.at("source_scale").get_to(result.source_scale);
      values.at("boundary_mean").get_to(result.boundary_mean);
      values.at("boundary_scale").get_to(result.boundary_scale);
      values.at("output_scale").get_to(result.output_scale);
      return result;
    }

    json to_json(const ModelDescription &model)
    {
      return {{"operator", model.operator_name},
              {"parameters", model.parameters},
              {"dim", model.shape.dim},
              {"problem", model.problem},
              {"coefficients", model.coefficients},
              {"sources", model.sources},
              {"outputs", model.outputs},
              {"normalizer", to_json(model.normalizer)},
              {"datasets", model.datasets},
              {"coarsest_size", model.coarsest_size},
              {"precision", model.precision},
              {"validation_error", model.validation_error},
              {"versions", model.versions}};
    }

    ModelDescription description_from(const json &values)
    {
      ModelDescription model;
      values.at("operator").get_to(model.operator_name);
      values.at("parameters").get_to(model.parameters);
      values.at("problem").get_to(model.problem);
      values.at("coefficients").get_to(model.coefficients);
      values.at("sources").get_to(model.sources);
      values.at("outputs").get_to(model.outputs);
      model.normalizer = normalizer_from(values.at("normalizer"));
      values.at("datasets").get_to(model.datasets);
      values.at("coarsest_size").get_to(model.coarsest_size);
      values.at("precision").get_to(model.precision);
      values.at("validation_error").get_to(model.validation_error);
      values.at("versions").get_to(model.versions);
      model.shape.dim = values.at("dim").get<unsigned int>();
      model.shape.n_coefficients = model.coefficients.size();
      model.shape.n_sources = model.sources.size();
      model.shape.n_outputs = model.outputs.size();
      const Normalizer &n = model.normalizer;
      if (n.coefficient_mean.size() != model.coefficients.size() ||
          n.coefficient_scale.size() != model.coefficients.size() ||
          n.coefficient_is_logarithm.size() != model.coefficients.size() ||
          n.source_scale.size() != model.sources.size() ||
          model.outputs.empty() || model.shape.dim < 2 || model.shape.dim > 3)
        throw std::out_of_range("sizes contradict one another");
      return model;
    }

    /// Set the parameters of @p network to those that were saved.
    void apply_parameters(NeuralOperator &network,
                          const std::map<std::string, std::string> &values,
                          const std::string &file)
    {
      Parameters prm;
      network.add_parameters(prm);
      std::string text;
      for (const auto &[name, value] : values)
        text += "set " + name + " = " + value + "\n";
      try
      {
        prm.apply(ParameterFile::parse(text, file));
      }
      catch (const BadInput &error)
      {
        throw BadInput("The parameters in '" + file +
                           "' are not those of its operator (" + error.what() +
                           "); the model was made by another version: train "
                           "it anew.",
                       "Model/Folder");
      }
    }

    void replace(const std::string &part, const std::string &file)
    {
      std::error_code error;
      fs::rename(part, file, error);
      if (error)
        throw NumericalFailure("'" + file + "' cannot be written (" +
                               error.message() + ").");
    }
  } // namespace

  void write_tensors(const std::string &file, const Weights &tensors)
  {
    try
    {
      torch::serialize::OutputArchive archive;
      for (const auto &[name, tensor] : tensors)
        archive.write(name, tensor.detach().cpu(), /*is_buffer=*/true);
      archive.save_to(file + ".part");
    }
    catch (const c10::Error &error)
    {
      throw NumericalFailure("'" + file + "' cannot be written (" +
                             error.what_without_backtrace() + ").");
    }
    replace(file + ".part", file);
  }

  Weights read_tensors(const std::string &file)
  {
    Weights result;
    if (!fs::is_regular_file(file))
      throw BadInput("The file '" + file +
                     "' is missing; copy the whole folder again.");
    try
    {
      torch::serialize::InputArchive archive;
      archive.load_from(file);
      for (const std::string &name : archive.keys())
      {
        torch::Tensor tensor;
        archive.read(name, tensor, /*is_buffer=*/true);
        result.emplace_back(name, tensor);
      }
    }
    catch (const std::exception &)
    {
      throw BadInput("The file '" + file +
                     "' is damaged; copy it again, or make it anew.");
    }
    return result;
  }

  void write_model(const std::string &folder,
                   const ModelDescription &description,
                   const NeuralOperator &network)
  {
    std::error_code error;
    fs::create_directories(folder, error);
    network.write_files(folder);
    write_tensors(folder + "/weights.pt", network.weights());
    write_model_json(folder + "/model.json", neural_operator_format,
                     to_json(description));
  }

  Model Model::read(const std::string &folder)
  {
    Model model;
    const std::string file = folder + "/model.json";
    read_model_json(
        file, neural_operator_format,
        [&](const json &values)
        { model.description = description_from(values); },
        "Model/Folder");
    const std::string &name = model.description.operator_name;
    std::vector<std::string> known;
    for (const RegistryEntry &entry : Registry<NeuralOperator>::list())
      known.push_back(entry.name);
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw BadInput("The model in '" + folder + "' is a '" + name +
                         "', an operator that this program does not have." +
                         did_you_mean(name, known),
                     "Model/Folder");
    model.network = Registry<NeuralOperator>::create(name);
    apply_parameters(*model.network, model.description.parameters, file);
    model.network->read_files(folder);
    model.network->initialize(model.description.shape,
                              model.description.normalizer, Random(0, 0, 0));
    model.network->set_weights(read_tensors(folder + "/weights.pt"));
    model.network->to(model.description.precision == "double" ? torch::kFloat64
                                                              : torch::kFloat32,
                      torch::kCPU);
    return model;
  }

  void Model::check(const SampleSet &data) const
  {
    const auto refuse = [&](const std::string &what, const std::string &own,
                            const std::string &other)
    {
      throw BadInput("The model was trained for " + what + " '" + own +
                     "', the data set '" + data.file + "' has '" + other +
                     "'; take a model and a data set that fit.");
    };
    const auto compare = [&](const std::string &what,
                             const std::vector<std::string> &own,
                             const std::vector<std::string> &other)
    {
      if (own != other)
        refuse(what, join(own, ", "), join(other, ", "));
    };
    if (description.shape.dim != data.shape.dim)
      refuse("the dimension", std::to_string(description.shape.dim),
             std::to_string(data.shape.dim));
    if (description.problem != data.problem)
      refuse("the problem", description.problem, data.problem);
    compare("the coefficients", description.coefficients, data.coefficients);
    compare("the sources", description.sources, data.sources);
    compare("the outputs", description.outputs, data.outputs);
  }
} // namespace nodal
