// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_nesting_h
#define nodal_mesh_nesting_h

#include <nodal/mesh/space.h>

#include <cstdint>
#include <vector>

namespace nodal
{
  /// How the cells and nodes of a mesh lie in the mesh that it refines.
  struct Nesting
  {
    /// By active cell index: the coarse cell that contains each fine cell, and
    /// the share of the fine cell in the volume of all within it.
    std::vector<std::int32_t> parent;
    std::vector<double> share;

    /// Interpolation of the coarse space at the fine nodes (scalar_dofs): row
    /// i has the entries offsets[i] … offsets[i+1].
    std::vector<std::int32_t> offsets, columns;
    std::vector<double> weights;
  };

  /**
   * Find how @p fine lies in @p coarse, two spaces of the same element on one
   * rank, of which the mesh of the first refines that of the second once, so
   * that nodes lie at the middle of edges, faces and cells. Where new vertices
   * follow a curved boundary, nodes count as if they did not. Throws BadInput
   * if the meshes are not nested.
   */
  template <int dim>
  Nesting find_nesting(const Space<dim> &fine, const Space<dim> &coarse);
} // namespace nodal

#endif
