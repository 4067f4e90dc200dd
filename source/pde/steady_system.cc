// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/coordinates.h>
#include <nodal/core/exceptions.h>
#include <nodal/pde/adders.h>
#include <nodal/pde/quadrature_inputs.h>
#include <nodal/pde/steady_system.h>

#include "equation_of_system.h"
#include "linear_assembly.h"

#include <deal.II/dofs/dof_tools.h>
#include <deal.II/fe/fe_values.h>
#include <deal.II/lac/dynamic_sparsity_pattern.h>
#include <deal.II/lac/sparsity_tools.h>

#include <algorithm>
#include <map>

namespace nodal
{
  using namespace dealii;

  template <int dim>
  SteadySystem<dim>::~SteadySystem() = default;

  template <int dim>
  SteadySystem<dim>::SteadySystem(const Space<dim> &space,
                                  const SteadyProblem<dim> &problem,
                                  const BoundaryConditions<dim> &boundary,
                                  const bool is_for_many)
      : space(space), problem(problem), boundary(boundary),
        is_for_many(is_for_many),
        boundary_dofs(find_boundary_dofs(space, boundary))
  {
    homogeneous_constraints.copy_from(
        nodal::zero_constraints(space, boundary_dofs));
    constraints.copy_from(homogeneous_constraints);
    make_matrix();
  }

  namespace
  {
    template <int dim>
    Coordinates positions_of_nodes(const Space<dim> &space)
    {
      std::map<types::global_dof_index, Point<dim>> support_points;
      DoFTools::map_dofs_to_support_points(space.mesh->mapping(), space.dofs,
                                           support_points);
      Coordinates result;
      result.dim = dim;
      for (const types::global_dof_index dof : space.owned)
        if (dof % space.n_components == 0)
          for (unsigned int d = 0; d < dim; ++d)
            result.values.push_back(support_points.at(dof)[d]);
      return result;
    }
  } // namespace

  template <int dim>
  void SteadySystem<dim>::make_matrix()
  {
    DynamicSparsityPattern pattern(space.relevant);
    DoFTools::make_sparsity_pattern(space.dofs, pattern, constraints, true);
    MPI_Comm comm = space.mesh->comm;
    SparsityTools::distribute_sparsity_pattern(pattern, space.owned, comm,
                                               space.relevant);
    const PetscInt n_local = space.owned.n_elements();
    std::vector<PetscInt> offsets = {0}, columns;
    for (const types::global_dof_index row : space.owned)
    {
      for (auto entry = pattern.begin(row); entry != pattern.end(row); ++entry)
        columns.push_back(entry->column());
      offsets.push_back(columns.size());
    }
    NODAL_PETSC(MatCreate(comm, system_matrix.put()));
    NODAL_PETSC(MatSetSizes(system_matrix, n_local, n_local, PETSC_DETERMINE,
                            PETSC_DETERMINE));
    NODAL_PETSC(MatSetBlockSize(system_matrix, space.n_components));
    // MATAIJ is seqaij on one rank, which ICC and CHOLMOD need.
    NODAL_PETSC(MatSetType(system_matrix, MATAIJ));
    NODAL_PETSC(MatSeqAIJSetPreallocationCSR(system_matrix, offsets.data(),
                                             columns.data(), nullptr));
    NODAL_PETSC(MatMPIAIJSetPreallocationCSR(system_matrix, offsets.data(),
                                             columns.data(), nullptr));
    NODAL_PETSC(
        MatSetOption(system_matrix, MAT_NEW_NONZERO_LOCATION_ERR, PETSC_TRUE));
    const ProblemTraits traits = problem.traits();
    if (traits.is_symmetric)
      NODAL_PETSC(MatSetOption(system_matrix, MAT_SYMMETRIC, PETSC_TRUE));
    if (traits.is_spd)
      NODAL_PETSC(MatSetOption(system_matrix, MAT_SPD, PETSC_TRUE));
    if (traits.is_symmetric)
      NODAL_PETSC(
          MatSetOption(system_matrix, MAT_SYMMETRY_ETERNAL, PETSC_TRUE));
    attach_coordinates(system_matrix,
                       [&space = space] { return positions_of_nodes(space); });
    if (traits.is_linear)
    {
      equation = std::make_shared<EquationOfSystem<dim>>(
          space, problem, boundary, homogeneous_constraints, system_matrix);
      attach_equation(system_matrix, equation);
    }
    if (traits.has_rigid_body_modes)
      set_rigid_body_modes();
    NODAL_PETSC(MatCreateVecs(system_matrix, nullptr, system_rhs.put()));
    NODAL_PETSC(
        VecSetOption(system_rhs, VEC_IGNORE_NEGATIVE_INDICES, PETSC_TRUE));
  }

