// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model_entries.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/statistics.h>

#include <cmath>
#include <filesystem>

namespace nodal
{
  void ModelEntries::add_parameters(Parameters &prm, const std::string &others)
  {
    section = prm.path("");
    prm.add("Model", folder,
            "The folder of a " + what +
                " from 'nodal train'; a relative name is one in the output "
                "folder, or else in the working folder.");
    prm.add("Force", is_forced,
            "Use it in spite of another " + others +
                " than it was trained on.");
  }

  void ModelEntries::load(const std::string &output_folder,
                          const std::function<void(const std::string &)> &read)
  {
    const std::string there = output_folder + "/" + folder;
    if (!output_folder.empty() && !folder.empty() && folder[0] != '/' &&
        std::filesystem::exists(there + "/model.json"))
      folder = there;
    try
    {
      read(folder);
    }
    catch (const BadInput &error)
    {
      throw BadInput(error.what(), section + "Model");
    }
  }

  void ModelEntries::check_problem(const std::string &here,
                                   const std::string &trained) const
  {
    if (!is_forced && here != trained)
      refuse("problem '" + trained +
             "': take a model that fits, or set 'Force' to true.");
  }

  void ModelEntries::check(const std::string &of, const double here,
                           const double trained, const double tolerance) const
  {
    if (!is_forced && std::abs(here - trained) > tolerance * trained)
      throw BadInput("The " + what + " in '" + folder + "' was trained with " +
                         of + ' ' + to_text(trained) +
                         ", and this problem has " + to_text(here) +
                         ": train another one, or set 'Force' to true.",
                     section + "Model");
  }

  void ModelEntries::refuse(const std::string &why) const
  {
    throw BadInput("The " + what + " in '" + folder + "' is for " + why,
                   section + "Model");
  }
} // namespace nodal
