// SPDX-License-Identifier: LGPL-2.1-or-later
// Whole solves in lanes.
#include "lane_families.h"
#include "systems.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/solver/lane_multigrid.h>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace nodal;

namespace
{
  using Samples = std::vector<std::vector<double>>;

  std::vector<SolveResult> solve(LaneMultigrid &multigrid,
                                 const Samples &coefficients, const Samples &f,
                                 Samples &x, const double tolerance = 1e-8)
  {
    std::vector<const double *> a, b;
    std::vector<double *> u;
    for (const auto &sample : coefficients)
      a.push_back(sample.data());
    for (const auto &sample : f)
      b.push_back(sample.data());
    for (auto &sample : x)
      u.push_back(sample.data());
    SolveControl control;
    control.tolerance = tolerance;
    return multigrid.solve(a, b, u, control);
  }

  struct Problem
  {
    explicit Problem(const LaneFamily &family, const unsigned int n_samples,
                     const double strength = 0.7)
        : level(family.levels[0])
    {
      for (unsigned int s = 0; s < n_samples; ++s)
      {
        coefficients.push_back(families::coefficient(level, s, strength));
        f.emplace_back();
        x.emplace_back();
        for (unsigned int i = 0; i < level.n_nodes; ++i)
        {
          f.back().push_back(systems::noise(i, s));
          x.back().push_back(level.is_constrained[i] ? systems::noise(i, 50 + s)
                                                     : 0.);
        }
      }
    }

    /// ‖f − A x‖ / ‖f − A x₀‖ over the free nodes.
    double residual(const unsigned int s, const std::vector<double> &solution)
    {
      const Dense A = families::matrix(level, coefficients[s]);
      const auto norm = [&](const std::vector<double> &v)
      {
        double result = 0;
        for (unsigned int i = 0; i < level.n_nodes; ++i)
        {
          double r = f[f.size() == 1 ? 0 : s][i];
          for (unsigned int j = 0; j < level.n_nodes; ++j)
            r -= A(i, j) * v[j];
          if (!level.is_constrained[i])
            result += r * r;
        }
        return std::sqrt(result);
      };
      return norm(solution) / norm(x[s]);
    }

    const LaneLevel &level;
    Samples coefficients, f, x;
  };
} // namespace

BOOST_AUTO_TEST_SUITE(lane_multigrid)

BOOST_AUTO_TEST_CASE(solutions_are_certified_by_what_dense_arithmetic_finds)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  using families::Kind;
  const std::pair<const char *, LaneFamily> cases[] = {
      {"square", families::square(16)},
      {"with reaction", families::square(16, 5.)},
      {"one level", families::random_family(4, Kind::with_constant)},
      {"many unknowns per cell",
       families::random_family(12, Kind::no_constant)}};
  const std::pair<const char *, unsigned int> kinds[] = {
      {"cells", 0}, {"rows", 0}, {"cells", 1}, {"rows", 1}};
  for (const auto &[name, family] : cases)
    for (const auto &[matrices, n_lanes] : kinds)
      for (const unsigned int n_samples : {1, 5, 8, 13})
        BOOST_TEST_CONTEXT(name << ", " << n_samples << " samples, " << matrices
                                << ", lanes " << n_lanes)
        {
          Problem problem(family, n_samples);
          LaneMultigrid::Settings settings;
          settings.matrices = matrices;
          settings.lanes = n_lanes;
          LaneMultigrid multigrid(family, settings);
          if (n_samples > multigrid.lanes())
            continue;
          Samples x = problem.x;
          const auto results =
              solve(multigrid, problem.coefficients, problem.f, x);
          BOOST_TEST_REQUIRE(results.size() == n_samples);
          for (unsigned int s = 0; s < n_samples; ++s)
          {
            BOOST_TEST(results[s].converged(), results[s].message);
            const double residual = problem.residual(s, x[s]);
            BOOST_TEST(residual <= 1.0001e-8);
            BOOST_TEST(std::abs(residual - results[s].true_residual) < 1e-11);
            for (unsigned int i = 0; i < family.levels[0].n_nodes; ++i)
              if (family.levels[0].is_constrained[i])
                BOOST_TEST_REQUIRE(x[s][i] == problem.x[s][i]);
          }
        }
}

