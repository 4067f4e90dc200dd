// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_mesh_file_h
#define nodal_mesh_mesh_file_h

#include <deal.II/grid/tria.h>

#include <string>

namespace nodal
{
  /**
   * Make the empty @p triangulation from @p text, the content of the mesh
   * file @p name, whose ending names the format: .msh (Gmsh, ASCII, versions
   * 2 and 4), .inp (AVS UCD; Abaqus if it begins with `*`) or .vtk (legacy,
   * ASCII). Boundary ids are Gmsh's physical groups, UCD's materials, VTK's
   * cell data MaterialID, or the number at the end of Abaqus's element sets;
   * faces that are not listed have the id 0.
   *
   * Throws BadInput with the number of the line, blaming the parameter
   * @p entry, for anything that is not a mesh of linear cells of one kind and
   * of dimension @p dim. No text makes it crash.
   */
  template <int dim>
  void read_mesh(const std::string &text, const std::string &name,
                 const std::string &entry,
                 dealii::Triangulation<dim> &triangulation);
} // namespace nodal

#endif
