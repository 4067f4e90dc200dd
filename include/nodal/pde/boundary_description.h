// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_boundary_description_h
#define nodal_pde_boundary_description_h

#include <nodal/mesh/numbering.h>
#include <nodal/pde/boundary_conditions.h>

namespace nodal
{
  /**
   * Fill the boundary conditions in @p mesh, which Numbering has filled (on
   * other ranks it is empty and stays so), for a solution with
   * @p n_components: types of faces and nodes, the formula for g and α at the
   * nodes. @p is_sampled says that the data set varies the boundary value,
   * which then holds on BoundaryConditions::sampled.
   *
   * A node where conditions meet has the one of the lowest type, Dirichlet
   * first, and of these the one of the lowest boundary id.
   */
  template <int dim>
  void describe_boundary(const BoundaryConditions<dim> &boundary,
                         unsigned int n_components, bool is_sampled,
                         MeshDescription &mesh);
} // namespace nodal

#endif
