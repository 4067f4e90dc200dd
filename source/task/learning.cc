// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/text.h>
#include <nodal/task/learning.h>

namespace nodal
{
  Learning::Learning() : network("multigrid")
  {
  }

  void Learning::add_parameters(Parameters &prm)
  {
    {
      Parameters::Section section(prm, "Operator");
      network.add_parameters(prm, "Name", "The neural operator.");
      prm.add("Coarsest level", coarsest_size,
              "Graphs are coarsened until they have at most so many nodes.", 1,
              1000000);
    }
    {
      Parameters::Section section(prm, "Model");
      prm.add("Folder", model_folder,
              "Where the trained operator is; a relative name is one in the "
              "output folder, or else in the working folder.");
    }
  }

  std::vector<std::string> dataset_files(const std::string &list,
                                         const std::string &own)
  {
    if (trim(list).empty())
      return {own};
    return split(list, ',');
  }
} // namespace nodal
