// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_boundary_dofs_h
#define nodal_pde_boundary_dofs_h

#include <nodal/mesh/space.h>
#include <nodal/pde/steady_problem.h>

#include <vector>

namespace nodal
{
  /// A degree of freedom on a Dirichlet boundary.
  template <int dim>
  struct BoundaryDof
  {
    dealii::types::global_dof_index dof, node;
    unsigned int component;
    dealii::Point<dim> point;
    dealii::types::boundary_id id;
  };

  /// All locally relevant ones, by ascending dof. One that two boundaries
  /// share belongs to the one of lower id, on any number of ranks.
  template <int dim>
  std::vector<BoundaryDof<dim>>
  find_boundary_dofs(const Space<dim> &space,
                     const BoundaryConditions<dim> &boundary);

  /// Closed constraints that eliminate @p dofs, which are zero, and the hanging
  /// nodes of @p space.
  template <int dim>
  dealii::AffineConstraints<double>
  zero_constraints(const Space<dim> &space,
                   const std::vector<BoundaryDof<dim>> &dofs);

  /// The input of role boundary_value in @p inputs, component by component as
  /// node values, or null if it is not sampled.
  template <int dim>
  const std::vector<FieldVector> *
  sampled_boundary_value(const SteadyProblem<dim> &problem,
                         const Inputs<dim> &inputs);

  /// The Dirichlet values of @p inputs at @p dofs: those of a sampled input of
  /// role boundary_value where the sample has one, else the formula of the
  /// boundary condition.
  template <int dim>
  std::vector<double> boundary_values(const std::vector<BoundaryDof<dim>> &dofs,
                                      const SteadyProblem<dim> &problem,
                                      const BoundaryConditions<dim> &boundary,
                                      const Inputs<dim> &inputs);
} // namespace nodal

#endif
