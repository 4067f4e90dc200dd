// SPDX-License-Identifier: LGPL-2.1-or-later
// Levels on a grid of boxes over any mesh, and the numbering of nodes.
#include "lane_families.h"

#include <nodal/core/communicator.h>
#include <nodal/solver/lane_multigrid.h>

#include <source/solver/box_tree.h>
#include <source/solver/lane_grid.h>
#include <source/solver/lane_numbering.h>

#include <boost/test/unit_test.hpp>

#include <set>

using namespace nodal;

namespace
{
  /// Leaves near a curve of points, small at one end.
  template <int dim>
  std::set<Box<dim>> graded_leaves(const RootGrid<dim> &root,
                                   const std::vector<double> &points)
  {
    std::vector<unsigned int> depths;
    for (std::size_t i = 0; i < points.size(); i += dim)
      depths.push_back(points[i] < 0.3 ? 5 : points[i] < 0.8 ? 2 : 1);
    return make_leaves(root, points, depths);
  }

  template <int dim>
  std::vector<double> some_points()
  {
    std::vector<double> points;
    for (unsigned int i = 0; i <= 400; ++i)
      for (unsigned int d = 0; d < dim; ++d)
        points.push_back(d == 0 ? i / 400. : std::fmod(i * (0.37 + d), 1.));
    return points;
  }

  template <int dim>
  double size_of_box(const Box<dim> &box)
  {
    return std::ldexp(1., -int(box.depth));
  }

  template <int dim>
  void check_balance(const RootGrid<dim> &root,
                     const std::set<Box<dim>> &leaves)
  {
    double volume = 0;
    for (const Box<dim> &a : leaves)
    {
      volume += std::pow(size_of_box(a), dim);
      for (const Box<dim> &b : leaves)
      {
        bool touches = true;
        for (int d = 0; d < dim; ++d)
        {
          const double a0 = a.at[d] * size_of_box(a),
                       b0 = b.at[d] * size_of_box(b);
          touches &= a0 <= b0 + size_of_box(b) && b0 <= a0 + size_of_box(a);
        }
        if (touches)
          BOOST_TEST(std::max(a.depth, b.depth) <=
                     std::min(a.depth, b.depth) + 1);
      }
    }
    double expected = 1;
    for (int d = 0; d < dim; ++d)
      expected *= root.n[d];
    BOOST_TEST(volume == expected, boost::test_tools::tolerance(1e-12));
  }

  template <int dim>
  void check_balance()
  {
    const std::vector<double> points = some_points<dim>();
    const RootGrid<dim> root(points, 0.5);
    std::set<Box<dim>> leaves = graded_leaves<dim>(root, points);
    check_balance(root, leaves);
    while (leaves.size() > 1)
    {
      const std::set<Box<dim>> merged = merge_leaves(root, leaves);
      BOOST_TEST_REQUIRE(2 * merged.size() < leaves.size());
      leaves = merged;
      check_balance(root, leaves);
    }
  }

