// SPDX-License-Identifier: LGPL-2.1-or-later
// Equations in time on meshes: exact solutions, orders in space and time,
// boundary values, hanging nodes, energies that fall, and values at points.
#include "models.h"

#include <tests/pde/problems.h>

#include <nodal/core/exceptions.h>
#include <nodal/time/mesh_evolution.h>

#include <deal.II/numerics/vector_tools.h>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(mesh_evolution)

namespace
{
  using problems::function;

  template <int dim>
  struct Evolution
  {
    Evolution(const std::string &name, std::shared_ptr<Mesh<dim>> mesh,
              const unsigned int degree, const std::string &initial,
              const std::map<std::string, std::string> &inputs = {},
              const bool is_dirichlet = true,
              const std::string &boundary_value = "0",
              const std::string &entries = "")
        : problem(Registry<EvolutionProblem<dim>>::create(name))
    {
      models::configure(*problem, entries);
      BoundaryCondition<dim> condition;
      condition.type =
          is_dirichlet ? BoundaryType::dirichlet : BoundaryType::neumann;
      condition.value = function<dim>(boundary_value);
      for (const auto id : mesh->boundary_ids())
        boundary.conditions[id] = condition;
      Inputs<dim> fields = problems::inputs_of(problem->linear_part(), inputs);
      if (inputs.count("source") == 0)
        fields["source"].function = function<dim>("0");
      InputField<dim> begin;
      begin.function = function<dim>(initial);
      system = std::make_unique<MeshEvolution<dim>>(
          std::make_unique<Space<dim>>(mesh, degree, 1), *problem, boundary,
          fields, [begin](std::uint64_t, std::uint32_t) { return begin; });
      u = duplicate(system->like());
      system->initial_state(1, 0, u);
    }

    void run(const std::string &name, const double end, const unsigned int n)
    {
      const auto stepper = Registry<TimeStepper>::create(name);
      LinearSolver solver;
      models::configure(solver,
                        "subsection Solver\nset Method = cg\nset "
                        "Preconditioner = ssor\nset Tolerance = 1e-11\nend\n");
      stepper->start(*system, solver, end / n);
      for (unsigned int k = 0; k < n; ++k)
        stepper->step(k * end / n, u);
    }

    /// In L2.
    double error(const std::string &exact) const
    {
      const Space<dim> &space = *system->space;
      dealii::Vector<double> cells(
          space.mesh->triangulation().n_active_cells());
      dealii::VectorTools::integrate_difference(
          space.mesh->mapping(), space.dofs, system->field(u),
          *function<dim>(exact), cells, space.quadrature,
          dealii::VectorTools::L2_norm);
      return dealii::VectorTools::compute_global_error(
          space.mesh->triangulation(), cells, dealii::VectorTools::L2_norm);
    }

    std::unique_ptr<EvolutionProblem<dim>> problem;
    BoundaryConditions<dim> boundary;
    std::unique_ptr<MeshEvolution<dim>> system;
    VecHandle u;
  };

  /// One product of sines decays in the unit square.
  template <int dim>
  double error_of_decay(const bool simplex, const bool is_local,
                        const unsigned int degree,
                        const unsigned int refinements)
  {
    const std::string wave =
        dim == 2 ? "sin(pi*x)*sin(pi*y)" : "sin(pi*x)*sin(pi*y)*sin(pi*z)";
    Evolution<dim> heat("heat",
                        problems::cube<dim>(simplex, is_local, refinements),
                        degree, wave);
    const double end = 0.05;
    heat.run("ars 443", end, 16);
    return heat.error(wave + "*exp(-" + std::to_string(dim * end) + "*pi^2)");
  }
} // namespace

BOOST_AUTO_TEST_CASE(heat_converges_to_the_exact_solution)
{
  for (const bool simplex : {false, true})
    for (const unsigned int degree : {1, 2})
    {
      const unsigned int coarse = (simplex ? 2 : 3) - (degree > 1);
      BOOST_TEST_CONTEXT("simplex " << simplex << " degree " << degree)
      BOOST_TEST(std::log2(error_of_decay<2>(simplex, false, degree, coarse) /
                           error_of_decay<2>(simplex, false, degree,
                                             coarse + 1)) > degree + 0.7);
    }
  BOOST_TEST(error_of_decay<2>(false, true, 1, 4) <
             0.35 * error_of_decay<2>(false, true, 1, 3));
  BOOST_TEST(error_of_decay<3>(false, false, 2, 2) < 2e-3);
}