  template <int dim>
  void SteadySystem<dim>::set_rigid_body_modes()
  {
    AssertThrow(space.n_components == dim, ExcInternalError());
    VecHandle points;
    NODAL_PETSC(MatCreateVecs(system_matrix, points.put(), nullptr));
    double *x = nullptr;
    NODAL_PETSC(VecGetArrayWrite(points, &x));
    const Coordinates &positions = *coordinates_of(system_matrix);
    std::copy(positions.values.begin(), positions.values.end(), x);
    NODAL_PETSC(VecRestoreArrayWrite(points, &x));
    MatNullSpace modes = nullptr;
    NODAL_PETSC(MatNullSpaceCreateRigidBody(points, &modes));
    NODAL_PETSC(MatSetNearNullSpace(system_matrix, modes));
    NODAL_PETSC(MatNullSpaceDestroy(&modes));
  }

  template <int dim>
  void SteadySystem<dim>::set_constraints(const Inputs<dim> &inputs)
  {
    const std::vector<double> values =
        boundary_values(boundary_dofs, problem, boundary, inputs);
    constraints.clear();
    constraints.reinit(space.relevant);
    for (std::size_t i = 0; i < values.size(); ++i)
    {
      constraints.add_line(boundary_dofs[i].dof);
      constraints.set_inhomogeneity(boundary_dofs[i].dof, values[i]);
    }
    constraints.merge(space.hanging_nodes,
                      AffineConstraints<double>::left_object_wins);
    constraints.close();
  }

  template <int dim>
  bool SteadySystem<dim>::use_tables(const Inputs<dim> &inputs)
  {
    // Tables hold the load for values g of natural conditions that stay.
    const bool has_natural_samples =
        boundary.samples_natural() && sampled_boundary_value(problem, inputs);
    if (tables && !has_natural_samples && tables->fits(inputs))
      return true;
    tables.reset();
    if (!is_for_many || has_natural_samples ||
        !LinearAssembly<dim>::is_possible(space, problem, inputs))
      return false;
    tables = std::make_unique<LinearAssembly<dim>>(
        space, problem, boundary, inputs, constraints, system_matrix);
    return true;
  }

