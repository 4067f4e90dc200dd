// SPDX-License-Identifier: LGPL-2.1-or-later
#include "problems.h"

#include <nodal/pde/boundary_description.h>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace problems;

namespace
{
  /// @p formula, of @p n components, at the nodes of @p space.
  template <int dim>
  InputField<dim> nodal_values(const Space<dim> &space,
                               const std::string &formula, const unsigned int n)
  {
    std::map<types::global_dof_index, Point<dim>> points;
    DoFTools::map_dofs_to_support_points(space.mesh->mapping(),
                                         space.scalar_dofs, points);
    const auto g = function<dim>(formula, n);
    InputField<dim> field;
    field.node_values.reserve(n);
    for (unsigned int c = 0; c < n; ++c)
    {
      FieldVector values = space.vector(true);
      for (const auto node : space.scalar_owned)
        values(node) = g->value(points.at(node), c);
      values.update_ghost_values();
      field.node_values.push_back(std::move(values));
    }
    return field;
  }

  /// Dirichlet on face 0, Neumann on 1, Robin on 2, with values @p g by
  /// formula.
  template <int dim>
  BoundaryConditions<dim> three_conditions(const std::string &g,
                                           const unsigned int n)
  {
    BoundaryConditions<dim> boundary;
    std::string zero = "0";
    for (unsigned int c = 1; c < n; ++c)
      zero += ";0";
    for (unsigned int id = 0; id < 2 * dim; ++id)
      boundary.conditions[id] = {BoundaryType::neumann, function<dim>(zero, n)};
    boundary.conditions[0] = {BoundaryType::dirichlet, function<dim>(g, n)};
    boundary.conditions[1] = {BoundaryType::neumann, function<dim>(g, n)};
    boundary.conditions[2] = {BoundaryType::robin,
                              function<dim>(g + ";3", n + 1)};
    return boundary;
  }

  double distance(Mat A, Mat B)
  {
    MatHandle difference;
    NODAL_PETSC(MatDuplicate(A, MAT_COPY_VALUES, difference.put()));
    NODAL_PETSC(MatAXPY(difference, -1, B, SAME_NONZERO_PATTERN));
    return norm(difference);
  }

  double distance(Vec a, Vec b)
  {
    const VecHandle difference = duplicate(a);
    NODAL_PETSC(VecCopy(a, difference));
    NODAL_PETSC(VecAXPY(difference, -1, b));
    return norm(difference);
  }

  /// How far the system with sampled values of @p g, where the formulas are
  /// those of @p other, is from that with @p g by formula.
  template <int dim>
  std::pair<double, double>
  difference(const Space<dim> &space, const SteadyProblem<dim> &problem,
             const std::string &g, const std::string &other,
             const bool is_for_many)
  {
    const unsigned int n = problem.n_components();
    const BoundaryConditions<dim> formula = three_conditions<dim>(g, n);
    BoundaryConditions<dim> sampled = three_conditions<dim>(other, n);
    sampled.sampled = {0, 1, 2};
    Inputs<dim> inputs = inputs_of(problem, {});
    SteadySystem<dim> exact(space, problem, formula);
    exact.assemble(inputs);
    inputs["boundary value"] = nodal_values(space, g, n);
    SteadySystem<dim> drawn(space, problem, sampled, is_for_many);
    drawn.assemble(inputs);
    return {distance(exact.matrix(), drawn.matrix()) / norm(exact.matrix()),
            distance(exact.rhs(), drawn.rhs()) / norm(exact.rhs())};
  }

  template <int dim>
  void check_linear(const std::string &name, const std::string &g,
                    const std::string &other)
  {
    const auto problem = Registry<SteadyProblem<dim>>::create(name);
    for (const bool simplex : {false, true})
      for (const bool is_local : {false, true})
        for (const unsigned int degree : {1, 2})
          for (const bool is_for_many : {false, true})
          {
            const auto mesh = cube<dim>(simplex, is_local, 1);
            const Space<dim> space(mesh, degree, problem->n_components());
            const auto [matrix, rhs] =
                difference<dim>(space, *problem, g, other, is_for_many);
            BOOST_TEST_CONTEXT(name << (simplex ? ", simplices" : "")
                                    << (is_local ? ", local" : "")
                                    << ", degree " << degree)
            {
              BOOST_TEST(matrix < 1e-13);
              BOOST_TEST(rhs < 1e-12);
            }
          }
  }
} // namespace

