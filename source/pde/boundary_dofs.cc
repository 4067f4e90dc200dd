// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/pde/boundary_dofs.h>

#include <deal.II/dofs/dof_tools.h>

#include <map>

namespace nodal
{
  using namespace dealii;

  template <int dim>
  std::vector<BoundaryDof<dim>>
  find_boundary_dofs(const Space<dim> &space,
                     const BoundaryConditions<dim> &boundary)
  {
    const FiniteElement<dim> &fe = *space.fe;
    std::map<types::global_dof_index, Point<dim>> points;
    DoFTools::map_dofs_to_support_points(space.mesh->mapping(),
                                         space.scalar_dofs, points);
    // A node that two boundaries share belongs to the one of lower id, so
    // that its value does not depend on the order of cells.
    std::map<types::global_dof_index, BoundaryDof<dim>> found;
    std::vector<types::global_dof_index> face_dofs, face_nodes;
    for (const auto &cell : space.dofs.active_cell_iterators())
    {
      if (cell->is_artificial() || !cell->at_boundary())
        continue;
      const typename DoFHandler<dim>::active_cell_iterator scalar_cell(
          &cell->get_triangulation(), cell->level(), cell->index(),
          &space.scalar_dofs);
      for (const unsigned int f : cell->face_indices())
      {
        if (!cell->face(f)->at_boundary())
          continue;
        const types::boundary_id id = cell->face(f)->boundary_id();
        const auto condition = boundary.conditions.find(id);
        if (condition == boundary.conditions.end() ||
            condition->second.type != BoundaryType::dirichlet)
          continue;
        face_dofs.resize(fe.n_dofs_per_face(f));
        face_nodes.resize(space.scalar_fe->n_dofs_per_face(f));
        cell->face(f)->get_dof_indices(face_dofs);
        scalar_cell->face(f)->get_dof_indices(face_nodes);
        for (unsigned int i = 0; i < face_dofs.size(); ++i)
        {
          const auto [component, j] = fe.face_system_to_component_index(i, f);
          const BoundaryDof<dim> b = {face_dofs[i], face_nodes[j], component,
                                      points.at(face_nodes[j]), id};
          const auto other = found.emplace(b.dof, b).first;
          if (id < other->second.id)
            other->second = b;
        }
      }
    }
    std::vector<BoundaryDof<dim>> result;
    for (const auto &entry : found)
      result.push_back(entry.second);
    return result;
  }

  template <int dim>
  AffineConstraints<double>
  zero_constraints(const Space<dim> &space,
                   const std::vector<BoundaryDof<dim>> &dofs)
  {
    AffineConstraints<double> constraints(space.relevant);
    for (const BoundaryDof<dim> &b : dofs)
      constraints.add_line(b.dof);
    constraints.merge(space.hanging_nodes,
                      AffineConstraints<double>::left_object_wins);
    constraints.close();
    return constraints;
  }

  template <int dim>
  const std::vector<FieldVector> *
  sampled_boundary_value(const SteadyProblem<dim> &problem,
                         const Inputs<dim> &inputs)
  {
    for (const FieldDescription &input : problem.inputs())
      if (input.role == Role::boundary_value && inputs.count(input.name) &&
          !inputs.at(input.name).node_values.empty())
        return &inputs.at(input.name).node_values;
    return nullptr;
  }

  template <int dim>
  std::vector<double> boundary_values(const std::vector<BoundaryDof<dim>> &dofs,
                                      const SteadyProblem<dim> &problem,
                                      const BoundaryConditions<dim> &boundary,
                                      const Inputs<dim> &inputs)
  {
    const std::vector<FieldVector> *const sampled =
        sampled_boundary_value(problem, inputs);
    std::vector<double> values;
    for (const BoundaryDof<dim> &b : dofs)
      values.push_back(sampled && boundary.sampled.count(b.id)
                           ? (*sampled)[b.component](b.node)
                           : boundary.conditions.at(b.id).value->value(
                                 b.point, b.component));
    return values;
  }

  template std::vector<BoundaryDof<2>>
  find_boundary_dofs(const Space<2> &, const BoundaryConditions<2> &);
  template AffineConstraints<double>
  zero_constraints(const Space<2> &, const std::vector<BoundaryDof<2>> &);
  template const std::vector<FieldVector> *
  sampled_boundary_value(const SteadyProblem<2> &, const Inputs<2> &);
  template std::vector<double>
  boundary_values(const std::vector<BoundaryDof<2>> &, const SteadyProblem<2> &,
                  const BoundaryConditions<2> &, const Inputs<2> &);
  template std::vector<BoundaryDof<3>>
  find_boundary_dofs(const Space<3> &, const BoundaryConditions<3> &);
  template AffineConstraints<double>
  zero_constraints(const Space<3> &, const std::vector<BoundaryDof<3>> &);
  template const std::vector<FieldVector> *
  sampled_boundary_value(const SteadyProblem<3> &, const Inputs<3> &);
  template std::vector<double>
  boundary_values(const std::vector<BoundaryDof<3>> &, const SteadyProblem<3> &,
                  const BoundaryConditions<3> &, const Inputs<3> &);
} // namespace nodal