  template <int dim>
  void SteadySystem<dim>::assemble(const Inputs<dim> &inputs,
                                   const FieldVector *state)
  {
    const bool is_linear = problem.traits().is_linear;
    Assert(is_linear || state != nullptr,
           ExcMessage("A nonlinear problem is assembled at a state."));
    if (is_linear)
    {
      set_constraints(inputs);
      equation->set_inputs(inputs);
    }
    const bool is_tabulated = is_linear && use_tables(inputs);
    if (is_tabulated && size_of(space.mesh->comm) == 1)
    {
      tables->assemble(inputs, constraints, system_matrix, system_rhs);
      return;
    }

    NODAL_PETSC(MatZeroEntries(system_matrix));
    NODAL_PETSC(VecSet(system_rhs, 0));
    if (is_tabulated)
      add_cells(
          [&](const auto &cell, FullMatrix<double> &matrix, Vector<double> &)
          { tables->cell(cell->active_cell_index(), inputs, matrix); },
          constraints);
    else
    {
      QuadratureInputs<dim> data(space, problem, inputs,
                                 is_linear ? nullptr : state);
      add_cells(
          [&](const auto &cell, FullMatrix<double> &matrix, Vector<double> &rhs)
          { integrate_cell(cell, problem, boundary, data, matrix, rhs); },
          is_linear ? constraints : homogeneous_constraints);
    }
    NODAL_PETSC(MatAssemblyBegin(system_matrix, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(VecAssemblyBegin(system_rhs));
    NODAL_PETSC(VecAssemblyEnd(system_rhs));
    NODAL_PETSC(MatAssemblyEnd(system_matrix, MAT_FINAL_ASSEMBLY));
    if (is_tabulated)
    {
      const VecHandle load = duplicate(system_rhs);
      tables->load(inputs, load);
      NODAL_PETSC(VecAXPY(system_rhs, 1, load));
    }
  }

  template <int dim>
  void SteadySystem<dim>::add_cells(const CellTerms &terms,
                                    const AffineConstraints<double> &active)
  {
    MatrixAdder matrix(system_matrix);
    VectorAdder rhs = {system_rhs};
    const unsigned int n = space.fe->n_dofs_per_cell();
    FullMatrix<double> cell_matrix(n, n);
    Vector<double> cell_rhs(n);
    std::vector<types::global_dof_index> dofs(n);
    for (const auto &cell : space.dofs.active_cell_iterators())
    {
      if (!cell->is_locally_owned())
        continue;
      cell_matrix = 0;
      cell_rhs = 0;
      terms(cell, cell_matrix, cell_rhs);
      cell->get_dof_indices(dofs);
      active.distribute_local_to_global(cell_matrix, cell_rhs, dofs, matrix,
                                        rhs);
    }
  }

  template <int dim>
  Mat SteadySystem<dim>::preconditioner_matrix(const Inputs<dim> &inputs)
  {
    if (!problem.has_preconditioner_term())
      return nullptr;
    MatHandle &P = matrix_for_preconditioner;
    if (P)
      NODAL_PETSC(MatCopy(system_matrix, P, SAME_NONZERO_PATTERN));
    else
    {
      P = duplicate(system_matrix);
      if (equation)
        attach_equation(P, equation);
    }
    MatrixAdder matrix(P);
    QuadratureInputs<dim> cell_data(space, problem, inputs, nullptr);
    const unsigned int n = space.fe->n_dofs_per_cell();
    FullMatrix<double> cell_matrix(n, n);
    std::vector<types::global_dof_index> dofs(n);
    for (const auto &cell : space.dofs.active_cell_iterators())
      if (cell->is_locally_owned())
      {
        cell_matrix = 0;
        problem.preconditioner_term(cell_data.on_cell(cell), cell_matrix);
        cell->get_dof_indices(dofs);
        homogeneous_constraints.distribute_local_to_global(cell_matrix, dofs,
                                                           matrix);
      }
    NODAL_PETSC(MatAssemblyBegin(P, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(MatAssemblyEnd(P, MAT_FINAL_ASSEMBLY));
    return P;
  }

  template <int dim>
  void SteadySystem<dim>::distribute(FieldVector &field) const
  {
    field.zero_out_ghost_values();
    constraints.distribute(field);
    field.update_ghost_values();
  }

  void copy(const FieldVector &from, Vec to)
  {
    double *values;
    NODAL_PETSC(VecGetArray(to, &values));
    std::copy_n(from.begin(), from.locally_owned_size(), values);
    NODAL_PETSC(VecRestoreArray(to, &values));
  }

  void copy(Vec from, FieldVector &to)
  {
    const double *values;
    NODAL_PETSC(VecGetArrayRead(from, &values));
    to.zero_out_ghost_values();
    std::copy_n(values, to.locally_owned_size(), to.begin());
    NODAL_PETSC(VecRestoreArrayRead(from, &values));
    to.update_ghost_values();
  }

  template class SteadySystem<2>;
  template class SteadySystem<3>;
} // namespace nodal
