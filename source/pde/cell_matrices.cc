// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/pde/cell_matrices.h>

#include <algorithm>

namespace nodal
{
  using namespace dealii;

  template <int dim>
  void integrate_cell(const typename QuadratureInputs<dim>::Cell &cell,
                      const SteadyProblem<dim> &problem,
                      const BoundaryConditions<dim> &boundary,
                      QuadratureInputs<dim> &data, FullMatrix<double> &matrix,
                      Vector<double> &rhs)
  {
    problem.cell(data.on_cell(cell), matrix, rhs);
    if (!cell->at_boundary())
      return;
    for (const unsigned int f : cell->face_indices())
    {
      if (!cell->face(f)->at_boundary())
        continue;
      const types::boundary_id id = cell->face(f)->boundary_id();
      const BoundaryCondition<dim> &condition = boundary.conditions.at(id);
      if (condition.type != BoundaryType::dirichlet)
        problem.boundary(data.on_face(cell, f, boundary.sampled.count(id) > 0),
                         condition, matrix, rhs);
    }
  }

  namespace
  {
    /// Call @p put(index, matrix) with the matrix of every owned cell for
    /// the coefficient @p value everywhere.
    template <int dim, class Put>
    void for_cells(const Space<dim> &space, const SteadyProblem<dim> &problem,
                   const BoundaryConditions<dim> &boundary, Inputs<dim> inputs,
                   const double value, const Put &put)
    {
      InputField<dim> &coefficient = inputs[problem.traits().linear_in];
      coefficient = InputField<dim>();
      coefficient.function =
          std::make_shared<Functions::ConstantFunction<dim>>(value);
      QuadratureInputs<dim> data(space, problem, inputs, nullptr);
      const unsigned int n = space.fe->n_dofs_per_cell();
      FullMatrix<double> matrix(n, n);
      Vector<double> rhs(n);
      for (const auto &cell : space.dofs.active_cell_iterators())
      {
        if (!cell->is_locally_owned())
          continue;
        matrix = 0;
        rhs = 0;
        integrate_cell(cell, problem, boundary, data, matrix, rhs);
        put(cell->active_cell_index(), matrix);
      }
    }
  } // namespace

  template <int dim>
  CellMatrices<dim> tabulate_cells(const Space<dim> &space,
                                   const SteadyProblem<dim> &problem,
                                   const BoundaryConditions<dim> &boundary,
                                   const Inputs<dim> &inputs)
  {
    Assert(!problem.traits().linear_in.empty(),
           ExcMessage("The matrix of this problem is not linear in an input."));
    const std::size_t n_cells = space.mesh->triangulation().n_active_cells();
    CellMatrices<dim> result;
    const unsigned int n = result.n = space.fe->n_dofs_per_cell();
    result.unit.assign(n_cells * n * n, 0.);
    result.constant.assign(n_cells * n * n, 0.);
    for_cells(space, problem, boundary, inputs, 0.,
              [&](const std::size_t c, const FullMatrix<double> &matrix)
              {
                std::copy(&matrix(0, 0), &matrix(0, 0) + n * n,
                          &result.constant[c * n * n]);
              });
    for_cells(space, problem, boundary, inputs, 1.,
              [&](const std::size_t c, const FullMatrix<double> &matrix)
              {
                for (unsigned int i = 0; i < n * n; ++i)
                  result.unit[c * n * n + i] =
                      (&matrix(0, 0))[i] - result.constant[c * n * n + i];
              });
    if (std::all_of(result.constant.begin(), result.constant.end(),
                    [](const double x) { return x == 0; }))
      result.constant.clear();
    return result;
  }

  template struct CellMatrices<2>;
  template struct CellMatrices<3>;
  template void integrate_cell<2>(const QuadratureInputs<2>::Cell &,
                                  const SteadyProblem<2> &,
                                  const BoundaryConditions<2> &,
                                  QuadratureInputs<2> &, FullMatrix<double> &,
                                  Vector<double> &);
  template CellMatrices<2> tabulate_cells(const Space<2> &,
                                          const SteadyProblem<2> &,
                                          const BoundaryConditions<2> &,
                                          const Inputs<2> &);
  template void integrate_cell<3>(const QuadratureInputs<3>::Cell &,
                                  const SteadyProblem<3> &,
                                  const BoundaryConditions<3> &,
                                  QuadratureInputs<3> &, FullMatrix<double> &,
                                  Vector<double> &);
  template CellMatrices<3> tabulate_cells(const Space<3> &,
                                          const SteadyProblem<3> &,
                                          const BoundaryConditions<3> &,
                                          const Inputs<3> &);
} // namespace nodal
