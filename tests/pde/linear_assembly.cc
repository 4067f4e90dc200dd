// SPDX-License-Identifier: LGPL-2.1-or-later
// Systems assembled from tables are those that quadrature gives.
#include <nodal/core/registry.h>
#include <nodal/pde/expressions.h>
#include <nodal/pde/steady_system.h>

#include <tests/mesh/samples.h>
#include <tests/pde/problems.h>

#include <boost/test/unit_test.hpp>

using namespace dealii;
using namespace nodal;
using problems::mixed_conditions;
using problems::norm;

namespace
{
  /// Fixed inputs as the problem has them by default, but a reaction term.
  template <int dim>
  Inputs<dim> fixed_inputs(const SteadyProblem<dim> &problem)
  {
    Inputs<dim> inputs;
    for (const FieldDescription &input : problem.inputs())
      if (input.role != Role::boundary_value)
        inputs[input.name].function = parse_expression<dim>(
            input.name == "reaction" ? "1+x" : input.default_value,
            input.n_components, {}, input.name);
    return inputs;
  }

  template <int dim>
  void set_coefficient(const Space<dim> &space, const double phase,
                       InputField<dim> &field)
  {
    field.function = nullptr;
    field.cell_values.assign(space.mesh->triangulation().n_active_cells(), 0.);
    for (const auto &cell : space.mesh->triangulation().active_cell_iterators())
      if (!cell->is_artificial())
      {
        const Point<dim> x = cell->center();
        field.cell_values[cell->active_cell_index()] =
            std::exp(std::sin(7 * x[0] + 3 * x[1] + phase));
      }
  }

  template <int dim>
  void check(const std::string &name, const bool simplices,
             const unsigned int degree)
  {
    const auto problem = Registry<SteadyProblem<dim>>::create(name);
    const std::string input = problem->traits().linear_in;
    if (input.empty())
      return;
    auto mesh = std::make_shared<Mesh<dim>>(
        samples::generated<dim>("hyper_cube", "0 : 1 : true", simplices,
                                MPI_COMM_WORLD),
        MPI_COMM_WORLD, dim == 2 ? 3 : 1);
    samples::refine_locally(*mesh);
    const Space<dim> space(mesh, degree, problem->n_components());
    const auto boundary = mixed_conditions<dim>(problem->n_components());
    SteadySystem<dim> tabulated(space, *problem, boundary, true);
    Inputs<dim> inputs = fixed_inputs(*problem);
    for (unsigned int sample = 0; sample < 3; ++sample)
    {
      set_coefficient(space, sample, inputs[input]);
      for (const FieldDescription &other : problem->inputs())
        if (problem->traits().in_rhs.count(other.name))
          inputs[other.name] =
              problems::at_nodes(space, other.n_components, sample);
      tabulated.assemble(inputs);
    }
    SteadySystem<dim> integrated(space, *problem, boundary);
    integrated.assemble(inputs);
    BOOST_TEST_CONTEXT(name << ", " << dim << "d, degree " << degree
                            << (simplices ? ", simplices" : ""))
    {
      BOOST_TEST(norm(integrated.rhs()) > 0);
      const double size = norm(integrated.matrix()),
                   length = norm(integrated.rhs());
      NODAL_PETSC(MatAXPY(tabulated.matrix(), -1, integrated.matrix(),
                          SAME_NONZERO_PATTERN));
      NODAL_PETSC(VecAXPY(tabulated.rhs(), -1, integrated.rhs()));
      BOOST_TEST(norm(tabulated.matrix()) < 1e-13 * size);
      BOOST_TEST(norm(tabulated.rhs()) < 1e-12 * length);
    }
  }
} // namespace

BOOST_AUTO_TEST_SUITE(linear_assembly)

BOOST_AUTO_TEST_CASE(tables_give_the_integrated_system)
{
  for (const RegistryEntry &entry : Registry<SteadyProblem<2>>::list())
    for (const bool simplices : {false, true})
    {
      for (const unsigned int degree : {1, 2})
        check<2>(entry.name, simplices, degree);
      check<3>(entry.name, simplices, 1);
    }
}

BOOST_AUTO_TEST_CASE(other_inputs_may_change)
{
  const auto problem = Registry<SteadyProblem<2>>::create("darcy");
  auto mesh = std::make_shared<Mesh<2>>(
      samples::generated<2>("hyper_cube", "0 : 1 : true", false,
                            MPI_COMM_WORLD),
      MPI_COMM_WORLD, 3);
  const Space<2> space(mesh, 1, 1);
  const auto boundary = mixed_conditions<2>(1);
  SteadySystem<2> system(space, *problem, boundary, true),
      fresh(space, *problem, boundary);
  Inputs<2> inputs = fixed_inputs(*problem);
  for (unsigned int sample = 0; sample < 6; ++sample)
  {
    set_coefficient(space, sample, inputs["coefficient"]);
    if (sample == 3)
      inputs["source"].function = parse_expression<2>("x*y", 1, {}, "source");
    system.assemble(inputs);
  }
  fresh.assemble(inputs);
  NODAL_PETSC(VecAXPY(system.rhs(), -1, fresh.rhs()));
  BOOST_TEST(norm(system.rhs()) < 1e-12 * norm(fresh.rhs()));
}

BOOST_AUTO_TEST_SUITE_END()
