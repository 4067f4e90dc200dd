// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_learn_model_json_h
#define nodal_learn_model_json_h

#include <nlohmann/json.hpp>

#include <functional>
#include <string>

namespace nodal
{
  /// The kinds of model folders, which model.json names.
  struct ModelFormat
  {
    std::string name; ///< of "format"
    int version;      ///< of "version"
    std::string what; ///< as in "'model.json' is of a neural operator"
    std::string goal; ///< of `nodal train`
  };

  extern const ModelFormat neural_operator_format, coarse_basis_format,
      fsai_weights_format, snapshots_format, corrector_format, closure_format;

  /**
   * Read @p file, a model.json of @p format, by @p describe, which throws where
   * values are missing or contradict one another. Throws BadInput, with a
   * sentence and at the parameter @p entry, if the file is missing, damaged, or
   * of another format or version.
   */
  void
  read_model_json(const std::string &file, const ModelFormat &format,
                  const std::function<void(const nlohmann::json &)> &describe,
                  const std::string &entry = "");

  /// Write @p values, and what @p format says, to @p file, under a temporary
  /// name that is then changed. Throws NumericalFailure if that fails.
  void write_model_json(const std::string &file, const ModelFormat &format,
                        nlohmann::json values);
} // namespace nodal

#endif