BOOST_AUTO_TEST_CASE(multigrid_needs_few_iterations_on_any_mesh)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for (const unsigned int m : {16, 32, 64})
  {
    const LaneFamily family = families::square(m);
    Problem problem(family, 8, 0.3);
    LaneMultigrid multigrid(family, {});
    for (const SolveResult &result :
         solve(multigrid, problem.coefficients, {problem.f[0]}, problem.x))
    {
      BOOST_TEST(result.converged());
      BOOST_TEST(result.iterations <= 11);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_bad_lane_does_not_touch_its_neighbours)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const LaneFamily family = families::square(16);
  Problem problem(family, 8);
  LaneMultigrid multigrid(family, {});
  Samples good = problem.x;
  solve(multigrid, problem.coefficients, problem.f, good);
  for (const double bad :
       {-1., 0., std::numeric_limits<double>::infinity(), std::nan("")})
  {
    Samples coefficients = problem.coefficients, x = problem.x;
    coefficients[3][7] = bad;
    const auto results = solve(multigrid, coefficients, problem.f, x);
    for (unsigned int s = 0; s < 8; ++s)
      BOOST_TEST_CONTEXT("coefficient " << bad << ", lane " << s)
      {
        BOOST_TEST(results[s].converged() == (s != 3));
        if (s != 3)
          BOOST_TEST((x[s] == good[s])); // to the bit
      }
    BOOST_TEST(!results[3].message.empty());
  }
  // So it is with a right-hand side that is not a number.
  Samples f = problem.f, x = problem.x;
  f[5][40] = std::nan("");
  const auto results = solve(multigrid, problem.coefficients, f, x);
  for (unsigned int s = 0; s < 8; ++s)
  {
    BOOST_TEST(results[s].converged() == (s != 5));
    if (s != 5)
      BOOST_TEST((x[s] == good[s]));
  }
}

BOOST_AUTO_TEST_CASE(grouping_does_not_change_the_answer)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const LaneFamily family = families::square(16);
  Problem problem(family, 8);
  LaneMultigrid multigrid(family, {});
  Samples together = problem.x;
  solve(multigrid, problem.coefficients, problem.f, together);
  for (const unsigned int s : {2, 6})
  {
    Samples alone = {problem.x[s]};
    solve(multigrid, {problem.coefficients[s]}, {problem.f[s]}, alone);
    BOOST_TEST((alone[0] == together[s]));
  }
}

BOOST_AUTO_TEST_CASE(starting_guesses)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const LaneFamily family = families::square(16);
  Problem problem(family, 3);
  LaneMultigrid multigrid(family, {});
  Samples x = problem.x;
  const auto cold = solve(multigrid, problem.coefficients, problem.f, x);
  Samples again = x;
  for (const SolveResult &result :
       solve(multigrid, problem.coefficients, problem.f, again))
  {
    BOOST_TEST(result.converged());
    BOOST_TEST(result.iterations == 0U);
  }
  BOOST_TEST((again == x));
  for (auto &sample : x)
    for (unsigned int i = 0; i < sample.size(); ++i)
      if (!problem.level.is_constrained[i])
        sample[i] *= 1 + 1e-4 * systems::noise(i, 1);
  const auto warm = solve(multigrid, problem.coefficients, problem.f, x);
  for (unsigned int s = 0; s < 3; ++s)
  {
    BOOST_TEST(warm[s].converged());
    BOOST_TEST(warm[s].iterations < cold[s].iterations);
    BOOST_TEST(problem.residual(s, x[s]) <= 1.0001e-8);
  }
}

BOOST_AUTO_TEST_CASE(zero_right_hand_side)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const LaneFamily family = families::square(8);
  LaneMultigrid multigrid(family, {});
  Problem problem(family, 2);
  const std::vector<double> zero(family.levels[0].n_nodes, 0.);
  Samples x = {zero, zero};
  for (const SolveResult &result :
       solve(multigrid, problem.coefficients, {zero}, x))
  {
    BOOST_TEST(result.converged());
    BOOST_TEST(result.iterations == 0U);
  }
  BOOST_TEST((x[0] == zero));
}

BOOST_AUTO_TEST_CASE(a_tolerance_out_of_reach_is_not_claimed)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const LaneFamily family = families::square(16);
  Problem problem(family, 8);
  LaneMultigrid multigrid(family, {});
  for (const SolveResult &result :
       solve(multigrid, problem.coefficients, problem.f, problem.x, 1e-30))
  {
    BOOST_TEST(!result.converged());
    BOOST_TEST(result.true_residual > 1e-30);
    BOOST_TEST(result.true_residual < 1e-10);
  }
}

BOOST_AUTO_TEST_CASE(processors_agree)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const LaneFamily family = families::square(16);
  Problem problem(family, 8);
  LaneMultigrid::Settings settings;
  settings.processor = "generic";
  LaneMultigrid generic(family, settings), best(family, {});
  Samples x = problem.x, y = problem.x;
  solve(generic, problem.coefficients, problem.f, x);
  solve(best, problem.coefficients, problem.f, y);
  double difference = 0, size = 0;
  for (unsigned int s = 0; s < 8; ++s)
    for (unsigned int i = 0; i < x[s].size(); ++i)
    {
      difference = std::max(difference, std::abs(x[s][i] - y[s][i]));
      size = std::max(size, std::abs(x[s][i]));
    }
  BOOST_TEST(difference < 1e-6 * size);
  settings.processor = "abacus";
  BOOST_CHECK_THROW(LaneMultigrid(family, settings), BadInput);
}

BOOST_AUTO_TEST_SUITE_END()
