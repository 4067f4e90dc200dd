// SPDX-License-Identifier: LGPL-2.1-or-later
// Every time stepper: its order on systems with and without mass matrix, linear
// part and algebraic equations, and what it refuses.
#include "models.h"

#include <nodal/core/exceptions.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

using namespace nodal;

namespace
{
  /// Largest difference of the first components.
  double distance(const EvolutionSystem &system, const std::vector<double> &a,
                  const std::vector<double> &b)
  {
    double result = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (system.components()[i] == 0)
        result = std::max(result, std::abs(a[i] - b[i]));
    return result;
  }

  struct Setting
  {
    std::string name, entries;
    double spin_up, end;
    unsigned int n; ///< the fewest steps
  };

  const std::vector<Setting> settings = {
      {"lorenz96", "set Variables = 8\n", 1, 0.4, 16},
      {"lorenz96 two level",
       "set Large variables = 4\nset Small variables = 4\n", 0.1, 0.02, 16},
      {"burgers 1d", "set Cells = 12\nset Viscosity = 0.05\n", 0, 0.1, 20},
      {"kuramoto sivashinsky", "set Length = 22\nset Cells = 10\n", 5, 0.5, 64},
      {"kdv", "set Length = 20\nset Cells = 16\n", 0, 0.25, 16}};
} // namespace

BOOST_AUTO_TEST_SUITE(steppers)

BOOST_AUTO_TEST_CASE(converge_at_their_order_on_all_models)
{
  BOOST_TEST(settings.size() == Registry<EvolutionModel>::list().size());
  for (const Setting &setting : settings)
  {
    const auto system = models::model(setting.name, setting.entries);
    const std::vector<double> begin = models::state(*system, setting.spin_up);
    const std::string finest =
        system->is_algebraic() ? "ars 443" : "runge kutta 4";
    const std::vector<double> exact =
        models::run(*system, finest, begin, setting.end, 64 * setting.n);
    for (const RegistryEntry &entry : Registry<TimeStepper>::list())
    {
      const auto stepper = Registry<TimeStepper>::create(entry.name);
      if (system->is_algebraic() && entry.name == "runge kutta 4")
      {
        LinearSolver solver;
        BOOST_CHECK_THROW(stepper->start(*system, solver, 0.1), BadInput);
        continue;
      }
      BOOST_TEST_CONTEXT(entry.name << " on " << setting.name)
      {
        double errors[2];
        for (unsigned int k = 0; k < 2; ++k)
          errors[k] = distance(*system, exact,
                               models::run(*system, entry.name, begin,
                                           setting.end, (2 << k) * setting.n));
        const double order = std::log2(errors[0] / errors[1]);
        BOOST_TEST(order > stepper->order() - 0.3);
        BOOST_TEST(order < stepper->order() + 1.2);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(keep_the_state_where_a_step_fails)
{
  const auto system = models::model("lorenz96");
  const auto stepper = Registry<TimeStepper>::create("runge kutta 4");
  LinearSolver solver;
  stepper->start(*system, solver, 0.05);
  const VecHandle u = duplicate(system->like());
  std::vector<double> state(40, 1e200);
  state[3] = 0;
  models::set(u, state);
  BOOST_CHECK_THROW(stepper->step(0, u), NumericalFailure);
  BOOST_TEST(owned_entries(u) == state);
}

BOOST_AUTO_TEST_CASE(say_that_a_linear_system_was_not_solved)
{
  const auto system = models::model("kdv", "set Cells = 16\n");
  const auto stepper = Registry<TimeStepper>::create("ars 222");
  LinearSolver solver;
  models::configure(solver,
                    "subsection Solver\nset Method = gmres\nset "
                    "Preconditioner = none\nset Maximum iterations = 2\nend\n");
  stepper->start(*system, solver, 0.05);
  const VecHandle u = duplicate(system->like());
  system->initial_state(1, 0, u);
  const std::vector<double> state = owned_entries(u);
  BOOST_CHECK_THROW(stepper->step(0, u), NumericalFailure);
  BOOST_TEST(owned_entries(u) == state);
}

BOOST_AUTO_TEST_CASE(take_iterative_solvers)
{
  const auto system = models::model("burgers 1d", "set Cells = 40\n");
  const std::vector<double> begin = models::state(*system),
                            direct =
                                models::run(*system, "ars 222", begin, 0.1, 10);
  const auto stepper = Registry<TimeStepper>::create("ars 222");
  LinearSolver solver;
  models::configure(solver, "subsection Solver\nset Method = cg\nset "
                            "Preconditioner = ssor\nset Tolerance = "
                            "1e-12\nend\n");
  stepper->start(*system, solver, 0.01);
  const VecHandle u = duplicate(system->like());
  models::set(u, begin);
  for (unsigned int k = 0; k < 10; ++k)
    stepper->step(0.01 * k, u);
  BOOST_TEST(stepper->n_iterations() > 20u);
  BOOST_TEST(distance(*system, owned_entries(u), direct) < 1e-8);
}

BOOST_AUTO_TEST_SUITE_END()
