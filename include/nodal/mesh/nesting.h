// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_nesting_h
#define nodal_mesh_nesting_h

#include <nodal/mesh/space.h>

#include <cstdint>
#include <vector>

namespace nodal
{
  /// How the cells and nodes of a mesh that this rank owns lie in the mesh that
  /// it refines. Cells of both meshes are counted over all ranks, as are nodes.
  struct Nesting
  {
    /// Of own cells, in the order of iteration: the coarse cell that contains
    /// each, and its share in the volume of all that this one contains.
    std::vector<std::int64_t> parent;
    std::vector<double> share;

    /// Interpolation of the coarse space at own nodes (scalar_dofs): that of
    /// the i-th has the entries offsets[i] … offsets[i+1]. Hanging nodes of
    /// the coarse mesh are replaced by what they follow.
    std::vector<std::int64_t> offsets, columns;
    std::vector<double> weights;
  };

  /**
   * Find how @p fine lies in @p coarse, two spaces on the same ranks, each
   * distributed in its own way, of which the mesh of the first refines that of
   * the second once, so that nodes lie at the middle of edges, faces and cells,
   * or is the same; the degree of the second may be lower. Where new vertices
   * follow a curved boundary, nodes count as if they did not. Collective;
   * throws BadInput on all ranks if the meshes are not nested.
   */
  template <int dim>
  Nesting find_nesting(const Space<dim> &fine, const Space<dim> &coarse);
} // namespace nodal

#endif
