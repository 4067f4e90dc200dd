// SPDX-License-Identifier: LGPL-2.1-or-later
// Interpolation that follows the coefficient, against dense arithmetic.
#include "lane_families.h"
#include "systems.h"

#include <nodal/core/communicator.h>
#include <nodal/core/processor.h>
#include <nodal/solver/lane_multigrid.h>

#include <source/solver/lane_level.h>

#include <boost/test/unit_test.hpp>

using namespace nodal;

namespace
{
  unsigned int width = 8; ///< lanes

  /// Quadrilaterals or triangles between lattice points of the unit square,
  /// all levels down to 2 × 2 squares. Those of even number on all levels are
  /// those of the next. Matrices are those of the Laplacian on moved points.
  LaneFamily lattice(unsigned int m, const unsigned int n_corners)
  {
    LaneFamily family;
    for (; m >= 2; m /= 2)
    {
      LaneLevel level;
      const unsigned int n = m + 1, half = m / 2;
      level.n = n_corners;
      level.dim = 2;
      level.n_nodes = n * n;
      level.offsets = {0};
      for (unsigned int j = 0; j < n; ++j)
        for (unsigned int i = 0; i < n; ++i)
        {
          level.points.push_back(double(i) / m);
          level.points.push_back(double(j) / m);
          level.is_constrained.push_back(i == 0 || j == 0 || i == m);
        }
      for (unsigned int j = 0; j < n; ++j)
        for (unsigned int i = 0; i < n; ++i)
        {
          const bool is_diagonal = n_corners == 3 && i % 2 == 1 && j % 2 == 1;
          for (unsigned int b = j / 2; b <= (j + 1) / 2; ++b)
            for (unsigned int a = i / 2; a <= (i + 1) / 2; ++a)
              if (!level.is_constrained[j * n + i] && a > 0 && b > 0 &&
                  a < half && !(is_diagonal && (a == i / 2) == (b == j / 2)))
              {
                level.columns.push_back(b * (half + 1) + a);
                level.weights.push_back(
                    is_diagonal ? .5 : (i % 2 ? .5 : 1) * (j % 2 ? .5 : 1));
              }
          level.offsets.push_back(level.columns.size());
        }
      for (unsigned int j = 0; j < m; ++j)
        for (unsigned int i = 0; i < m; ++i)
        {
          const int first = j * n + i, up = n;
          std::vector<std::vector<int>> cells = {
              {first, first + 1, first + up, first + up + 1}};
          if (n_corners == 3)
            cells = {{first, first + 1, first + up},
                     {first + up + 1, first + up, first + 1}};
          for (unsigned int k = 0; k < cells.size(); ++k)
          {
            for (const int node : cells[k])
              level.cell_nodes.push_back(node);
            const double quad[] = {4,  -1, -1, -2, -1, 4,  -2, -1,
                                   -1, -2, 4,  -1, -2, -1, -1, 4},
                         triangle[] = {2, -1, -1, -1, 1, 0, -1, 0, 1};
            for (unsigned int e = 0; e < n_corners * n_corners; ++e)
              level.unit.push_back(n_corners == 3 ? triangle[e] / 2
                                                  : quad[e] / 6);
            // A square away from the diagonal of the coarse one lies within
            // one of its triangles.
            const unsigned int which = i % 2 != j % 2 ? k : i % 2;
            level.parent.push_back(n_corners == 3
                                       ? 2 * ((j / 2) * half + i / 2) + which
                                       : (j / 2) * half + i / 2);
            level.share.push_back(.25);
          }
        }
      level.n_cells = level.cell_nodes.size() / n_corners;
      family.levels.push_back(level);
    }
    family.levels.back().parent.clear();
    return family;
  }

  /// A patch has neighbours of one to ten thousand times its coefficient.
  std::vector<double> two_phases(const LaneLevel &level,
                                 const unsigned int sample)
  {
    std::vector<double> mu;
    for (unsigned int c = 0; c < level.n_cells; ++c)
    {
      double x = 0, y = 0;
      for (unsigned int i = 0; i < level.n; ++i)
      {
        x += level.points[2 * level.cell_nodes[c * level.n + i]] / level.n;
        y += level.points[2 * level.cell_nodes[c * level.n + i] + 1] / level.n;
      }
      const double wave = std::sin(11 * x + sample) * std::sin(13 * y - x) +
                          0.5 * std::cos(23 * x * y + 2 * sample);
      mu.push_back(wave > 0.1 ? 1e4 : 1);
    }
    return mu;
  }

