// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/mesh/mesh_file.h>

#include "mesh_checks.h"
#include "raw_mesh.h"

#include <filesystem>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    RawMesh read_raw(const std::string &name, const std::string &entry,
                     TextScanner &scanner)
    {
      const std::string ending = std::filesystem::path(name).extension();
      if (ending == ".msh")
        return read_msh(scanner);
      if (ending == ".vtk")
        return read_vtk(scanner);
      if (ending == ".inp")
        return scanner.next_is('*') ? read_abaqus(scanner) : read_ucd(scanner);
      throw BadInput("The mesh file '" + name + "' has the ending '" + ending +
                         "'; mesh files end in .msh, .inp or .vtk.",
                     entry);
    }
  } // namespace

  template <int dim>
  void read_mesh(const std::string &text, const std::string &name,
                 const std::string &entry, Triangulation<dim> &triangulation)
  {
    const std::string sentence = "The mesh file '" + name + "' cannot be used";
    TextScanner scanner(text, name, entry);
    if (scanner.at_end())
      throw BadInput(sentence + ": it is empty.", entry);
    try_deal_ii(sentence, entry,
                [&]
                {
                  RawMesh raw = read_raw(name, entry, scanner);
                  build(raw, scanner, triangulation);
                });
    check_cells(triangulation, sentence, entry);
  }

  template void read_mesh(const std::string &, const std::string &,
                          const std::string &, Triangulation<2> &);
  template void read_mesh(const std::string &, const std::string &,
                          const std::string &, Triangulation<3> &);
} // namespace nodal
