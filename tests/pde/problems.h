// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_pde_problems_h
#define nodal_tests_pde_problems_h

#include <nodal/core/communicator.h>
#include <nodal/core/registry.h>
#include <nodal/pde/expressions.h>
#include <nodal/pde/steady_system.h>

#include <deal.II/base/function.h>
#include <deal.II/dofs/dof_tools.h>
#include <deal.II/grid/grid_generator.h>

#include <cmath>
#include <map>
#include <memory>
#include <string>

namespace problems
{
  using namespace dealii;
  using namespace nodal;

  /// The unit cube with boundary ids 0 … 2 dim − 1, face by face. With
  /// @p is_local the cells near the origin are refined once more.
  template <int dim>
  std::shared_ptr<Mesh<dim>> cube(const bool simplex, const bool is_local,
                                  const unsigned int refinements = 2,
                                  MPI_Comm comm = MPI_COMM_WORLD)
  {
    auto hypercube = std::make_unique<Triangulation<dim>>();
    GridGenerator::hyper_cube(*hypercube, 0, 1, true);
    if (simplex)
    {
      auto simplices = std::make_unique<Triangulation<dim>>();
      GridGenerator::convert_hypercube_to_simplex_mesh(*hypercube, *simplices);
      hypercube = std::move(simplices);
    }
    auto mesh =
        std::make_shared<Mesh<dim>>(std::move(hypercube), comm, refinements);
    if (is_local)
    {
      Vector<float> indicators(mesh->triangulation().n_active_cells());
      for (const auto &cell : mesh->triangulation().active_cell_iterators())
        indicators[cell->active_cell_index()] = 10 - cell->center().norm();
      mesh->refine(indicators, 0.2);
    }
    return mesh;
  }

  template <int dim>
  std::shared_ptr<const Function<dim>> function(const std::string &expression,
                                                const unsigned int n = 1)
  {
    return parse_expression<dim>(expression, n, {}, "");
  }

  /// Inputs by their expressions; those that are not named have their default.
  template <int dim>
  Inputs<dim> inputs_of(const SteadyProblem<dim> &problem,
                        const std::map<std::string, std::string> &expressions)
  {
    Inputs<dim> inputs;
    for (const FieldDescription &input : problem.inputs())
      if (input.role != Role::boundary_value)
      {
        const auto found = expressions.find(input.name);
        inputs[input.name].function = function<dim>(
            found == expressions.end() ? input.default_value : found->second,
            input.n_components);
      }
    return inputs;
  }

  /// Values of sample @p k at the nodes of @p space.
  template <int dim>
  InputField<dim> at_nodes(const Space<dim> &space,
                           const unsigned int n_components, const int k)
  {
    std::map<types::global_dof_index, Point<dim>> points;
    DoFTools::map_dofs_to_support_points(space.mesh->mapping(),
                                         space.scalar_dofs, points);
    InputField<dim> field;
    field.node_values.assign(n_components, space.vector(true));
    for (unsigned int c = 0; c < n_components; ++c)
    {
      for (const auto node : space.scalar_owned)
        field.node_values[c](node) =
            std::cos(5 * points.at(node)[0] + 3 * points.at(node)[1] + k + c);
      field.node_values[c].update_ghost_values();
    }
    return field;
  }

  /// Dirichlet on one side, Robin on another, zero flux elsewhere.
  template <int dim>
  BoundaryConditions<dim> mixed_conditions(const unsigned int n)
  {
    BoundaryConditions<dim> boundary;
    const auto constants = [](const std::vector<double> &values)
    { return std::make_shared<Functions::ConstantFunction<dim>>(values); };
    std::vector<double> values(n, 0.7), robin(n + 1, 0.4);
    for (unsigned int id = 0; id < 2 * dim; ++id)
      boundary.conditions[id] = {BoundaryType::neumann,
                                 constants(std::vector<double>(n, 0.))};
    boundary.conditions[0] = {BoundaryType::dirichlet, constants(values)};
    boundary.conditions[1] = {BoundaryType::robin, constants(robin)};
    return boundary;
  }

  inline double norm(Mat A)
  {
    double result = 0;
    NODAL_PETSC(MatNorm(A, NORM_FROBENIUS, &result));
    return result;
  }

  inline double norm(Vec b)
  {
    double result = 0;
    NODAL_PETSC(VecNorm(b, NORM_2, &result));
    return result;
  }

  /// A x − b, with u in x, over all ranks in the maximum norm.
  template <int dim>
  double defect(const SteadySystem<dim> &system, const FieldVector &u)
  {
    const VecHandle x = duplicate(system.rhs()), r = duplicate(system.rhs());
    copy(u, x);
    NODAL_PETSC(MatMult(system.matrix(), x, r));
    NODAL_PETSC(VecAXPY(r, -1, system.rhs()));
    double norm;
    NODAL_PETSC(VecNorm(r, NORM_INFINITY, &norm));
    return norm;
  }
} // namespace problems

#endif
