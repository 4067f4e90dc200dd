// SPDX-License-Identifier: LGPL-2.1-or-later
#include "samples.h"

#include <nodal/core/communicator.h>
#include <nodal/mesh/graph.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
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

  /// Nodes with an edge from one another have the edge back, too.
  void check_edges_are_mutual(const GraphLevel &level)
  {
    for (int i = 0; i < level.n_owned; ++i)
      for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
      {
        const int j = level.sources[t];
        BOOST_TEST(std::binary_search(
            level.sources.begin() + level.offsets[j],
            level.sources.begin() + level.offsets[j + 1], i));
      }
  }

  /// Independent, maximal, and nested with weights of sum one.
  void check_coarsening(const Graph &graph)
  {
    for (const GraphLevel &level : graph.levels)
      check_edges_are_mutual(level);
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

namespace
{
  /// Compares the rows of @p own with those of @p whole that have their
  /// numbers, to the bit.
  class LevelComparison
  {
  public:
    LevelComparison(const unsigned int dim, const GraphLevel &own,
                    const GraphLevel &whole)
        : own(own), whole(whole)
    {
      for (const std::int64_t number : own.number)
        place.push_back(
            std::lower_bound(whole.number.begin(), whole.number.end(), number) -
            whole.number.begin());
      BOOST_TEST(own.n_nodes_of_all_ranks() == std::size_t(whole.n_nodes()));
      bool is_sorted =
          std::is_sorted(place.begin(), place.begin() + own.n_owned) &&
          std::is_sorted(place.begin() + own.n_owned, place.end());
      BOOST_TEST(is_sorted);
      BOOST_TEST(nodes_agree(&GraphLevel::points, dim));
      BOOST_TEST(nodes_agree(&GraphLevel::volume, 1));
      BOOST_TEST(nodes_agree(&GraphLevel::type, 1));
      BOOST_TEST(nodes_agree(&GraphLevel::boundary_measure, 3));
      BOOST_TEST(nodes_agree(&GraphLevel::normals, dim));
      BOOST_TEST(rows_agree(own.offsets, own.sources, place, whole.offsets,
                            whole.sources));
      BOOST_TEST(views_agree());
    }

    void check_transfer(const LevelComparison &next) const
    {
      const auto weighted_rows_agree =
          [](const SparseRows &a, const SparseRows &b,
             const std::vector<int> &rows, const std::vector<int> &columns)
      {
        for (std::size_t i = 0; i + 1 < a.offsets.size(); ++i)
          for (int t = a.offsets[i], s = b.offsets[rows[i]];
               t < a.offsets[i + 1]; ++t, ++s)
            if (s >= b.offsets[rows[i] + 1] ||
                columns[a.columns[t]] != b.columns[s] ||
                a.weights[t] != b.weights[s])
              return false;
        return true;
      };
      BOOST_TEST(own.interpolation.offsets.size() ==
                 std::size_t(own.n_owned) + 1);
      BOOST_TEST(weighted_rows_agree(own.interpolation, whole.interpolation,
                                     place, next.place));
      BOOST_TEST(own.restriction.offsets.size() ==
                 std::size_t(next.own.n_owned) + 1);
      BOOST_TEST(weighted_rows_agree(own.restriction, whole.restriction,
                                     next.place, place));
      for (int c = 0; c < next.own.n_owned; ++c)
        BOOST_TEST(own.number[next.own.finer_index[c]] == next.own.number[c]);
    }

  private:
    template <class T>
    bool nodes_agree(const std::vector<T> GraphLevel::*values,
                     const unsigned int width) const
    {
      bool agree = (own.*values).size() == place.size() * width;
      for (std::size_t i = 0; agree && i < place.size(); ++i)
        for (unsigned int d = 0; d < width; ++d)
          agree &= (own.*values)[i * width + d] ==
                   (whole.*values)[place[i] * width + d];
      return agree;
    }

    bool views_agree() const
    {
      for (int i = 0; i < own.n_owned; ++i)
        for (int t = 2 * own.offsets[i], s = 2 * whole.offsets[place[i]];
             t < 2 * own.offsets[i + 1]; ++t, ++s)
          if (own.views[t] != whole.views[s])
            return false;
      return own.views.size() == 2 * own.sources.size();
    }

    bool rows_agree(const std::vector<int> &a, const std::vector<int> &columns,
                    const std::vector<int> &rows, const std::vector<int> &b,
                    const std::vector<int> &whole_columns) const
    {
      for (int i = 0; i < own.n_owned; ++i)
      {
        if (a[i + 1] - a[i] != b[rows[i] + 1] - b[rows[i]])
          return false;
        for (int t = a[i], s = b[rows[i]]; t < a[i + 1]; ++t, ++s)
          if (place[columns[t]] != whole_columns[s])
            return false;
      }
      return true;
    }

    const GraphLevel &own, &whole;
    std::vector<int> place; ///< of own nodes among those of the whole
  };

  void check_distributed(const Graph &own, const Graph &whole)
  {
    BOOST_TEST_REQUIRE(own.levels.size() == whole.levels.size());
    std::vector<LevelComparison> levels;
    for (std::size_t l = 0; l < own.levels.size(); ++l)
      levels.emplace_back(own.dim, own.levels[l], whole.levels[l]);
    for (std::size_t l = 0; l + 1 < levels.size(); ++l)
      levels[l].check_transfer(levels[l + 1]);
  }

  /// The graph of a mesh, refined near a point, on all ranks and on one.
  template <int dim>
  void compare_graphs(const std::string &name, const std::string &arguments,
                      const bool simplices, const unsigned int n_refinements,
                      const unsigned int degree, const bool is_adaptive)
  {
    const auto space = [&](MPI_Comm comm)
    {
      const auto mesh = std::make_shared<Mesh<dim>>(
          generated<dim>(name, arguments, simplices, comm), comm,
          n_refinements);
      if (is_adaptive)
        refine_locally(*mesh);
      return std::make_unique<Space<dim>>(mesh, degree, 1);
    };
    const auto serial = space(MPI_COMM_SELF),
               distributed = space(MPI_COMM_WORLD);
    const Numbering<dim> numbering(*serial);
    const Graph whole = make_graph(numbering.description, 4);
    BOOST_TEST_CONTEXT("cut out of the space")
    check_distributed(make_graph(cut_out(*distributed), 4), whole);
    BOOST_TEST_CONTEXT("cut out of the description")
    check_distributed(
        make_graph(cut_out(numbering.description, MPI_COMM_WORLD), 4), whole);
  }
} // namespace

BOOST_AUTO_TEST_CASE(any_number_of_ranks_makes_the_same_graph)
{
  compare_graphs<2>("hyper_cube", "0 : 1 : false", false, 3, 1, true);
  compare_graphs<2>("hyper_cube", "0 : 1 : true", false, 2, 2, true);
  compare_graphs<2>("hyper_ball", "0, 0 : 1 : false", true, 2, 1, false);
  compare_graphs<2>("hyper_L", "-1 : 1 : false", true, 2, 2, true);
  compare_graphs<3>("hyper_cube", "0 : 1 : false", false, 2, 1, false);
  compare_graphs<3>("hyper_cube", "0 : 1 : false", true, 1, 1, false);
}

BOOST_AUTO_TEST_CASE(ranks_without_nodes_take_part)
{
  // Four nodes, one level.
  compare_graphs<2>("hyper_cube", "0 : 1 : false", false, 0, 1, false);
}

BOOST_AUTO_TEST_CASE(cutting_out_gives_equal_shares_with_short_borders)
{
  const auto mesh = std::make_shared<Mesh<2>>(
      generated<2>("hyper_cube", "0 : 1 : false", false, MPI_COMM_SELF),
      MPI_COMM_SELF, 5);
  const Space<2> space(mesh, 1, 1);
  const Numbering<2> numbering(space);
  const MeshPiece piece = cut_out(numbering.description, MPI_COMM_WORLD);
  const int size = size_of(MPI_COMM_WORLD), n = 33 * 33;
  BOOST_TEST(piece.n_owned() <= (n + size - 1) / size);
  BOOST_TEST(piece.halo->n_ghosts() <= (size == 1 ? 0 : size == 2 ? 34 : 80));
}

BOOST_AUTO_TEST_SUITE_END()