  /// For triangles and quadrilaterals.
  std::vector<const lanes::Kernels *> supported_kernels()
  {
    std::vector<const lanes::Kernels *> result;
    for (const int n_lanes : {1, 8, 16})
      for (const int n : {3, 4})
      {
        const lanes::Form form = lanes::difference_form;
        result.push_back(lanes::generic_kernels(n_lanes, n, form));
        if (has_avx2())
          result.push_back(lanes::avx2_kernels(n_lanes, n, form));
        if (has_avx512())
          result.push_back(lanes::avx512_kernels(n_lanes, n, form));
      }
    // Sixteen lanes are for wide registers only.
    result.erase(std::remove(result.begin(), result.end(), nullptr),
                 result.end());
    return result;
  }

  LanePatches::Children all(const unsigned int n, const bool is_scaled)
  {
    LanePatches::Children result = {std::vector<std::int32_t>(n), is_scaled};
    std::iota(result.place.begin(), result.place.end(), 0);
    return result;
  }

  /// The interpolation of one lane, rows of constrained nodes are zero.
  Dense interpolation(const LanePatches &patches, const unsigned int n_fine,
                      const LaneArray<float> &weights, const unsigned int lane)
  {
    Dense P(n_fine, patches.couplings.n_nodes);
    for (unsigned int i = 0; i < n_fine; ++i)
    {
      double last = 1;
      const int begin = patches.offsets[i], end = patches.offsets[i + 1];
      for (int k = begin; k < end; ++k)
      {
        const double weight =
            k + 1 < end
                ? weights[(patches.lane_rows[i] + k - begin) * width + lane]
                : last;
        P(i, patches.columns[k]) += weight;
        last -= weight;
      }
    }
    return P;
  }

  /// The matrix that couplings make.
  Dense from_couplings(const LanePatches &patches,
                       const LaneArray<float> &couplings,
                       const unsigned int lane)
  {
    Dense A(patches.couplings.n_nodes, patches.couplings.n_nodes);
    for (unsigned int c = 0; c < patches.couplings.n_cells; ++c)
    {
      const int i = patches.couplings.cell_nodes[2 * c],
                j = patches.couplings.cell_nodes[2 * c + 1];
      const double coupling = couplings[c * width + lane];
      A(i, i) += coupling;
      A(j, j) += coupling;
      A(i, j) -= coupling;
      A(j, i) -= coupling;
    }
    return A;
  }

  double distance(const Dense &A, const Dense &B)
  {
    double error = 0, size = 0;
    for (unsigned int i = 0; i < A.n_rows; ++i)
      for (unsigned int j = 0; j < A.n_columns; ++j)
      {
        error = std::max(error, std::abs(A(i, j) - B(i, j)));
        size = std::max(size, std::abs(B(i, j)));
      }
    return error / size;
  }

  /// Weights at middles of edges along an axis against the sums of columns of
  /// the stencil; at centres the row of A P is zero.
  void check_weights(const LaneLevel &fine, const LaneLevel &coarse,
                     const Dense &A, const Dense &P)
  {
    const Dense AP = multiply(A, P);
    for (unsigned int f = 0; f < fine.n_nodes; ++f)
    {
      double sum = 0;
      std::vector<unsigned int> columns;
      for (unsigned int q = 0; q < coarse.n_nodes; ++q)
      {
        sum += P(f, q);
        if (P(f, q) != 0)
          columns.push_back(q);
      }
      BOOST_TEST(std::abs(sum - 1) < 1e-6);
      if (columns.size() == 4)
        for (const unsigned int q : columns)
          BOOST_TEST(std::abs(AP(f, q)) < 1e-5 * A(f, f));
      if (columns.size() != 2)
        continue;
      for (const unsigned int d : {0, 1})
      {
        const double at = coarse.points[2 * columns[0] + d];
        if (at == coarse.points[2 * columns[1] + d] ||
            coarse.points[2 * columns[0] + 1 - d] !=
                coarse.points[2 * columns[1] + 1 - d])
          continue;
        double side = 0, both = 0;
        for (unsigned int j = 0; j < fine.n_nodes; ++j)
        {
          const double x = fine.points[2 * j + d];
          if (x == fine.points[2 * f + d])
            continue;
          both -= A(f, j);
          side -= (x < fine.points[2 * f + d]) == (at < fine.points[2 * f + d])
                      ? A(f, j)
                      : 0;
        }
        if (fine.n == 4)
          BOOST_TEST(P(f, columns[0]) == side / both,
                     boost::test_tools::tolerance(1e-5));
      }
    }
  }

