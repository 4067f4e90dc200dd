// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_task_lane_tables_h
#define nodal_source_task_lane_tables_h

#include <nodal/pde/cell_matrices.h>
#include <nodal/solver/lane_family.h>

#include <vector>

namespace nodal
{
  /**
   * Tabulate @p problem, which is linear in one cell input, on @p spaces,
   * finest first, each a refinement of the next. @p inputs holds the other
   * inputs, as functions. Collective; throws BadInput on all ranks if the
   * meshes are not nested.
   */
  template <int dim>
  DistributedLaneFamily
  tabulate_lanes(const std::vector<const Space<dim> *> &spaces,
                 const SteadyProblem<dim> &problem,
                 const BoundaryConditions<dim> &boundary,
                 const Inputs<dim> &inputs);
} // namespace nodal

#endif
