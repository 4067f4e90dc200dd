// SPDX-License-Identifier: LGPL-2.1-or-later
// What a matrix tells of its equation, against closed forms.
#include "problems.h"

#include <nodal/pde/discretized_equation.h>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace problems;

BOOST_AUTO_TEST_SUITE(discretized_equation)

namespace
{
  double largest(Vec x)
  {
    double result = 0;
    NODAL_PETSC(VecNorm(x, NORM_INFINITY, &result));
    return result;
  }

  template <int dim>
  void check_nodes(const bool simplex, const bool is_local,
                   const unsigned int degree)
  {
    const auto problem = Registry<SteadyProblem<dim>>::create("darcy");
    const Space<dim> space(cube<dim>(simplex, is_local, dim == 2 ? 2 : 1),
                           degree, 1);
    BoundaryConditions<dim> boundary;
    for (unsigned int face = 1; face < 2 * dim; ++face)
      boundary.conditions[face] = {BoundaryType::neumann, function<dim>("x")};
    boundary.conditions[0] = {BoundaryType::dirichlet, function<dim>("2 + y")};
    boundary.conditions[1] = {BoundaryType::robin,
                              function<dim>("3*y; 5 + y", 2)};
    SteadySystem<dim> system(space, *problem, boundary);
    system.assemble(inputs_of<dim>(
        *problem, {{"coefficient", "3"}, {"source", "1 + x - 2*y"}}));
    DiscretizedEquation &equation = *equation_of(system.matrix());
    BOOST_TEST(equation.problem() == "darcy");
    BOOST_TEST(equation.output().name == "solution");

    const std::shared_ptr<const MeshPiece> piece = equation.piece();
    BOOST_TEST((piece == equation.piece()));
    const std::size_t n = piece->n_owned();
    BOOST_REQUIRE(piece->place.size() == n);
    std::vector<double> source, coefficient;
    for (const FieldDescription &input : equation.inputs())
      if (input.name == "source")
        source = equation.input(input);
      else if (input.name == "coefficient")
        coefficient = equation.input(input);
    const std::vector<double> g = equation.boundary_values();
    const std::vector<bool> constrained = equation.constrained_rows();
    BOOST_REQUIRE(source.size() == n);
    for (std::size_t i = 0; i < n; ++i)
    {
      const double *const x = &piece->mesh.support_points[i * dim];
      BOOST_TEST(std::abs(source[i] - (1 + x[0] - 2 * x[1])) < 1e-12);
      BOOST_TEST(std::abs(coefficient[i] - 3) < 1e-12);
      // The lowest type wins where faces meet.
      const bool at_0 = x[0]<1e-12, at_1 = x[0]> 1 - 1e-12;
      bool elsewhere = false;
      for (unsigned int d = 1; d < dim; ++d)
        elsewhere |= x[d] < 1e-12 || x[d] > 1 - 1e-12;
      const double expected = at_0        ? 2 + x[1]
                              : elsewhere ? x[0]
                              : at_1      ? 3 * x[1]
                                          : 0;
      BOOST_TEST(std::abs(g[i] - expected) < 1e-12);
      BOOST_TEST(constrained[piece->place[i]] ==
                 (at_0 || space.hanging_nodes.is_constrained(
                              space.owned.nth_index_in_set(piece->place[i]))));
    }
    // Another assembly, other fields.
    system.assemble(
        inputs_of<dim>(*problem, {{"coefficient", "7"}, {"source", "2"}}));
    for (const FieldDescription &input : equation.inputs())
      if (input.name == "coefficient")
        for (const double value : equation.input(input))
          BOOST_TEST(std::abs(value - 7) < 1e-12);
  }
} // namespace

BOOST_AUTO_TEST_CASE(nodes_have_their_fields)
{
  for (const bool simplex : {false, true})
    for (const bool is_local : {false, true})
    {
      check_nodes<2>(simplex, is_local && !simplex, 1);
      check_nodes<2>(simplex, is_local && !simplex, 2);
      check_nodes<3>(simplex, is_local && !simplex, 1);
    }
}

// The load of a source is its product with the mass matrix.
BOOST_AUTO_TEST_CASE(mass_matrices_give_loads)
{
  for (const std::string name : {"darcy", "elasticity"})
    for (const bool simplex : {false, true})
    {
      const auto problem = Registry<SteadyProblem<2>>::create(name);
      const unsigned int n = problem->n_components();
      const Space<2> space(cube<2>(simplex, !simplex), 1, n);
      BoundaryConditions<2> boundary;
      boundary.set_dirichlet({0, 1, 2, 3},
                             function<2>(n == 1 ? "0" : "0;0", n));
      SteadySystem<2> system(space, *problem, boundary);
      const std::string source = "source";
      system.assemble(inputs_of<2>(*problem, {}));
      Mat mass = equation_of(system.matrix())->mass_matrix();
      BOOST_TEST((mass == equation_of(system.matrix())->mass_matrix()));
      // Node values, zero where those of the solution are prescribed.
      Inputs<2> inputs = inputs_of<2>(*problem, {});
      inputs[source] = {};
      inputs[source].node_values.reserve(n);
      VecHandle f = duplicate(system.rhs());
      NODAL_PETSC(VecSet(f, 0));
      std::map<types::global_dof_index, Point<2>> points;
      DoFTools::map_dofs_to_support_points(space.mesh->mapping(),
                                           space.scalar_dofs, points);
      const std::vector<bool> constrained =
          equation_of(system.matrix())->constrained_rows();
      for (unsigned int c = 0; c < n; ++c)
      {
        FieldVector values = space.vector(true);
        std::size_t i = 0;
        for (const auto dof : space.scalar_owned)
        {
          const bool is_free = !constrained[i * n + c];
          const double value =
              is_free ? std::sin(3 * points[dof][0] + c + points[dof][1]) : 0;
          values.local_element(i) = value;
          NODAL_PETSC(VecSetValue(f, dof * n + c, value, INSERT_VALUES));
          ++i;
        }
        space.scalar_hanging_nodes.distribute(values);
        values.update_ghost_values();
        inputs[source].node_values.push_back(std::move(values));
      }
      NODAL_PETSC(VecAssemblyBegin(f));
      NODAL_PETSC(VecAssemblyEnd(f));
      system.assemble(inputs);
      const VecHandle load = duplicate(f);
      NODAL_PETSC(MatMult(mass, f, load));
      BOOST_TEST(largest(load) > 1e-3);
      NODAL_PETSC(VecAXPY(load, -1, system.rhs()));
      BOOST_TEST_INFO(name << (simplex ? ", simplices" : ""));
      BOOST_TEST(largest(load) < 1e-14);
    }
}

BOOST_AUTO_TEST_CASE(other_matrices_know_nothing)
{
  const auto problem = Registry<SteadyProblem<2>>::create("darcy");
  const Space<2> space(cube<2>(true, false), 1, 1);
  BoundaryConditions<2> boundary;
  boundary.set_dirichlet({0, 1, 2, 3}, function<2>("0"));
  SteadySystem<2> system(space, *problem, boundary);
  BOOST_TEST((equation_of(system.matrix()) != nullptr));
  const MatHandle copy = duplicate(system.matrix());
  BOOST_TEST((equation_of(copy) == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()
