// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dataset_file.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace nodal
{
  namespace
  {
    bool are_below(const std::vector<std::int64_t> &indices,
                   const std::size_t bound)
    {
      return std::all_of(indices.begin(), indices.end(),
                         [bound](const std::int64_t i)
                         { return i >= 0 && std::size_t(i) < bound; });
    }

    /// True if @p values has @p n entries, or none as in older files.
    template <class Number>
    bool fits(const std::vector<Number> &values, const std::size_t n)
    {
      return values.empty() || values.size() == n;
    }

    bool are_finite(const std::vector<double> &values)
    {
      return std::all_of(values.begin(), values.end(),
                         [](const double x) { return std::isfinite(x); });
    }

    bool are_offsets(const std::vector<std::int64_t> &offsets,
                     const std::size_t n_rows, const std::size_t n_entries)
    {
      return offsets.size() == n_rows + 1 && offsets[0] == 0 &&
             std::is_sorted(offsets.begin(), offsets.end()) &&
             std::size_t(offsets.back()) == n_entries;
    }

    bool has_cell_type(const MeshDescription &mesh)
    {
      return (mesh.dim == 2 && (mesh.cell_type == "triangle" ||
                                mesh.cell_type == "quadrilateral")) ||
             (mesh.dim == 3 && (mesh.cell_type == "tetrahedron" ||
                                mesh.cell_type == "hexahedron"));
    }
  } // namespace

  std::string contradiction(const MeshDescription &mesh)
  {
    if (!has_cell_type(mesh))
      return "the type of its cells is not one of its dimension";
    const std::size_t per_cell = vertices_per_cell(mesh.cell_type),
                      per_face = vertices_per_face(mesh.cell_type),
                      n_faces = mesh.boundary_ids.size(),
                      n_boundary = mesh.boundary_nodes.size();
    if (mesh.points.size() % mesh.dim || mesh.support_points.size() % mesh.dim)
      return "a point has too few coordinates";
    if (!are_finite(mesh.points) || !are_finite(mesh.support_points))
      return "a coordinate is no number";
    if (mesh.n_cells == 0 || mesh.cells.size() != mesh.n_cells * per_cell ||
        mesh.cell_nodes.size() < mesh.n_cells ||
        mesh.cell_nodes.size() % mesh.n_cells ||
        mesh.linear_cells.size() % per_cell)
      return "a cell has too few vertices or nodes";
    if (!are_below(mesh.cells, mesh.n_points()) ||
        !are_below(mesh.boundary_faces, mesh.n_points()))
      return "a cell or face has a point that is not there";
    if (!are_below(mesh.cell_nodes, mesh.n_nodes()) ||
        !are_below(mesh.linear_cells, mesh.n_nodes()) ||
        !are_below(mesh.boundary_face_nodes, mesh.n_nodes()) ||
        !are_below(mesh.boundary_nodes, mesh.n_nodes()) ||
        !are_below(mesh.graph_columns, mesh.n_nodes()))
      return "a cell, face or edge has a node that is not there";
    if (std::adjacent_find(mesh.boundary_nodes.begin(),
                           mesh.boundary_nodes.end(),
                           std::greater_equal<>()) != mesh.boundary_nodes.end())
      return "its boundary nodes are not in ascending order";
    if (mesh.boundary_faces.size() != n_faces * per_face ||
        !fits(mesh.boundary_types, n_faces) ||
        (n_faces > 0 && mesh.boundary_face_nodes.size() % n_faces))
      return "its arrays of boundary faces do not fit together";
    if (!fits(mesh.boundary_node_types, n_boundary) ||
        !fits(mesh.boundary_sampled, n_boundary) ||
        !fits(mesh.boundary_coefficients, n_boundary) ||
        (n_boundary > 0 && mesh.boundary_values.size() % n_boundary))
      return "its arrays of boundary nodes do not fit together";
    if (!are_offsets(mesh.graph_offsets, mesh.n_nodes(),
                     mesh.graph_columns.size()))
      return "its graph does not fit its nodes";
    return "";
  }
} // namespace nodal
