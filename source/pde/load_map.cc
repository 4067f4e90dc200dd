// SPDX-License-Identifier: LGPL-2.1-or-later

#include <nodal/core/communicator.h>
#include <nodal/pde/cell_matrices.h>
#include <nodal/mesh/expansion.h>
#include <nodal/pde/load_map.h>

#include <algorithm>
#include <set>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// Entries of a sparse matrix as they come; equal places add up.
    struct Entries
    {
      std::vector<PetscInt> rows, columns;
      std::vector<double> values;

      void add(const PetscInt row, const PetscInt column, const double value)
      {
        rows.push_back(row);
        columns.push_back(column);
        values.push_back(value);
      }

      MatHandle matrix(MPI_Comm comm, const PetscInt n_rows,
                       const PetscInt n_columns)
      {
        MatHandle result;
        NODAL_PETSC(MatCreate(comm, result.put()));
        NODAL_PETSC(MatSetSizes(result, n_rows, n_columns, PETSC_DETERMINE,
                                PETSC_DETERMINE));
        NODAL_PETSC(MatSetType(result, MATAIJ));
        NODAL_PETSC(MatSetPreallocationCOO(result, rows.size(), rows.data(),
                                           columns.data()));
        NODAL_PETSC(MatSetValuesCOO(result, values.data(), INSERT_VALUES));
        return result;
      }
    };

    /// The inputs with which the terms of cells are tabulated.
    template <int dim>
    Inputs<dim> complete(const SteadyProblem<dim> &problem, Inputs<dim> inputs,
                         const std::vector<FieldDescription> &varying)
    {
      const auto set =
          [&](const std::string &name, const unsigned int n, const double value)
      {
        inputs[name] = {};
        inputs[name].function =
            std::make_shared<Functions::ConstantFunction<dim>>(value, n);
      };
      for (const FieldDescription &input : varying)
        set(input.name, input.n_components, 0.);
      const std::string coefficient = problem.traits().linear_in;
      if (!coefficient.empty() && inputs.count(coefficient) == 0)
        set(coefficient, 1, 1.);
      return inputs;
    }

    /// Where an unknown of a cell takes Dirichlet values from.
    template <int dim>
    Expansion from_boundary(const types::global_dof_index dof,
                            const Space<dim> &space,
                            const std::set<types::global_dof_index> &dirichlet)
    {
      if (dirichlet.count(dof))
        return {{dof, 1.}};
      Expansion result;
      if (space.hanging_nodes.is_constrained(dof))
        for (const auto &[master, weight] :
             *space.hanging_nodes.get_constraint_entries(dof))
          if (dirichlet.count(master))
            result.emplace_back(master, weight);
      return result;
    }

    /// What a problem makes of unit values of its inputs on one cell after the
    /// other.
    template <int dim>
    class Responses
    {
    public:
      using Cell = typename DoFHandler<dim>::active_cell_iterator;

      Responses(const Space<dim> &space, const SteadyProblem<dim> &problem,
                const BoundaryConditions<dim> &boundary,
                const Inputs<dim> &inputs)
          : problem(problem), boundary(boundary),
            quadrature(space, problem, inputs, nullptr),
            scalar(space.mesh->mapping(), *space.scalar_fe, space.quadrature,
                   update_values),
            scalar_face(space.mesh->mapping(), *space.scalar_fe,
                        space.face_quadrature, update_values),
            ignored(space.fe->n_dofs_per_cell(), space.fe->n_dofs_per_cell()),
            none(space.fe->n_dofs_per_cell()), scalar_dofs(space.scalar_dofs)
      {
      }

      void reinit(const Cell &new_cell)
      {
        cell = new_cell;
        scalar_cell = Cell(&cell->get_triangulation(), cell->level(),
                           cell->index(), &scalar_dofs);
        scalar.reinit(scalar_cell);
        cell_data = quadrature.on_cell(cell);
      }

      /// The terms of the cell for the inputs as given.
      void terms(FullMatrix<double> &matrix, Vector<double> &rhs)
      {
        matrix = 0;
        rhs = 0;
        integrate_cell(cell, problem, boundary, quadrature, matrix, rhs);
      }

      /// How much more its right-hand side is where component @p c of input
      /// @p i is one at node @p node of the cell, or, for no node, all over it.
      void unit(const unsigned int i, const unsigned int c, const int node,
                Vector<double> &response)
      {
        response = 0;
        add(
            cell_data, scalar, i, c, node,
            [&](const QuadratureData<dim> &data, Vector<double> &rhs)
            { problem.cell(data, ignored, rhs); },
            response);
        for (const unsigned int f : cell->face_indices())
        {
          if (!cell->face(f)->at_boundary())
            continue;
          const BoundaryCondition<dim> &condition =
              boundary.conditions.at(cell->face(f)->boundary_id());
          if (condition.type == BoundaryType::dirichlet)
            continue;
          scalar_face.reinit(scalar_cell, f);
          QuadratureData<dim> face_data = quadrature.on_face(cell, f);
          add(
              face_data, scalar_face, i, c, node,
              [&](const QuadratureData<dim> &data, Vector<double> &rhs)
              { problem.boundary(data, condition, ignored, rhs); },
              response);
        }
      }

    private:
      /// @p data comes and goes with the values of the inputs as given.
      template <class Terms>
      void add(QuadratureData<dim> &data, const FEValuesBase<dim> &nodes,
               const unsigned int i, const unsigned int c, const int node,
               const Terms &terms, Vector<double> &response)
      {
        none = 0;
        terms(data, none);
        const std::vector<double> kept = data.inputs[i];
        const unsigned int n = data.n_input_components[i];
        for (unsigned int q = 0; q < data.fe->n_quadrature_points; ++q)
          data.inputs[i][q * n + c] = node < 0 ? 1 : nodes.shape_value(node, q);
        terms(data, response);
        response -= none;
        data.inputs[i] = kept;
      }

      const SteadyProblem<dim> &problem;
      const BoundaryConditions<dim> &boundary;
      QuadratureInputs<dim> quadrature;
      FEValues<dim> scalar;
      FEFaceValues<dim> scalar_face;
      FullMatrix<double> ignored;
      Vector<double> none;
      const DoFHandler<dim> &scalar_dofs;
      Cell cell, scalar_cell;
      QuadratureData<dim> cell_data;
    };
  } // namespace

  template <int dim>
  bool LoadMap<dim>::is_possible(const SteadyProblem<dim> &problem,
                                 const FieldDescription &input)
  {
    return problem.traits().is_linear &&
           problem.traits().in_rhs.count(input.name) &&
           (input.location == Location::cell ||
            input.location == Location::node);
  }

  template <int dim>
  LoadMap<dim>::LoadMap(const Space<dim> &space,
                        const SteadyProblem<dim> &problem,
                        const BoundaryConditions<dim> &boundary,
                        const Inputs<dim> &inputs,
                        const std::vector<FieldDescription> &varying,
                        const Elimination elimination)
      : space(space), problem(problem), boundary(boundary),
        boundary_dofs(find_boundary_dofs(space, boundary))
  {
    for (const auto &cell : space.dofs.active_cell_iterators())
      if (cell->is_locally_owned())
        owned_cells.push_back(cell->active_cell_index());
    unsigned int i = 0;
    for (const FieldDescription &input : problem.inputs())
    {
      if (input.role == Role::boundary_value)
        continue;
      if (std::any_of(varying.begin(), varying.end(),
                      [&](const FieldDescription &v)
                      { return v.name == input.name; }))
        for (unsigned int c = 0; c < input.n_components; ++c)
        {
          parts.emplace_back();
          parts.back().input = input.name;
          parts.back().place = i;
          parts.back().component = c;
          parts.back().on_cells = input.location == Location::cell;
        }
      ++i;
    }
    if (elimination == Elimination::all)
      parts.emplace_back();
    tabulate(complete(problem, inputs, varying), elimination);
  }

  template <int dim>
  void LoadMap<dim>::tabulate(const Inputs<dim> &inputs,
                              const Elimination elimination)
  {
    AffineConstraints<double> constraints;
    std::set<types::global_dof_index> dirichlet;
    if (elimination == Elimination::hanging)
      constraints.copy_from(space.hanging_nodes);
    else
    {
      constraints.copy_from(zero_constraints(space, boundary_dofs));
      for (const BoundaryDof<dim> &b : boundary_dofs)
        dirichlet.insert(b.dof);
    }
    MPI_Comm comm = space.mesh->comm;
    const std::int64_t n_owned_cells = owned_cells.size();
    std::int64_t cell_number = 0;
    MPI_Exscan(&n_owned_cells, &cell_number, 1, MPI_INT64_T, MPI_SUM, comm);

    const PetscInt n_owned = space.owned.n_elements();
    NODAL_PETSC(VecCreate(comm, constant.put()));
    NODAL_PETSC(VecSetSizes(constant, n_owned, PETSC_DETERMINE));
    NODAL_PETSC(VecSetType(constant, VECSTANDARD));
    std::vector<Entries> entries(parts.size());
    Responses<dim> responses(space, problem, boundary, inputs);
    const unsigned int n = space.fe->n_dofs_per_cell();
    FullMatrix<double> matrix(n, n);
    Vector<double> rhs(n);
    std::vector<types::global_dof_index> dofs(n),
        nodes(space.scalar_fe->n_dofs_per_cell());
    for (const auto &cell : space.dofs.active_cell_iterators())
    {
      if (!cell->is_locally_owned())
        continue;
      responses.reinit(cell);
      cell->get_dof_indices(dofs);
      typename DoFHandler<dim>::active_cell_iterator(
          &cell->get_triangulation(), cell->level(), cell->index(),
          &space.scalar_dofs)
          ->get_dof_indices(nodes);
      // Call f(i, row, weight) for what the unknowns i of the cell stand for.
      const auto for_rows = [&](const auto &f)
      {
        for (unsigned int i = 0; i < n; ++i)
          for (const auto &[row, weight] : expand(dofs[i], constraints))
            f(i, row, weight);
      };
      responses.terms(matrix, rhs);
      for_rows(
          [&](const unsigned int i, const PetscInt row, const double weight) {
            NODAL_PETSC(
                VecSetValue(constant, row, weight * rhs[i], ADD_VALUES));
          });
      for (std::size_t p = 0; p < parts.size(); ++p)
      {
        const Part &part = parts[p];
        const auto add_column = [&](const PetscInt column, const int node)
        {
          responses.unit(part.place, part.component, node, rhs);
          for_rows(
              [&](const unsigned int i, const PetscInt row, const double weight)
              {
                if (rhs[i] != 0)
                  entries[p].add(row, column, weight * rhs[i]);
              });
        };
        if (part.input.empty())
          for (unsigned int j = 0; j < n; ++j)
            for (const auto &source : from_boundary(dofs[j], space, dirichlet))
              for_rows(
                  [&](const unsigned int i, const PetscInt row,
                      const double weight) {
                    entries[p].add(row, source.first,
                                   -weight * source.second * matrix(i, j));
                  });
        else if (part.on_cells)
          add_column(cell_number, -1);
        else
          for (unsigned int j = 0; j < nodes.size(); ++j)
            add_column(nodes[j], j);
      }
      ++cell_number;
    }
    NODAL_PETSC(VecAssemblyBegin(constant));
    NODAL_PETSC(VecAssemblyEnd(constant));
    for (std::size_t p = 0; p < parts.size(); ++p)
    {
      Part &part = parts[p];
      const PetscInt n_columns = part.input.empty() ? n_owned
                                 : part.on_cells
                                     ? n_owned_cells
                                     : space.scalar_owned.n_elements();
      part.map = entries[p].matrix(comm, n_owned, n_columns);
      entries[p] = {};
      NODAL_PETSC(MatCreateVecs(part.map, part.values.put(), nullptr));
    }
  }

  template <int dim>
  void LoadMap<dim>::fill(const Part &part, const Inputs<dim> &inputs) const
  {
    double *values = nullptr;
    NODAL_PETSC(VecGetArray(part.values, &values));
    if (part.input.empty())
    {
      const std::vector<double> g =
          boundary_values(boundary_dofs, problem, boundary, inputs);
      for (std::size_t i = 0; i < g.size(); ++i)
        if (space.owned.is_element(boundary_dofs[i].dof))
          values[space.owned.index_within_set(boundary_dofs[i].dof)] = g[i];
    }
    else if (part.on_cells)
    {
      const std::vector<double> &all = inputs.at(part.input).cell_values;
      const std::size_t n =
          all.size() / space.mesh->triangulation().n_active_cells();
      for (std::size_t i = 0; i < owned_cells.size(); ++i)
        values[i] = all[owned_cells[i] * n + part.component];
    }
    else
    {
      const FieldVector &all =
          inputs.at(part.input).node_values[part.component];
      std::copy_n(all.begin(), all.locally_owned_size(), values);
    }
    NODAL_PETSC(VecRestoreArray(part.values, &values));
  }

  template <int dim>
  void LoadMap<dim>::apply(const Inputs<dim> &inputs, Vec b) const
  {
    NODAL_PETSC(VecCopy(constant, b));
    for (const Part &part : parts)
    {
      fill(part, inputs);
      NODAL_PETSC(MatMultAdd(part.map, part.values, b, b));
    }
  }

  template <int dim>
  VecHandle LoadMap<dim>::vector() const
  {
    return duplicate(constant);
  }

  template class LoadMap<2>;
  template class LoadMap<3>;
} // namespace nodal
