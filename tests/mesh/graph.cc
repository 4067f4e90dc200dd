// SPDX-License-Identifier: LGPL-2.1-or-later
#include "samples.h"

#include <nodal/mesh/graph.h>

#include <boost/test/unit_test.hpp>

#include <numeric>

using namespace samples;

BOOST_AUTO_TEST_SUITE(graph)

namespace
{
  template <int dim>
  Graph graph_of(const std::string &name, const std::string &arguments,
                 const bool simplices, const unsigned int n_refinements,
                 const unsigned int degree = 1)
  {
    const auto mesh = std::make_shared<Mesh<dim>>(
        generated<dim>(name, arguments, simplices, MPI_COMM_SELF),
        MPI_COMM_SELF, n_refinements);
    const Space<dim> space(mesh, degree, 1);
    const Numbering<dim> numbering(space);
    return make_graph(numbering.description, 4);
  }

  double sum(const std::vector<double> &values)
  {
    return std::accumulate(values.begin(), values.end(), 0.);
  }

  /// Independent, maximal, and nested with weights of sum one.
  void check_coarsening(const Graph &graph)
  {
    for (std::size_t l = 0; l + 1 < graph.levels.size(); ++l)
    {
      const GraphLevel &fine = graph.levels[l], &coarse = graph.levels[l + 1];
      std::vector<bool> is_coarse(fine.n_owned, false);
      for (const int i : coarse.finer_index)
        is_coarse[i] = true;
      for (int i = 0; i < fine.n_owned; ++i)
      {
        unsigned int n_coarse = 0;
        for (int t = fine.offsets[i]; t < fine.offsets[i + 1]; ++t)
          n_coarse += is_coarse[fine.sources[t]];
        if (is_coarse[i])
          BOOST_TEST(n_coarse == 0u);
        else
          BOOST_TEST(n_coarse > 0u);
        double total = 0;
        for (int t = fine.interpolation.offsets[i];
             t < fine.interpolation.offsets[i + 1]; ++t)
          total += fine.interpolation.weights[t];
        BOOST_TEST(std::abs(total - 1) < 1e-14);
      }
      for (int i = 0; i < coarse.n_owned; ++i)
        BOOST_TEST(
            (coarse.n_owned == 1 || coarse.offsets[i + 1] > coarse.offsets[i]));
      BOOST_TEST(std::abs(sum(coarse.volume) - sum(fine.volume)) < 1e-12);
    }
  }
} // namespace

BOOST_AUTO_TEST_CASE(a_square_coarsens_to_every_second_node)
{
  const Graph graph = graph_of<2>("hyper_cube", "0 : 1 : false", false, 3);
  BOOST_TEST(graph.levels[0].n_owned == 81);
  BOOST_TEST(graph.levels[1].n_owned == 25);
  BOOST_TEST(graph.levels[2].n_owned == 9);
  BOOST_TEST(graph.levels[3].n_owned == 4);
  check_coarsening(graph);
  // Bilinear interpolation, and the pattern of the finer level.
  const GraphLevel &fine = graph.levels[0], &coarse = graph.levels[1];
  for (const double weight : fine.interpolation.weights)
    BOOST_TEST((std::abs(weight - 1) < 1e-14 ||
                std::abs(weight - 0.5) < 1e-14 ||
                std::abs(weight - 0.25) < 1e-14));
  for (int i = 0; i < coarse.n_owned; ++i)
    BOOST_TEST(coarse.offsets[i + 1] - coarse.offsets[i] ==
               (coarse.type[i] < 0 ? 8
                : i == 0           ? 3
                         : coarse.offsets[i + 1] - coarse.offsets[i]));
}

BOOST_AUTO_TEST_CASE(volumes_and_boundaries_add_up)
{
  for (const bool simplices : {false, true})
    for (const unsigned int degree : {1, 2})
    {
      const Graph graph =
          graph_of<2>("hyper_cube", "0 : 2 : false", simplices, 2, degree);
      const GraphLevel &level = graph.levels[0];
      BOOST_TEST(std::abs(sum(level.volume) - 4) < 1e-12);
      BOOST_TEST(std::abs(sum(level.boundary_measure) - 8) < 1e-12);
      for (int i = 0; i < level.n_owned; ++i)
      {
        const double x = level.points[2 * i], y = level.points[2 * i + 1];
        const bool left = x<1e-12, right = x> 2 - 1e-12,
                   low = y<1e-12, high = y> 2 - 1e-12;
        const bool on_boundary = left || right || low || high;
        BOOST_TEST((level.type[i] >= 0) == on_boundary);
        if (right && !low && !high)
          BOOST_TEST((std::abs(level.normals[2 * i] - 1) < 1e-12 &&
                      std::abs(level.normals[2 * i + 1]) < 1e-12));
        if (!on_boundary)
          BOOST_TEST(level.normals[2 * i] == 0);
      }
      check_coarsening(graph);
    }
  for (const bool simplices : {false, true})
  {
    const Graph graph =
        graph_of<3>("hyper_cube", "0 : 1 : false", simplices, 2);
    const GraphLevel &level = graph.levels[0];
    BOOST_TEST(std::abs(sum(level.volume) - 1) < 1e-12);
    BOOST_TEST(std::abs(sum(level.boundary_measure) - 6) < 1e-12);
    check_coarsening(graph);
  }
}

BOOST_AUTO_TEST_CASE(unstructured_meshes_coarsen_to_a_third_at_most)
{
  const Graph graph = graph_of<2>("hyper_ball", "0, 0 : 1 : false", true, 3);
  check_coarsening(graph);
  for (std::size_t l = 0; l + 2 < graph.levels.size(); ++l)
    BOOST_TEST(3 * graph.levels[l + 1].n_owned < graph.levels[l].n_owned + 20);
}

BOOST_AUTO_TEST_CASE(an_isolated_node_is_refused)
{
  const auto mesh = std::make_shared<Mesh<2>>(
      generated<2>("hyper_cube", "0 : 1 : false", false, MPI_COMM_SELF),
      MPI_COMM_SELF, 1);
  const Space<2> space(mesh, 1, 1);
  const Numbering<2> numbering(space);
  MeshDescription description = numbering.description;
  description.support_points.insert(description.support_points.end(), {9, 9});
  description.graph_offsets.push_back(description.graph_offsets.back());
  BOOST_TEST(
      message_of([&] { make_graph(description, 4); }).find("isolated node") !=
      std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