  /// A function without kinks is the same from both sides of a face only if
  /// hanging corners take their values from the larger box.
  template <int dim>
  void check_continuity()
  {
    const std::vector<double> points = some_points<dim>();
    const RootGrid<dim> root(points, 0.5);
    const std::set<Box<dim>> leaves = graded_leaves<dim>(root, points);
    const BoxSpace<dim> space({leaves.begin(), leaves.end()});
    std::mt19937 random(1);
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<double> values(space.n_nodes()), linear(space.n_nodes());
    for (unsigned int i = 0; i < space.n_nodes(); ++i)
    {
      values[i] = uniform(random);
      const auto &[box, corner] = space.nodes()[i];
      for (int d = 0; d < dim; ++d)
        linear[i] += (d + 1) * size_of_box(space.boxes()[box]) *
                     (space.boxes()[box].at[d] + ((corner >> d) & 1U));
    }
    unsigned int n_hanging = 0;
    for (unsigned int b = 0; b < space.boxes().size(); ++b)
      for (unsigned int sample = 0; sample < 20; ++sample)
      {
        // A point on a face, seen from this box and from across.
        const Box<dim> &box = space.boxes()[b];
        std::array<double, dim> local, x, across;
        double expected = 0;
        for (int d = 0; d < dim; ++d)
          local[d] = (1 + uniform(random)) / 2;
        local[sample % dim] = 1;
        for (int d = 0; d < dim; ++d)
        {
          x[d] = (box.at[d] + local[d]) * size_of_box(box);
          expected += (d + 1) * x[d];
        }
        Box<dim> other;
        other.depth = 8;
        bool is_inside = true;
        for (int d = 0; d < dim; ++d)
        {
          other.at[d] = std::uint32_t(x[d] * 256);
          is_inside &= other.at[d] < root.n[d] * 256;
        }
        const auto value = [](const auto &combination, const auto &of)
        {
          double sum = 0;
          for (const auto &[node, weight] : combination)
            sum += weight * of[node];
          return sum;
        };
        const auto here = space.interpolate(b, local);
        BOOST_TEST(std::abs(value(here, linear) - expected) < 1e-12);
        if (!is_inside)
          continue;
        const std::int32_t neighbour = space.find(other);
        BOOST_TEST_REQUIRE(neighbour >= 0);
        const Box<dim> &there = space.boxes()[neighbour];
        n_hanging += there.depth != box.depth;
        for (int d = 0; d < dim; ++d)
          across[d] = x[d] / size_of_box(there) - there.at[d];
        BOOST_TEST(
            std::abs(value(space.interpolate(neighbour, across), values) -
                     value(here, values)) < 1e-12);
      }
    BOOST_TEST(n_hanging > 0U);
  }

  std::vector<double> product(const LaneLevel &level,
                              const std::vector<double> &x)
  {
    std::vector<double> y(level.n_nodes, 0.);
    const unsigned int n = level.n;
    for (unsigned int c = 0; c < level.n_cells; ++c)
      for (unsigned int i = 0; i < n; ++i)
        for (unsigned int j = 0; j < n; ++j)
          y[level.cell_nodes[c * n + i]] +=
              level.unit[(std::size_t(c) * n + i) * n + j] *
              x[level.cell_nodes[c * n + j]];
    return y;
  }

  double energy(const LaneLevel &level, const std::vector<double> &x)
  {
    const std::vector<double> y = product(level, x);
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.);
  }

  std::vector<double> interpolated(const LaneLevel &level,
                                   const std::vector<double> &coarse)
  {
    std::vector<double> fine(level.n_nodes, 0.);
    for (unsigned int i = 0; i < level.n_nodes; ++i)
      for (std::int32_t k = level.offsets[i]; k < level.offsets[i + 1]; ++k)
        fine[i] += level.weights[k] * coarse[level.columns[k]];
    return fine;
  }
} // namespace

BOOST_AUTO_TEST_SUITE(lane_grid)

BOOST_AUTO_TEST_CASE(trees_are_balanced)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  check_balance<2>();
  check_balance<3>();
}

BOOST_AUTO_TEST_CASE(functions_on_boxes_are_continuous)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  check_continuity<2>();
  check_continuity<3>();
}

BOOST_AUTO_TEST_CASE(constants_have_no_energy_and_shares_sum_to_one)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  LaneLevel fine = families::triangles(40).levels[0];
  std::vector<LaneLevel> levels = grid_levels(fine, 30);
  BOOST_TEST_REQUIRE(levels.size() >= 3U);
  levels.insert(levels.begin(), fine);
  for (std::size_t l = 0; l + 1 < levels.size(); ++l)
  {
    const LaneLevel &level = levels[l], &coarse = levels[l + 1];
    if (coarse.n_nodes > 50)
      BOOST_TEST(2 * coarse.n_nodes < level.n_nodes);
    const std::vector<double> one(coarse.n_nodes, 1.);
    double scale = 0;
    for (const double k : coarse.unit)
      scale = std::max(scale, std::abs(k));
    for (const double entry : product(coarse, one))
      BOOST_TEST(std::abs(entry) < 1e-11 * scale);
    std::vector<double> sum(coarse.n_cells, 0.);
    for (unsigned int c = 0; c < level.n_cells; ++c)
      sum[level.parent[c]] += level.share[c];
    for (const double s : sum)
      BOOST_TEST(s == 1., boost::test_tools::tolerance(1e-12));
    // Where nothing is constrained, weights sum to one.
    unsigned int n_whole = 0;
    for (unsigned int i = 0; i < level.n_nodes; ++i)
    {
      double row = 0;
      for (std::int32_t k = level.offsets[i]; k < level.offsets[i + 1]; ++k)
        row += level.weights[k];
      BOOST_TEST(row < 1 + 1e-12);
      n_whole += row > 1 - 1e-12;
    }
    BOOST_TEST(2 * n_whole > level.n_nodes);
  }
}

