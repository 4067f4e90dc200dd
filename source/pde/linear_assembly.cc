// SPDX-License-Identifier: LGPL-2.1-or-later
#include "linear_assembly.h"

#include <nodal/core/local_rows.h>
#include <nodal/mesh/expansion.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    constexpr double most_bytes = 1e9;

    /// Positions in the array of values of a sequential matrix.
    class Positions
    {
    public:
      explicit Positions(Mat matrix) : rows(matrix)
      {
      }

      std::int32_t operator()(const PetscInt row, const PetscInt column) const
      {
        const PetscInt *const end = rows.columns + rows.offsets[row + 1];
        const PetscInt *const found =
            std::lower_bound(rows.columns + rows.offsets[row], end, column);
        Assert(found != end && *found == column,
               ExcMessage("Not in the pattern."));
        return found - rows.columns;
      }

      std::size_t size() const
      {
        return rows.offsets[rows.n];
      }

    private:
      const LocalRows rows;
    };
  } // namespace

  template <int dim>
  bool LinearAssembly<dim>::is_possible(const Space<dim> &space,
                                        const SteadyProblem<dim> &problem,
                                        const Inputs<dim> &inputs)
  {
    const std::string name = problem.traits().linear_in;
    const double n = space.fe->n_dofs_per_cell();
    if (name.empty() || inputs.count(name) == 0 ||
        inputs.at(name).cell_values.empty() ||
        space.mesh->triangulation().n_active_cells() * n * n * 36 > most_bytes)
      return false;
    for (const FieldDescription &input : problem.inputs())
      if (input.name != name && input.role != Role::boundary_value &&
          (inputs.count(input.name) == 0 ||
           (!inputs.at(input.name).function &&
            !LoadMap<dim>::is_possible(problem, input))))
        return false;
    return true;
  }

  template <int dim>
  LinearAssembly<dim>::LinearAssembly(
      const Space<dim> &space, const SteadyProblem<dim> &problem,
      const BoundaryConditions<dim> &boundary, const Inputs<dim> &inputs,
      const AffineConstraints<double> &constraints, Mat matrix)
      : space(space), linear_in(problem.traits().linear_in)
  {
    Inputs<dim> others = inputs;
    std::vector<FieldDescription> varying;
    for (const FieldDescription &input : problem.inputs())
    {
      if (input.name == linear_in || input.role == Role::boundary_value)
        continue;
      InputField<dim> &field = others.at(input.name);
      if (field.function)
        fixed[input.name] = field.function;
      else
      {
        varying.push_back(input);
        in_load.insert(input.name);
        field = {};
        field.function =
            std::make_shared<Functions::ZeroFunction<dim>>(input.n_components);
      }
    }
    cells = tabulate_cells(space, problem, boundary, others);
    load_map = std::make_unique<LoadMap<dim>>(
        space, problem, boundary, others, varying,
        LoadMap<dim>::Elimination::constrained);
    PetscInt n_local = 0, n = 0;
    NODAL_PETSC(MatGetSize(matrix, &n, nullptr));
    NODAL_PETSC(MatGetLocalSize(matrix, &n_local, nullptr));
    if (n_local == n)
      tabulate_entries(constraints, matrix);
  }

  template <int dim>
  bool LinearAssembly<dim>::fits(const Inputs<dim> &inputs) const
  {
    const auto varying = inputs.find(linear_in);
    if (varying == inputs.end() || varying->second.cell_values.empty())
      return false;
    for (const std::string &name : in_load)
      if (inputs.count(name) == 0 || inputs.at(name).function)
        return false;
    return std::all_of(fixed.begin(), fixed.end(),
                       [&](const auto &entry)
                       {
                         const auto found = inputs.find(entry.first);
                         return found != inputs.end() &&
                                found->second.function == entry.second;
                       });
  }

  template <int dim>
  void LinearAssembly<dim>::cell(const std::size_t c, const Inputs<dim> &inputs,
                                 FullMatrix<double> &matrix) const
  {
    const unsigned int n = cells.n;
    const double mu = inputs.at(linear_in).cell_values[c];
    for (unsigned int i = 0; i < n; ++i)
      for (unsigned int j = 0; j < n; ++j)
      {
        const std::size_t k = (c * n + i) * n + j;
        matrix(i, j) = mu * cells.unit[k] +
                       (cells.constant.empty() ? 0 : cells.constant[k]);
      }
  }

  template <int dim>
  void LinearAssembly<dim>::tabulate_entries(
      const AffineConstraints<double> &constraints, Mat matrix)
  {
    const Positions position(matrix);
    const unsigned int n = cells.n;
    base.assign(position.size(), 0.);
    offsets = {0};
    std::vector<types::global_dof_index> dofs(n);
    std::vector<Expansion> expansions(n);
    // The cells come by their active index.
    for (const auto &cell : space.dofs.active_cell_iterators())
    {
      const std::size_t c = cell->active_cell_index();
      cell->get_dof_indices(dofs);
      const auto add =
          [&](const std::size_t k, const std::int32_t p, const double weight)
      {
        positions.push_back(p);
        units.push_back(weight * cells.unit[k]);
        if (!cells.constant.empty())
          base[p] += weight * cells.constant[k];
      };
      bool has_value = false;
      for (unsigned int i = 0; i < n; ++i)
      {
        expansions[i] = expand(dofs[i], constraints);
        has_value |= constraints.is_constrained(dofs[i]);
      }
      for (unsigned int i = 0; i < n; ++i)
      {
        // An eliminated row keeps a positive diagonal entry.
        const std::size_t diagonal = (c * n + i) * n + i;
        if (constraints.is_constrained(dofs[i]))
          add(diagonal, position(dofs[i], dofs[i]),
              cells.unit[diagonal] < 0 ? -1 : 1);
        for (const auto &[row, row_weight] : expansions[i])
          for (unsigned int j = 0; j < n; ++j)
            for (const auto &[column, weight] : expansions[j])
              add((c * n + i) * n + j, position(row, column),
                  row_weight * weight);
      }
      offsets.push_back(positions.size());
      if (has_value)
        boundary_cells.push_back({c, dofs});
    }
  }

  template <int dim>
  void LinearAssembly<dim>::lift(const std::vector<double> &mu,
                                 const AffineConstraints<double> &constraints,
                                 double *rhs) const
  {
    const unsigned int n = cells.n;
    std::vector<double> g(n);
    for (const BoundaryCell &b : boundary_cells)
    {
      bool is_zero = true;
      for (unsigned int j = 0; j < n; ++j)
      {
        g[j] = constraints.get_inhomogeneity(b.dofs[j]);
        is_zero &= g[j] == 0;
      }
      if (is_zero)
        continue;
      for (unsigned int i = 0; i < n; ++i)
      {
        double sum = 0;
        for (unsigned int j = 0; j < n; ++j)
        {
          const std::size_t k = (b.cell * n + i) * n + j;
          sum += g[j] * (mu[b.cell] * cells.unit[k] +
                         (cells.constant.empty() ? 0 : cells.constant[k]));
        }
        for (const auto &[row, weight] : expand(b.dofs[i], constraints))
          rhs[row] -= weight * sum;
      }
    }
  }

  template <int dim>
  void
  LinearAssembly<dim>::assemble(const Inputs<dim> &inputs,
                                const AffineConstraints<double> &constraints,
                                Mat matrix, Vec rhs) const
  {
    const std::vector<double> &mu = inputs.at(linear_in).cell_values;
    double *values = nullptr;
    NODAL_PETSC(MatSeqAIJGetArray(matrix, &values));
    std::copy(base.begin(), base.end(), values);
    for (std::size_t c = 0; c + 1 < offsets.size(); ++c)
      for (std::size_t k = offsets[c]; k < offsets[c + 1]; ++k)
        values[positions[k]] += mu[c] * units[k];
    NODAL_PETSC(MatSeqAIJRestoreArray(matrix, &values));
    // Tells PETSc that what it derived from the values is out of date.
    NODAL_PETSC(MatAssemblyBegin(matrix, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(MatAssemblyEnd(matrix, MAT_FINAL_ASSEMBLY));

    load(inputs, rhs);
    NODAL_PETSC(VecGetArray(rhs, &values));
    lift(mu, constraints, values);
    NODAL_PETSC(VecRestoreArray(rhs, &values));
  }

  template class LinearAssembly<2>;
  template class LinearAssembly<3>;
} // namespace nodal