BOOST_AUTO_TEST_CASE(a_front_moves_as_it_should)
{
  // u' = a u'' + u − u³ has fronts u = ½ (1 − tanh((x − s t)/√(8 a))), with
  // s = 3 √(a/2), between its states 1 and 0.
  const std::string a = "0.02", width = "sqrt(8*0.02)";
  const auto front = [&](const double t)
  {
    return "0.5*(1 - tanh((x - 0.3 - 3*sqrt(0.01)*" + std::to_string(t) + ")/" +
           width + "))";
  };
  double errors[2];
  for (unsigned int k = 0; k < 2; ++k)
  {
    // The ends, through which nothing flows here, are felt within √(2 a t),
    // a seventh of the way to the points.
    Evolution<2> waves("reaction diffusion",
                       problems::cube<2>(false, false, 4 + k), 2, front(0),
                       {{"coefficient", a}}, false);
    waves.run("ars 222", 0.1, 10 << k);
    errors[k] = 0;
    const Interpolation H =
        waves.system->at({{0.45, 0.5, 0}, {0.5, 0.5, 0}, {0.55, 0.5, 0}}, 0);
    std::vector<double> values(3);
    H.apply(owned_entries(waves.u).data(), values.data());
    MPI_Allreduce(MPI_IN_PLACE, values.data(), 3, MPI_DOUBLE, MPI_SUM,
                  MPI_COMM_WORLD);
    const auto exact = function<2>(front(0.1));
    for (unsigned int i = 0; i < 3; ++i)
      errors[k] = std::max(errors[k],
                           std::abs(values[i] - exact->value(dealii::Point<2>(
                                                    0.45 + 0.05 * i, 0.5))));
  }
  BOOST_TEST(errors[0] < 1e-3);
  BOOST_TEST(errors[1] < 1e-3);
}

BOOST_AUTO_TEST_CASE(steppers_have_their_order_on_meshes)
{
  const auto state = [](const std::string &stepper, const unsigned int n)
  {
    Evolution<2> waves("reaction diffusion", problems::cube<2>(true, false, 1),
                       1, "2*cos(3*x) + y", {{"coefficient", "0.05"}}, false,
                       "0", "set Reaction = 0.3, 2, 0, -2\n");
    waves.run(stepper, 0.2, n);
    return owned_entries(waves.u);
  };
  const std::vector<double> exact = state("runge kutta 4", 256);
  for (const RegistryEntry &entry : Registry<TimeStepper>::list())
    BOOST_TEST_CONTEXT(entry.name)
    {
      double errors[2] = {0, 0};
      for (unsigned int k = 0; k < 2; ++k)
      {
        const std::vector<double> u = state(entry.name, 8 << k);
        for (std::size_t i = 0; i < u.size(); ++i)
          errors[k] = std::max(errors[k], std::abs(u[i] - exact[i]));
      }
      MPI_Allreduce(MPI_IN_PLACE, errors, 2, MPI_DOUBLE, MPI_MAX,
                    MPI_COMM_WORLD);
      const unsigned int order =
          Registry<TimeStepper>::create(entry.name)->order();
      BOOST_TEST(std::log2(errors[0] / errors[1]) > order - 0.35);
    }
}

BOOST_AUTO_TEST_CASE(boundary_values_stay_and_the_steady_state_is_reached)
{
  for (const bool is_local : {false, true})
  {
    // −Δu = 0 with u = x + 2 y, which the elements hold.
    Evolution<2> heat("heat", problems::cube<2>(false, is_local, 2), 1,
                      "x + 2*y + 3*x*y*(1-x)", {}, true, "x + 2*y");
    heat.run("imex euler", 20, 20);
    BOOST_TEST(heat.error("x + 2*y") < 1e-8);
  }
}

BOOST_AUTO_TEST_CASE(without_flux_the_heat_stays)
{
  Evolution<2> heat("heat", problems::cube<2>(true, false, 2), 2,
                    "1 + sin(5*x)*y", {{"coefficient", "0.1 + x"}}, false);
  const auto before = heat.system->quantities(0, heat.u);
  heat.run("ars 222", 1, 10);
  const auto after = heat.system->quantities(1, heat.u);
  BOOST_TEST(after.at("integral of u") == before.at("integral of u"),
             boost::test_tools::tolerance(1e-8));
  BOOST_TEST(after.at("energy") < before.at("energy"));
}

BOOST_AUTO_TEST_CASE(values_at_points_are_those_of_the_field)
{
  for (const bool simplex : {false, true})
  {
    const unsigned int degree = simplex ? 2 : 1;
    Evolution<2> heat("heat", problems::cube<2>(simplex, !simplex, 2), degree,
                      "1 + 2*x - 3*y", {}, false);
    const std::vector<dealii::Point<3>> points = {
        {0.1, 0.2, 0}, {0.5, 0.5, 0}, {0.999, 0.001, 0}, {1, 1, 0}, {0, 0, 0}};
    const Interpolation H = heat.system->at(points, 0);
    BOOST_REQUIRE(H.n_points() == points.size());
    std::vector<double> values(points.size());
    H.apply(owned_entries(heat.u).data(), values.data());
    MPI_Allreduce(MPI_IN_PLACE, values.data(), values.size(), MPI_DOUBLE,
                  MPI_SUM, MPI_COMM_WORLD);
    for (std::size_t k = 0; k < points.size(); ++k)
      BOOST_TEST(values[k] == 1 + 2 * points[k][0] - 3 * points[k][1],
                 boost::test_tools::tolerance(1e-12));
    for (const dealii::Point<3> &point :
         {dealii::Point<3>(1.5, 0.5, 0), dealii::Point<3>(0.5, 0.5, 0.5)})
      BOOST_CHECK_THROW(heat.system->at({points[0], point}, 0), BadInput);
  }
}

BOOST_AUTO_TEST_SUITE_END()