  double spectral_radius(const Dense &A, const LaneArray<float> &inverse,
                         const unsigned int lane)
  {
    std::vector<double> x(A.n_rows), y(A.n_rows);
    for (unsigned int i = 0; i < A.n_rows; ++i)
      x[i] = systems::noise(i, 4);
    double norm = 0;
    for (unsigned int step = 0; step < 300; ++step)
    {
      std::fill(y.begin(), y.end(), 0.);
      for (unsigned int j = 0; j < A.n_columns; ++j)
        for (unsigned int i = 0; i < A.n_rows; ++i)
          y[i] += inverse[i * width + lane] * A(i, j) * x[j];
      norm = 0;
      for (const double value : y)
        norm = std::max(norm, std::abs(value));
      for (unsigned int i = 0; i < A.n_rows; ++i)
        x[i] = y[i] / norm;
    }
    return norm;
  }
} // namespace

BOOST_AUTO_TEST_SUITE(lane_patches)

BOOST_AUTO_TEST_CASE(coarse_matrices_are_those_of_galerkin)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for (const lanes::Kernels *const some : supported_kernels())
    for (const bool jumps : {false, true})
      BOOST_TEST_CONTEXT(some->n << " corners" << (jumps ? ", jumps" : ""))
      {
        const lanes::Kernels &kernels = *some;
        width = kernels.lanes;
        LaneFamily family = lattice(8, kernels.n);
        for (LaneLevel &level : family.levels)
          level.is_constrained.assign(level.n_nodes, false);
        const LaneLevel &fine = family.levels[0];
        LaneArray<float> values(fine.n_cells * width);
        std::vector<Dense> A;
        for (unsigned int lane = 0; lane < width; ++lane)
        {
          const std::vector<double> mu =
              jumps ? two_phases(fine, lane)
                    : families::coefficient(fine, lane);
          A.push_back(families::matrix(fine, mu));
          for (unsigned int c = 0; c < fine.n_cells; ++c)
            values[c * width + lane] = mu[c];
        }
        LanePatches::Children children = all(fine.n_cells, true);
        for (unsigned int l = 0; l < 2; ++l)
        {
          const LaneLevel &level = family.levels[l],
                          &coarse = family.levels[l + 1];
          const auto patches = LanePatches::find(level, coarse, children);
          BOOST_TEST_REQUIRE(patches.get());
          LaneArray<float> scratch(2 * patches->n_edges * width),
              weights(patches->n_weights * width),
              couplings(patches->couplings.n_cells * width),
              inverse(coarse.n_nodes * width);
          kernels.coarsen(patches->view(), values.data(), scratch.data(),
                          weights.data(), couplings.data());
          const std::vector<float> mask(coarse.n_nodes, 1.F);
          kernels.bounded_diagonal(coarse.n_nodes, patches->n_patches,
                                   patches->cell_nodes.data(), couplings.data(),
                                   mask.data(), inverse.data());
          for (unsigned int lane = 0; lane < width; ++lane)
          {
            const Dense P =
                interpolation(*patches, level.n_nodes, weights, lane);
            check_weights(level, coarse, A[lane], P);
            const Dense expected = multiply(P, multiply(A[lane], P), true);
            A[lane] = from_couplings(*patches, couplings, lane);
            BOOST_TEST(distance(A[lane], expected) < 1e-5);
            BOOST_TEST(spectral_radius(A[lane], inverse, lane) < 1.0001);
          }
          values = couplings;
          children = {patches->place, false};
        }
      }
}

