// SPDX-License-Identifier: LGPL-2.1-or-later
#include "samples_on_graphs.h"

#include <boost/test/unit_test.hpp>

using namespace samples;

BOOST_AUTO_TEST_SUITE(lift)

BOOST_AUTO_TEST_CASE(constants_stay_and_boundary_values_hold)
{
  const Graph graph = make_graph(description_for_graphs(true, 2), 8);
  const GraphLevel &level = graph.levels[0];
  std::vector<double> g(2 * level.n_owned);
  for (int i = 0; i < level.n_owned; ++i)
  {
    g[2 * i] = 3;
    g[2 * i + 1] = level.points[2 * i];
  }
  const std::vector<double> w = shepard_lift(level, 2, g, 2);
  for (int i = 0; i < level.n_owned; ++i)
  {
    BOOST_TEST(std::abs(w[2 * i] - 3) < 1e-13);
    BOOST_TEST(std::abs(w[2 * i + 1]) <= 1);
    if (level.type[i] == 0)
      BOOST_TEST(w[2 * i + 1] == g[2 * i + 1]);
  }
}

BOOST_AUTO_TEST_CASE(without_a_dirichlet_boundary_it_is_zero)
{
  Graph graph = make_graph(description_for_graphs(false, 2), 8);
  GraphLevel &level = graph.levels[0];
  for (std::int8_t &type : level.type)
    type = type == 0 ? 1 : type;
  for (const double w :
       shepard_lift(level, 2, std::vector<double>(level.n_owned, 5.), 1))
    BOOST_TEST(w == 0);
}

BOOST_AUTO_TEST_SUITE_END()