BOOST_AUTO_TEST_SUITE(sampled_boundaries)

BOOST_AUTO_TEST_CASE(linear_values_are_those_of_the_formula)
{
  check_linear<2>("darcy", "1+2*x-y", "5");
  check_linear<3>("darcy", "1+2*x-y+z", "5");
  check_linear<2>("elasticity", "1+2*x-y; x+y", "5;6");
}

BOOST_AUTO_TEST_CASE(smooth_values_converge_by_the_order_of_interpolation)
{
  const auto problem = Registry<SteadyProblem<2>>::create("darcy");
  double error[2];
  for (unsigned int i = 0; i < 2; ++i)
  {
    const Space<2> space(cube<2>(true, false, 2 + i), 1, 1);
    error[i] =
        difference<2>(space, *problem, "sin(3*x+2*y)", "0", false).second;
  }
  const double order = std::log2(error[0] / error[1]);
  BOOST_TEST(order > 1.8);
  BOOST_TEST(order < 3.2);
}

BOOST_AUTO_TEST_CASE(boundaries_that_are_not_sampled_keep_their_formula)
{
  const auto problem = Registry<SteadyProblem<2>>::create("darcy");
  const Space<2> space(cube<2>(false, false, 2), 1, 1);
  BoundaryConditions<2> boundary = three_conditions<2>("1+2*x-y", 1);
  Inputs<2> inputs = inputs_of(*problem, {});
  SteadySystem<2> formula(space, *problem, boundary);
  formula.assemble(inputs);
  inputs["boundary value"] = nodal_values(space, "7", 1);
  SteadySystem<2> drawn(space, *problem, boundary);
  drawn.assemble(inputs);
  BOOST_TEST(distance(formula.rhs(), drawn.rhs()) < 1e-14);
}

BOOST_AUTO_TEST_CASE(the_description_says_what_holds_where)
{
  const Space<2> space(cube<2>(false, false, 2), 2, 1);
  MeshDescription mesh = Numbering<2>(space).description;
  BoundaryConditions<2> boundary = three_conditions<2>("1+2*x-y", 1);
  boundary.sampled = {1};
  describe_boundary(boundary, 1, true, mesh);
  if (rank_of(MPI_COMM_WORLD) != 0)
  {
    BOOST_TEST(mesh.boundary_types.empty());
    return;
  }
  const std::vector<std::int8_t> types = {0, 1, 2, 1};
  BOOST_TEST_REQUIRE(mesh.boundary_types.size() == 16u);
  for (unsigned int f = 0; f < 16; ++f)
    BOOST_TEST(mesh.boundary_types[f] == types[mesh.boundary_ids[f]]);
  const std::size_t n = mesh.boundary_nodes.size();
  BOOST_TEST_REQUIRE(n == 32u);
  for (std::size_t i = 0; i < n; ++i)
  {
    const double x = mesh.support_points[2 * mesh.boundary_nodes[i]],
                 y = mesh.support_points[2 * mesh.boundary_nodes[i] + 1];
    // Sides 0: x = 0, 1: x = 1, 2: y = 0, 3: y = 1; Dirichlet wins, then
    // Neumann.
    const int type = x == 0 ? 0 : x == 1 ? 1 : y == 0 ? 2 : 1;
    BOOST_TEST(mesh.boundary_node_types[i] == type);
    const bool is_sampled = x == 1;
    BOOST_TEST(mesh.boundary_sampled[i] == is_sampled);
    const double g = is_sampled ? 0. : x == 0 || type == 2 ? 1 + 2 * x - y : 0.;
    BOOST_TEST(std::abs(mesh.boundary_values[i] - g) < 1e-14);
    BOOST_TEST(mesh.boundary_coefficients[i] == (type == 2 ? 3. : 0.));
  }
  describe_boundary(boundary, 1, false, mesh);
  BOOST_TEST(std::count(mesh.boundary_sampled.begin(),
                        mesh.boundary_sampled.end(), 0) == 32);
}

BOOST_AUTO_TEST_SUITE_END()
