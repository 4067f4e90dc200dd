// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/learn/model_json.h>

#include <filesystem>
#include <fstream>

namespace nodal
{
  using nlohmann::json;

  const ModelFormat
      neural_operator_format = {"nodal model", 1, "a neural operator",
                                "operator"},
      coarse_basis_format = {"nodal coarse basis", 1, "a coarse basis",
                             "coarse basis"},
      fsai_weights_format = {"nodal fsai weights", 1,
                             "weights of preconditioner 'multilevel fsai'",
                             "fsai weights"},
      snapshots_format = {"nodal snapshots", 1, "snapshots", "snapshots"},
      corrector_format = {"nodal corrector", 1, "a corrector of forecasts",
                          "corrector"},
      closure_format = {"nodal closure", 1, "a closure", "closure"};

  namespace
  {
    /// Throws unless @p values are of @p format.
    void check_format(const json &values, const ModelFormat &format,
                      const std::string &file, const std::string &entry)
    {
      const std::string name = values.value("format", "");
      for (const ModelFormat *other :
           {&neural_operator_format, &coarse_basis_format, &fsai_weights_format,
            &snapshots_format, &corrector_format, &closure_format})
        if (name == other->name && name != format.name)
          throw BadInput("'" + file + "' is of " + other->what + ", not of " +
                             format.what + "; make one with 'Goal = " +
                             format.goal + "' in section Training.",
                         entry);
      if (name != format.name)
        throw BadInput("'" + file + "' does not describe a model of nodal.",
                       entry);
      const int version = values.value("version", 0);
      if (version != format.version)
        throw BadInput("'" + file + "' has version " + std::to_string(version) +
                           ", this program reads version " +
                           std::to_string(format.version) +
                           "; train the model anew.",
                       entry);
    }
  } // namespace

  void read_model_json(const std::string &file, const ModelFormat &format,
                       const std::function<void(const json &)> &describe,
                       const std::string &entry)
  {
    std::ifstream in(file);
    if (!in)
      throw BadInput("There is no model in '" + file +
                         "'; train with 'nodal train', or correct the name "
                         "of its folder.",
                     entry);
    try
    {
      const json values = json::parse(in);
      check_format(values, format, file, entry);
      describe(values);
    }
    catch (const BadInput &)
    {
      throw;
    }
    catch (const std::exception &error)
    {
      throw BadInput("'" + file + "' is damaged (" + error.what() +
                         "); copy the model again, or train it anew.",
                     entry);
    }
  }

  void write_model_json(const std::string &file, const ModelFormat &format,
                        json values)
  {
    values["format"] = format.name;
    values["version"] = format.version;
    {
      std::ofstream out(file + ".part");
      out << values.dump(2) << '\n';
      if (!out.flush())
        throw NumericalFailure("'" + file + "' cannot be written.");
    }
    std::error_code error;
    std::filesystem::rename(file + ".part", file, error);
    if (error)
      throw NumericalFailure("'" + file + "' cannot be written (" +
                             error.message() + ").");
  }
} // namespace nodal
