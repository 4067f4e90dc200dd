// SPDX-License-Identifier: LGPL-2.1-or-later
// Every time stepper: its order on systems with and without mass matrix, linear
// part and algebraic equations, and what it refuses.
#include "models.h"

#include <nodal/core/exceptions.h>
#include <nodal/time/loaded_system.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <numeric>

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

BOOST_AUTO_TEST_CASE(have_transposed_derivatives)
{
  unsigned int n_models = 0, n_pairs = 0;
  for (const Setting &setting : settings)
  {
    const auto system = models::model(
        setting.name,
        setting.entries +
            (setting.name == "burgers 1d" ? "set Force = 1\n" : ""));
    if (!system->has_derivative())
      continue;
    ++n_models;
    const std::vector<double> begin = models::state(*system, setting.spin_up);
    const std::size_t n = begin.size();
    std::vector<double> way, weights, constant;
    for (std::size_t i = 0; i < n; ++i)
    {
      way.push_back(std::sin(3. + i));
      weights.push_back(std::cos(1.7 * i));
      constant.push_back(std::cos(5. + 0.3 * i));
    }
    const double h = setting.end / setting.n, t = 0.3;
    for (const RegistryEntry &entry : Registry<TimeStepper>::list())
    {
      const auto stepper = Registry<TimeStepper>::create(entry.name);
      if (!stepper->has_derivative() ||
          (system->is_algebraic() && entry.name == "runge kutta 4"))
        continue;
      BOOST_TEST_CONTEXT(entry.name << " on " << setting.name)
      {
        ++n_pairs;
        const VecHandle load = duplicate(system->like());
        LoadedSystem loaded(*system, load);
        LinearSolver solver;
        models::make_direct(solver);
        stepper->start(loaded, solver, h);
        const VecHandle u = duplicate(system->like()),
                        lambda = duplicate(system->like()),
                        of_load = duplicate(system->like());
        // weights · (the state after a step)
        const auto number = [&](const double along, const double share)
        {
          std::vector<double> state = begin, more = constant;
          for (std::size_t i = 0; i < n; ++i)
          {
            state[i] += along * way[i];
            more[i] *= share;
          }
          models::set(load, more);
          models::set(u, state);
          stepper->step(t, u);
          const std::vector<double> end = owned_entries(u);
          return std::inner_product(end.begin(), end.end(), weights.begin(),
                                    0.);
        };
        const double small = 1e-5,
                     along_way =
                         (number(small, 1) - number(-small, 1)) / (2 * small),
                     along_load =
                         (number(0, 1 + small) - number(0, 1 - small)) /
                         (2 * small);
        models::set(load, constant);
        models::set(u, begin);
        models::set(lambda, weights);
        stepper->step_transposed(t, u, lambda, of_load);
        BOOST_TEST(owned_entries(u) == begin);
        const auto product = [](Vec a, const std::vector<double> &b)
        {
          const std::vector<double> values = owned_entries(a);
          return std::inner_product(b.begin(), b.end(), values.begin(), 0.);
        };
        BOOST_TEST(product(lambda, way) == along_way,
                   boost::test_tools::tolerance(1e-6));
        BOOST_TEST(product(of_load, constant) == along_load,
                   boost::test_tools::tolerance(1e-6));
      }
    }
  }
  BOOST_TEST(n_models == 4u);
  BOOST_TEST(n_pairs == 4 * Registry<TimeStepper>::list().size() - 2);
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
