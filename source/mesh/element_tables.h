// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_element_tables_h
#define nodal_source_mesh_element_tables_h

#include <deal.II/fe/fe.h>

#include <vector>

namespace nodal
{
  /**
   * What a Lagrange element looks like in its cell, by the local numbers of
   * vertices and nodes. The first nodes of a cell are its vertices.
   */
  template <int dim>
  struct ElementTables
  {
    explicit ElementTables(const dealii::FiniteElement<dim> &fe);

    unsigned int n_vertices, n_nodes, n_faces;

    /// VTK's order of the vertices of a cell.
    std::vector<unsigned int> vtk_vertices;

    /// For each face, its vertices in VTK's order.
    std::vector<std::vector<unsigned int>> face_vertices;

    /// For each face, the nodes on it.
    std::vector<std::vector<unsigned int>> face_nodes;

    /// Linear cells between the nodes, in VTK's order of vertices.
    std::vector<std::vector<unsigned int>> linear_cells;

    /// n_nodes × n_vertices: linear shape functions at the nodes.
    std::vector<double> vertex_weights;
  };
} // namespace nodal

#endif
