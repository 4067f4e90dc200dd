// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_simplex_refinement_h
#define nodal_source_mesh_simplex_refinement_h

#include <deal.II/grid/tria.h>

#include <memory>
#include <vector>

namespace nodal
{
  /**
   * The active cells of @p mesh, triangles or tetrahedra without hanging
   * nodes, as the unrefined cells of a new one, with boundary ids and the
   * manifolds of the boundary.
   */
  template <int dim>
  std::unique_ptr<dealii::Triangulation<dim>>
  flattened(const dealii::Triangulation<dim> &mesh);

  /**
   * The unrefined mesh of triangles or tetrahedra @p mesh with all edges of
   * the cells in @p flags, by active cell index, halved, and with them the
   * longest edge of each cell of which any edge is (Rivara: Algorithms for
   * refining triangular grids, 1984). Cells are cut at one halved edge after
   * the other, the longest first; as the order is the same for all cells, the
   * result has no hanging nodes. New vertices on the boundary follow its
   * manifold.
   */
  template <int dim>
  std::unique_ptr<dealii::Triangulation<dim>>
  bisected(const dealii::Triangulation<dim> &mesh,
           const std::vector<bool> &flags);
} // namespace nodal

#endif