BOOST_AUTO_TEST_CASE(coarse_energies_are_those_of_the_mesh)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  // Without prescribed values, functions that vary slowly have nearly the
  // same energy on all levels.
  LaneLevel fine = families::triangles(64).levels[0];
  fine.is_constrained.assign(fine.n_nodes, false);
  std::vector<LaneLevel> levels = grid_levels(fine, 100);
  levels.insert(levels.begin(), fine);
  std::vector<double> values;
  for (unsigned int i = 0; i < levels.back().n_nodes; ++i)
    values.push_back(std::sin(0.02 * i));
  const double coarsest = energy(levels.back(), values);
  for (std::size_t l = levels.size() - 1; l > 1; --l)
  {
    values = interpolated(levels[l - 1], values);
    // Grids are nested: the same function, the same energy.
    BOOST_TEST(energy(levels[l - 1], values) == coarsest,
               boost::test_tools::tolerance(1e-10));
  }
  values = interpolated(levels[0], values);
  BOOST_TEST(energy(levels[0], values) > 0.5 * coarsest);
  BOOST_TEST(energy(levels[0], values) < 2 * coarsest);
}

BOOST_AUTO_TEST_CASE(iterations_do_not_grow_with_the_mesh)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for (const bool everywhere : {false, true})
    for (const unsigned int m : {32, 64, 128})
    {
      const LaneFamily family = families::triangles(m, everywhere);
      const LaneLevel &level = family.levels[0];
      LaneMultigrid multigrid(family, {});
      const std::vector<double> mu = families::coefficient(level, 1, 0.5),
                                f(level.n_nodes, 1.);
      std::vector<double> x(level.n_nodes, 0.);
      SolveControl control;
      control.tolerance = 1e-8;
      const SolveResult result =
          multigrid.solve({mu.data()}, {f.data()}, {x.data()}, control)[0];
      BOOST_TEST(result.converged());
      BOOST_TEST(result.iterations <= 36U);
    }
}

BOOST_AUTO_TEST_CASE(fronts_are_narrow_and_a_permutation)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  constexpr unsigned int m = 30;
  LaneFamily family = families::triangles(m);
  const LaneLevel old = family.levels[0];
  const std::vector<std::int32_t> number = number_by_fronts(old);
  std::vector<std::int32_t> sorted = number;
  std::sort(sorted.begin(), sorted.end());
  for (unsigned int i = 0; i < sorted.size(); ++i)
    BOOST_TEST_REQUIRE(sorted[i] == int(i));
  renumber(family, 0, number);
  const LaneLevel &level = family.levels[0];
  int widest = 0;
  for (unsigned int c = 0; c < level.n_cells; ++c)
    for (unsigned int i = 0; i < 3; ++i)
      for (unsigned int j = 0; j < 3; ++j)
        widest = std::max(widest, level.cell_nodes[3 * c + i] -
                                      level.cell_nodes[3 * c + j]);
  BOOST_TEST(widest <= 2 * int(m + 1));
  // It is the same matrix.
  std::vector<double> x(old.n_nodes), new_x(old.n_nodes);
  for (unsigned int i = 0; i < x.size(); ++i)
    new_x[number[i]] = x[i] = std::sin(0.1 * i);
  const std::vector<double> y = product(old, x), new_y = product(level, new_x);
  for (unsigned int i = 0; i < x.size(); ++i)
    BOOST_TEST(std::abs(new_y[number[i]] - y[i]) < 1e-12);
}

BOOST_AUTO_TEST_SUITE_END()
