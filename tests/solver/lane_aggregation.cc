// SPDX-License-Identifier: LGPL-2.1-or-later
// Levels of aggregated nodes: the coarse matrix of every sample is PᵀAP.
#include "lane_families.h"

#include <nodal/core/communicator.h>

#include <source/solver/lane_aggregation.h>

#include <boost/test/unit_test.hpp>

#include <set>

using namespace nodal;
using families::Kind;

BOOST_AUTO_TEST_SUITE(lane_aggregation)

BOOST_AUTO_TEST_CASE(coarse_matrices_are_galerkin_products)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  LaneFamily cases[] = {families::square(16), families::square(16, 3.),
                        families::random_family(4, Kind::zero_row_sums),
                        families::random_family(6, Kind::with_constant)};
  cases[3].levels[0].n_components = 2;
  for (LaneFamily &family : cases)
  {
    LaneLevel fine = family.levels[0];
    fine.offsets.clear();
    fine.columns.clear();
    fine.weights.clear();
    constexpr double overcorrection = 1.5;
    const LaneLevel coarse = aggregate(fine, overcorrection);
    BOOST_TEST(coarse.n_nodes > 0U);
    BOOST_TEST(coarse.n_nodes < fine.n_nodes);
    BOOST_TEST(coarse.n_cells <= fine.n_cells);

    const std::vector<double> mu = families::coefficient(fine, 1);
    std::vector<double> coarse_mu(coarse.n_cells, 0.);
    for (unsigned int c = 0; c < fine.n_cells; ++c)
      if (fine.parent[c] >= 0)
        coarse_mu[fine.parent[c]] += fine.share[c] * mu[c];
    const Dense A = families::matrix(fine, mu),
                found = families::matrix(coarse, coarse_mu);
    Dense P(fine.n_nodes, coarse.n_nodes);
    for (unsigned int i = 0; i < fine.n_nodes; ++i)
    {
      const int n_entries = fine.offsets[i + 1] - fine.offsets[i];
      BOOST_TEST_REQUIRE(n_entries == (fine.is_constrained[i] ? 0 : 1));
      for (int k = fine.offsets[i]; k < fine.offsets[i + 1]; ++k)
      {
        P(i, fine.columns[k]) = fine.weights[k];
        BOOST_TEST(fine.columns[k] % fine.n_components ==
                   i % fine.n_components);
      }
    }
    const Dense expected = multiply(P, multiply(A, P), true);
    double error = 0, size = 0;
    for (unsigned int i = 0; i < coarse.n_nodes; ++i)
      for (unsigned int j = 0; j < coarse.n_nodes; ++j)
      {
        error = std::max(
            error, std::abs(overcorrection * found(i, j) - expected(i, j)));
        size = std::max(size, std::abs(expected(i, j)));
      }
    BOOST_TEST(error < 1e-12 * size);
  }
}

BOOST_AUTO_TEST_CASE(aggregates_follow_strong_couplings)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  // A grid that is coupled a hundred times stronger along its rows.
  constexpr unsigned int m = 20;
  LaneLevel level;
  level.n = 2;
  level.n_nodes = m * m;
  level.is_constrained.assign(m * m, false);
  const auto couple = [&](const int i, const int j, const double k)
  {
    level.cell_nodes.insert(level.cell_nodes.end(), {i, j});
    level.unit.insert(level.unit.end(), {k, -k, -k, k});
    ++level.n_cells;
  };
  for (unsigned int j = 0; j < m; ++j)
    for (unsigned int i = 0; i < m; ++i)
    {
      if (i + 1 < m)
        couple(j * m + i, j * m + i + 1, 100);
      if (j + 1 < m)
        couple(j * m + i, (j + 1) * m + i, 1);
    }
  aggregate(level, 1);
  std::map<int, std::set<unsigned int>> rows;
  for (unsigned int i = 0; i < m * m; ++i)
    rows[level.columns[level.offsets[i]]].insert(i / m);
  for (const auto &entry : rows)
    BOOST_TEST(entry.second.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
