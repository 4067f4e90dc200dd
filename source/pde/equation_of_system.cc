// SPDX-License-Identifier: LGPL-2.1-or-later
#include "equation_of_system.h"

#include <nodal/core/attachment.h>
#include <nodal/core/registry.h>
#include <nodal/pde/adders.h>
#include <nodal/pde/boundary_description.h>
#include <nodal/pde/boundary_dofs.h>
#include <nodal/pde/steady_system.h>

#include <deal.II/base/mpi.h>
#include <deal.II/dofs/dof_tools.h>
#include <deal.II/fe/fe_values.h>

#include <map>
#include <utility>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    constexpr const char *equation_name = "nodal equation";
  }

  void attach_equation(Mat A, std::shared_ptr<DiscretizedEquation> equation)
  {
    attach(A, equation_name, std::move(equation));
  }

  DiscretizedEquation *equation_of(Mat A)
  {
    return static_cast<DiscretizedEquation *>(attached(A, equation_name));
  }

  template <int dim>
  EquationOfSystem<dim>::EquationOfSystem(
      const Space<dim> &space, const SteadyProblem<dim> &problem,
      const BoundaryConditions<dim> &boundary,
      const AffineConstraints<double> &constraints, Mat pattern)
      : space(space), steady_problem(problem), boundary(boundary),
        constraints(constraints), pattern(pattern),
        has_hanging_nodes(Utilities::MPI::max(
            int(space.hanging_nodes.n_constraints() > 0), space.mesh->comm))
  {
  }

  template <int dim>
  std::string EquationOfSystem<dim>::problem() const
  {
    return Registry<SteadyProblem<dim>>::name_of(steady_problem);
  }

  template <int dim>
  bool EquationOfSystem<dim>::is_spd() const
  {
    return steady_problem.traits().is_spd;
  }

  template <int dim>
  std::vector<FieldDescription> EquationOfSystem<dim>::inputs() const
  {
    return steady_problem.inputs();
  }

  template <int dim>
  FieldDescription EquationOfSystem<dim>::output() const
  {
    return steady_problem.output();
  }

  template <int dim>
  std::shared_ptr<const MeshPiece> EquationOfSystem<dim>::piece()
  {
    if (!mesh_piece)
    {
      const auto next = std::make_shared<MeshPiece>(cut_out(space));
      describe_boundary(boundary, space.n_components, false, next->mesh);
      mesh_piece = next;
    }
    return mesh_piece;
  }

  template <int dim>
  std::vector<double>
  EquationOfSystem<dim>::means_of_cells(const InputField<dim> &field,
                                        const unsigned int n) const
  {
    const std::size_t n_nodes = space.scalar_owned.n_elements();
    std::vector<double> sums(n_nodes * n, 0.);
    std::vector<unsigned int> counts(n_nodes, 0);
    std::vector<types::global_dof_index> dofs(
        space.scalar_fe->n_dofs_per_cell());
    for (const auto &cell : space.scalar_dofs.active_cell_iterators())
    {
      if (cell->is_artificial())
        continue;
      cell->get_dof_indices(dofs);
      for (const types::global_dof_index dof : dofs)
      {
        if (!space.scalar_owned.is_element(dof))
          continue;
        const std::size_t i = space.scalar_owned.index_within_set(dof);
        ++counts[i];
        for (unsigned int c = 0; c < n; ++c)
          sums[i * n + c] +=
              field.cell_values.empty()
                  ? field.function->value(cell->center(), c)
                  : field.cell_values[cell->active_cell_index() * n + c];
      }
    }
    for (std::size_t i = 0; i < n_nodes; ++i)
      for (unsigned int c = 0; c < n; ++c)
        sums[i * n + c] /= counts[i];
    return sums;
  }

  template <int dim>
  std::vector<double>
  EquationOfSystem<dim>::at_nodes(const InputField<dim> &field,
                                  const unsigned int n) const
  {
    const std::size_t n_nodes = space.scalar_owned.n_elements();
    std::vector<double> values(n_nodes * n);
    if (!field.node_values.empty())
    {
      for (unsigned int c = 0; c < n; ++c)
        for (std::size_t i = 0; i < n_nodes; ++i)
          values[i * n + c] = field.node_values[c].local_element(i);
      return values;
    }
    std::map<types::global_dof_index, Point<dim>> points;
    DoFTools::map_dofs_to_support_points(space.mesh->mapping(),
                                         space.scalar_dofs, points);
    for (std::size_t i = 0; i < n_nodes; ++i)
      for (unsigned int c = 0; c < n; ++c)
        values[i * n + c] = field.function->value(
            points.at(space.scalar_owned.nth_index_in_set(i)), c);
    return values;
  }

  template <int dim>
  std::vector<double>
  EquationOfSystem<dim>::in_order(const std::vector<double> &values,
                                  const unsigned int n) const
  {
    std::vector<double> result;
    result.reserve(values.size());
    for (const int place : mesh_piece->place)
      for (unsigned int c = 0; c < n; ++c)
        result.push_back(values[place * n + c]);
    return result;
  }

  template <int dim>
  std::vector<double>
  EquationOfSystem<dim>::input(const FieldDescription &input)
  {
    piece();
    const InputField<dim> &field = present.at(input.name);
    const unsigned int n = input.n_components;
    return in_order(input.location == Location::node ? at_nodes(field, n)
                                                     : means_of_cells(field, n),
                    n);
  }

  template <int dim>
  std::vector<double> EquationOfSystem<dim>::boundary_values()
  {
    MeshDescription mesh = piece()->mesh;
    const std::vector<FieldVector> *const sampled =
        sampled_boundary_value(steady_problem, present);
    describe_boundary(boundary, space.n_components, sampled != nullptr, mesh);
    const unsigned int n = space.n_components;
    const std::size_t n_owned = mesh_piece->n_owned();
    std::vector<double> result(n_owned * n, 0.);
    for (std::size_t b = 0; b < mesh.boundary_nodes.size(); ++b)
    {
      const std::size_t i = mesh.boundary_nodes[b];
      if (i < n_owned)
        for (unsigned int c = 0; c < n; ++c)
          result[i * n + c] =
              mesh.boundary_sampled[b]
                  ? (*sampled)[c].local_element(mesh_piece->place[i])
                  : mesh.boundary_values[b * n + c];
    }
    return result;
  }

  template <int dim>
  Mat EquationOfSystem<dim>::mass_matrix()
  {
    if (mass)
      return mass;
    mass = duplicate(pattern);
    NODAL_PETSC(MatZeroEntries(mass));
    MatrixAdder matrix(mass);
    FEValues<dim> fe(space.mesh->mapping(), *space.fe, space.quadrature,
                     update_values | update_JxW_values);
    const unsigned int n = space.fe->n_dofs_per_cell();
    FullMatrix<double> products(n, n);
    std::vector<types::global_dof_index> dofs(n);
    for (const auto &cell : space.dofs.active_cell_iterators())
    {
      if (!cell->is_locally_owned())
        continue;
      fe.reinit(cell);
      products = 0;
      for (unsigned int i = 0; i < n; ++i)
        for (unsigned int j = 0; j < n; ++j)
          if (space.fe->system_to_component_index(i).first ==
              space.fe->system_to_component_index(j).first)
            for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
              products(i, j) +=
                  fe.shape_value(i, q) * fe.shape_value(j, q) * fe.JxW(q);
      cell->get_dof_indices(dofs);
      constraints.distribute_local_to_global(products, dofs, matrix);
    }
    NODAL_PETSC(MatAssemblyBegin(mass, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(MatAssemblyEnd(mass, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(MatSetOption(mass, MAT_SPD, PETSC_TRUE));
    return mass;
  }

  template <int dim>
  void EquationOfSystem<dim>::follow(Vec x) const
  {
    if (!has_hanging_nodes)
      return;
    FieldVector field = space.vector();
    copy(x, field);
    field.zero_out_ghost_values();
    space.hanging_nodes.distribute(field);
    copy(field, x);
  }

  template <int dim>
  std::vector<bool> EquationOfSystem<dim>::constrained_rows() const
  {
    std::vector<bool> result;
    for (const types::global_dof_index dof : space.owned)
      result.push_back(constraints.is_constrained(dof));
    return result;
  }

  template class EquationOfSystem<2>;
  template class EquationOfSystem<3>;
} // namespace nodal
