// SPDX-License-Identifier: LGPL-2.1-or-later
// Models in time: what their equations conserve, exact solutions, statistics
// that are known, and values between nodes.
#include "models.h"

#include <nodal/core/exceptions.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <numeric>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(evolution_models)

namespace
{
  std::vector<double> slope(EvolutionSystem &system,
                            const std::vector<double> &state)
  {
    const VecHandle u = duplicate(system.like()), load = duplicate(u);
    models::set(u, state);
    system.nonlinear(0, u, load);
    return owned_entries(load);
  }

  double dot(const std::vector<double> &a, const std::vector<double> &b)
  {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.);
  }

  double sum(const std::vector<double> &a, const std::size_t n)
  {
    return std::accumulate(a.begin(), a.begin() + n, 0.);
  }

  double error_of_wave(const unsigned int degree, const unsigned int n_cells)
  {
    const double length = 40, speed = 1, time = 1;
    const auto system = models::model(
        "kdv", "set Cells = " + std::to_string(n_cells) +
                   "\nset Degree = " + std::to_string(degree) + "\n");
    const std::vector<double> u =
        models::run(*system, "ars 443", models::state(*system), time, 400);
    double error = 0;
    for (std::size_t i = 0; i < u.size(); i += 2)
    {
      const double x = system->positions()[i][0] - length / 2 - speed * time;
      const double cosh = std::cosh(std::sqrt(speed) / 2 * x);
      error = std::max(error, std::abs(u[i] - speed / 2 / (cosh * cosh)));
    }
    return error;
  }
} // namespace

BOOST_AUTO_TEST_CASE(products_in_lorenz_models_keep_the_energy)
{
  const auto one = models::model("lorenz96", "set Forcing = 7\n");
  const std::vector<double> x = models::state(*one, 1);
  BOOST_TEST(dot(x, slope(*one, x)) == 7 * sum(x, 40) - dot(x, x),
             boost::test_tools::tolerance(1e-12));

  const auto two = models::model("lorenz96 two level",
                                 "set Large variables = 6\nset Small "
                                 "variables = 5\nset Forcing = 9\nset Ratio "
                                 "of times = 4\nset Coupling = 0.7\n");
  const std::vector<double> y = models::state(*two, 0.2);
  std::vector<double> large(y.begin(), y.begin() + 6),
      small(y.begin() + 6, y.end());
  BOOST_TEST(dot(y, slope(*two, y)) ==
                 9 * sum(large, 6) - dot(large, large) - 4 * dot(small, small),
             boost::test_tools::tolerance(1e-12));
  // The large ones move as those of the other model do where the small ones
  // are at rest.
  const auto same =
      models::model("lorenz96", "set Variables = 6\nset Forcing = 9\n");
  std::vector<double> still = y;
  std::fill(still.begin() + 6, still.end(), 0.);
  const std::vector<double> a = slope(*two, still), b = slope(*same, large);
  for (unsigned int k = 0; k < 6; ++k)
    BOOST_TEST(a[k] == b[k], boost::test_tools::tolerance(1e-13));
}

BOOST_AUTO_TEST_CASE(the_solitary_wave_keeps_its_shape)
{
  for (const unsigned int degree : {1, 2, 3})
  {
    const unsigned int n = 160 / degree;
    const double coarse = error_of_wave(degree, n),
                 fine = error_of_wave(degree, 2 * n);
    BOOST_TEST_CONTEXT("degree " << degree)
    BOOST_TEST(std::log2(coarse / fine) > degree + 0.7);
    BOOST_TEST(fine < 3e-3);
  }
}

BOOST_AUTO_TEST_CASE(equations_on_circles_keep_the_mass)
{
  for (const std::string name : {"burgers 1d", "kuramoto sivashinsky", "kdv"})
  {
    const auto system = models::model(name);
    const VecHandle u = duplicate(system->like());
    const std::vector<double> begin = models::state(*system);
    models::set(u, begin);
    const double before = system->quantities(0, u).at("mass");
    models::set(u, models::run(*system, "ars 222", begin, 0.1, 100));
    BOOST_TEST(std::abs(system->quantities(0.1, u).at("mass") - before) < 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(kuramoto_sivashinsky_has_its_climatology)
{
  // Root mean square 1.3 at L = 32 π.
  const auto system = models::model("kuramoto sivashinsky");
  std::vector<double> u = models::state(*system, 100);
  const VecHandle state = duplicate(system->like());
  double mean = 0;
  constexpr unsigned int n = 150;
  for (unsigned int k = 0; k < n; ++k)
  {
    u = models::run(*system, "ars 443", u, 10, 40);
    models::set(state, u);
    mean += system->quantities(0, state).at("energy") / n;
  }
  BOOST_TEST(std::abs(std::sqrt(2 * mean / (32 * M_PI)) - 1.3) < 0.1);
}

BOOST_AUTO_TEST_CASE(values_between_nodes_are_those_of_the_elements)
{
  for (const RegistryEntry &entry : Registry<EvolutionModel>::list())
  {
    const auto system = models::model(entry.name);
    const std::vector<double> u = models::state(*system);
    // At nodes the entry itself, on both sides of the seam.
    const std::vector<unsigned int> &components = system->components();
    const std::size_t n = u.size();
    BOOST_REQUIRE(system->positions().size() == n);
    for (unsigned int c = 0; c < system->component_names().size(); ++c)
    {
      std::vector<dealii::Point<3>> points;
      std::vector<double> expected;
      for (std::size_t i = 0; i < n; ++i)
        if (components[i] == c)
        {
          points.push_back(system->positions()[i]);
          expected.push_back(u[i]);
        }
      const Interpolation H = system->at(points, c);
      std::vector<double> values(points.size());
      H.apply(u.data(), values.data());
      for (std::size_t k = 0; k < values.size(); ++k)
        BOOST_TEST(std::abs(values[k] - expected[k]) <
                   1e-12 * (1 + std::abs(expected[k])));
    }
    // Shares of a point add up to one, wherever it is.
    for (const double x : {-0.3, 0.017, 3.33, 1234.567})
    {
      const Interpolation H = system->at({dealii::Point<3>(x, 0, 0)}, 0);
      BOOST_TEST(std::accumulate(H.weights.begin(), H.weights.end(), 0.) == 1.,
                 boost::test_tools::tolerance(1e-12));
    }
    BOOST_CHECK_THROW(
        system->at(
            {dealii::Point<3>(std::numeric_limits<double>::quiet_NaN(), 0, 0)},
            0),
        BadInput);
  }
}

BOOST_AUTO_TEST_CASE(initial_states_follow_from_seed_and_sample)
{
  for (const RegistryEntry &entry : Registry<EvolutionModel>::list())
  {
    const auto system = models::model(
        entry.name, entry.name == "kdv" ? "set Largest speed = 2\n" : "");
    BOOST_TEST(models::state(*system, 0, 3) == models::state(*system, 0, 3));
    BOOST_TEST(models::state(*system, 0, 3) != models::state(*system, 0, 4));
  }
}

BOOST_AUTO_TEST_SUITE_END()