BOOST_AUTO_TEST_CASE(few_iterations_where_the_coefficient_jumps)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  width = 8;
  for (const unsigned int n_corners : {3, 4})
    for (const std::string matrices : {"cells", "rows"})
    {
      const LaneFamily family = lattice(64, n_corners);
      const LaneLevel &level = family.levels[0];
      std::vector<std::vector<double>> mu, f, x;
      std::vector<const double *> a, b;
      for (unsigned int s = 0; s < width; ++s)
      {
        mu.push_back(two_phases(level, s));
        f.emplace_back();
        for (unsigned int i = 0; i < level.n_nodes; ++i)
          f.back().push_back(systems::noise(i, s));
      }
      for (unsigned int s = 0; s < width; ++s)
      {
        a.push_back(mu[s].data());
        b.push_back(f[s].data());
      }
      unsigned int most[2] = {};
      for (const std::string interpolation :
           {"geometric", "coefficient", "automatic"})
      {
        LaneMultigrid::Settings settings;
        settings.interpolation = interpolation;
        settings.matrices = matrices;
        settings.most_coarsest = 30;
        LaneMultigrid multigrid(family, settings);
        x.assign(width, std::vector<double>(level.n_nodes, 0.));
        std::vector<double *> u;
        for (std::vector<double> &sample : x)
          u.push_back(sample.data());
        unsigned int n = 0;
        for (const SolveResult &result : multigrid.solve(a, b, u, {}))
        {
          BOOST_TEST(result.converged(), result.message);
          n = std::max(n, result.iterations);
        }
        if (interpolation == "automatic")
        {
          BOOST_TEST(n == most[1]);
          // Once more without jumps: the other levels.
          const std::vector<double> one(level.n_cells, 1.);
          std::fill_n(u[0], level.n_nodes, 0.);
          BOOST_TEST(
              multigrid.solve({one.data()}, {b[0]}, {u[0]}, {})[0].converged());
          std::fill_n(u[0], level.n_nodes, 0.);
          BOOST_TEST(
              multigrid.solve({a[0]}, {b[0]}, {u[0]}, {})[0].iterations <=
              most[1]);
        }
        else
          most[interpolation == "coefficient"] = n;
      }
      BOOST_TEST(most[0] >= 25U);
      BOOST_TEST(most[1] <= (n_corners == 4 ? 0.5 : 0.75) * most[0]);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_patch_is_left_to_the_others)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  LaneFamily family = lattice(8, 4);
  const LanePatches::Children children = all(family.levels[0].n_cells, true);
  BOOST_TEST(
      LanePatches::find(family.levels[0], family.levels[1], children).get());
  // A coarse corner that is nowhere on the fine level.
  LaneFamily moved = family;
  moved.levels[1].points[24] += 0.01;
  BOOST_TEST(
      !LanePatches::find(moved.levels[0], moved.levels[1], children).get());
  // A cell with five children, and one with three.
  moved = family;
  moved.levels[0].parent[0] = 1;
  BOOST_TEST(
      !LanePatches::find(moved.levels[0], moved.levels[1], children).get());
  // Two corners in one child.
  moved = family;
  moved.levels[1].points[2] = moved.levels[0].points[2];
  BOOST_TEST(
      !LanePatches::find(moved.levels[0], moved.levels[1], children).get());
  // Reaction terms have no couplings.
  moved = family;
  moved.levels[0].constant = moved.levels[0].unit;
  BOOST_TEST(
      !LanePatches::find(moved.levels[0], moved.levels[1], children).get());
}

BOOST_AUTO_TEST_CASE(matrices_without_zero_row_sums_are_no_patches)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  LaneFamily family = lattice(16, 4);
  for (LaneLevel &level : family.levels)
    level.unit[0] *= 1.1;
  std::vector<double> mu = two_phases(family.levels[0], 0),
                      f(family.levels[0].n_nodes, 1.), x(f.size(), 0.);
  LaneMultigrid multigrid(family, {});
  BOOST_TEST(
      multigrid.solve({mu.data()}, {f.data()}, {x.data()}, {})[0].converged());
}

BOOST_AUTO_TEST_CASE(a_sample_beside_one_that_jumps_has_the_same_solution)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const LaneFamily family = lattice(32, 4);
  const LaneLevel &level = family.levels[0];
  const std::vector<double> smooth(level.n_cells, 2.),
      jumps = two_phases(level, 3), f(level.n_nodes, 1.);
  std::vector<double> alone(f.size(), 0.), beside = alone, other = alone;
  LaneMultigrid multigrid(family, {});
  BOOST_TEST(multigrid.solve({smooth.data()}, {f.data()}, {alone.data()}, {})[0]
                 .converged());
  for (const SolveResult &result :
       multigrid.solve({jumps.data(), smooth.data()}, {f.data()},
                       {other.data(), beside.data()}, {}))
    BOOST_TEST(result.converged());
  BOOST_TEST((alone != beside)); // it took other levels
  double error = 0, size = 0;
  for (std::size_t i = 0; i < f.size(); ++i)
  {
    error = std::max(error, std::abs(alone[i] - beside[i]));
    size = std::max(size, std::abs(alone[i]));
  }
  BOOST_TEST(error < 1e-7 * size);
}

BOOST_AUTO_TEST_CASE(a_bad_sample_is_not_a_jump)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const LaneFamily family = lattice(16, 4);
  const LaneLevel &level = family.levels[0];
  std::vector<double> bad(level.n_cells, 1e-3), good(level.n_cells, 1e-3),
      f(level.n_nodes, 1.), alone(f.size(), 0.), beside = alone, other = alone;
  for (unsigned int c = 0; c < level.n_cells; ++c)
    good[c] *= 1 + 0.1 * std::sin(c);
  bad[40] = std::nan("");
  LaneMultigrid multigrid(family, {});
  BOOST_TEST(multigrid.solve({good.data()}, {f.data()}, {alone.data()}, {})[0]
                 .converged());
  const auto results = multigrid.solve({bad.data(), good.data()}, {f.data()},
                                       {other.data(), beside.data()}, {});
  BOOST_TEST(!results[0].converged());
  BOOST_TEST(results[1].converged());
  BOOST_TEST((alone == beside)); // to the bit
}

BOOST_AUTO_TEST_SUITE_END()
