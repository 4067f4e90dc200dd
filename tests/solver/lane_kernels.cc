// SPDX-License-Identifier: LGPL-2.1-or-later
// Every kernel of the lane engine against plain dense arithmetic in double.
#include "lane_families.h"
#include "lane_targets.h"
#include "systems.h"

#include <nodal/core/communicator.h>

#include <source/solver/lane_level.h>
#include <source/solver/lane_runs.h>

#include <boost/test/unit_test.hpp>

using namespace nodal;
using families::Kind;

namespace
{
  unsigned int S = 8; ///< lanes of the kernels that are tested

  using Matrices = std::vector<Dense>;              ///< one per lane
  using Columns = std::vector<std::vector<double>>; ///< one per lane

  /// Fills vectors of lanes with numbers in (-1, 1).
  struct Noise
  {
    template <class T>
    LaneArray<T> operator()(const std::size_t n)
    {
      LaneArray<T> result(n * S);
      for (T &x : result)
        x = systems::noise(++i, 3);
      return result;
    }

    LaneArray<float> floats(const std::size_t n)
    {
      return (*this).operator()<float>(n);
    }

    PetscInt i = 0;
  };

  template <class T>
  Columns columns(const LaneArray<T> &lanes)
  {
    Columns result(S);
    for (std::size_t k = 0; k < lanes.size(); ++k)
      result[k % S].push_back(lanes[k]);
    return result;
  }

  std::vector<double> product(const Dense &A, const std::vector<double> &x)
  {
    std::vector<double> y(A.n_rows, 0.);
    for (unsigned int j = 0; j < A.n_columns; ++j)
      for (unsigned int i = 0; i < A.n_rows; ++i)
        y[i] += A(i, j) * x[j];
    return y;
  }

  /// Largest |a − b| relative to the largest |b|.
  double difference(const Columns &a, const Columns &b)
  {
    double error = 0, size = 1e-30;
    for (unsigned int lane = 0; lane < S; ++lane)
      for (std::size_t i = 0; i < b[lane].size(); ++i)
      {
        const double e = std::abs(a[lane][i] - b[lane][i]);
        error = e > error || !std::isfinite(e) ? e : error;
        size = std::max(size, std::abs(b[lane][i]));
      }
    return error / size;
  }

  double sum(const std::vector<double> &a, const std::vector<double> &b)
  {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.);
  }

  /// |found − a·b| / (‖a‖ ‖b‖)
  double product_error(const double found, const std::vector<double> &a,
                       const std::vector<double> &b)
  {
    return std::abs(found - sum(a, b)) / std::sqrt(sum(a, a) * sum(b, b));
  }

  /// One level with its vectors, and the same in plain arithmetic.
  struct Bench
  {
    Bench(const LevelKernels &chosen, const LaneFamily &family)
        : kernels(*chosen.sweeps), cell_kernels(*chosen.cells),
          family(family.levels[0]), level(family.levels[0], chosen, 4),
          n(family.levels[0].n_nodes), ring(level.ring() * S),
          ring_double(level.order.ring * S), values(level.order.packed),
          mask(level.mask.begin(), level.mask.end())
    {
      for (unsigned int lane = 0; lane < S; ++lane)
      {
        const std::vector<double> mu =
            families::coefficient(this->family, lane);
        A.push_back(families::matrix(this->family, mu));
        for (int place = 0; place < level.n_cells; ++place)
          level.coefficient[place * S + lane] = mu[level.order.cell_at[place]];
      }
      level.set_up();
      // Nodes of other ranks have no part in sums and products.
      for (int i = 1; i < n; i += 9)
        level.mask[i] = mask[i] = 0;
      level.r = noise.floats(n);
      level.z = correction();
    }

    /// A vector that is zero at constrained nodes.
    LaneArray<float> correction()
    {
      LaneArray<float> result = noise.floats(n);
      for (int i = 0; i < n; ++i)
        if (family.is_constrained[i])
          std::fill_n(&result[i * S], S, 0.F);
      return result;
    }

    lanes::LevelVectors vectors()
    {
      return {level.matrix(), level.inverse_diagonal.data(),
              level.r.data(), level.z.data(),
              coarse.data(),  coarse.data(),
              ring.data()};
    }

    /// Σ mask a b
    double sum(const std::vector<double> &a, const std::vector<double> &b) const
    {
      double result = 0;
      for (int i = 0; i < n; ++i)
        result += mask[i] * a[i] * b[i];
      return result;
    }

    /// z + ω D⁻¹ (r − A z), lane by lane.
    Columns smoothed(Columns z, const Columns &r, const double omega) const
    {
      for (unsigned int lane = 0; lane < S; ++lane)
      {
        const std::vector<double> Az = product(A[lane], z[lane]);
        for (int i = 0; i < n; ++i)
          if (!family.is_constrained[i])
            z[lane][i] += omega * level.inverse_diagonal[i * S + lane] *
                          (r[lane][i] - Az[i]);
      }
      return z;
    }

    const lanes::Kernels &kernels, &cell_kernels;
    const LaneLevel &family;
    SmoothedLevel level;
    const int n;
    Matrices A;
    LaneArray<float> ring, coarse;
    LaneArray<double> ring_double;
    std::vector<double> values, mask;
    Noise noise;
  };

  /// No eigenvalue of D⁻¹A is above one, and D is no larger than that asks for
  /// in a cell: its own spectrum ends below its number of nodes.
  void check_diagonal(const Bench &b)
  {
    for (unsigned int lane = 0; lane < S; ++lane)
    {
      std::vector<double> x(b.n);
      for (int i = 0; i < b.n; ++i)
      {
        x[i] = systems::noise(i, lane);
        const double scaled =
            b.level.inverse_diagonal[i * S + lane] * b.A[lane](i, i);
        BOOST_TEST((b.family.is_constrained[i]
                        ? scaled == 0
                        : scaled < 1.0001 && scaled * b.family.n > 0.96));
      }
      double largest = 0;
      for (unsigned int step = 0; step < 50; ++step)
      {
        x = product(b.A[lane], x);
        for (int i = 0; i < b.n; ++i)
          x[i] *= b.level.inverse_diagonal[i * S + lane];
        largest = std::sqrt(sum(x, x));
        for (double &value : x)
          value /= largest;
      }
      BOOST_TEST(largest < 1.0001);
      BOOST_TEST(largest > 0.2);
    }
  }

  void check_smoothing(Bench &b)
  {
    const Columns r = columns(b.level.r), z = columns(b.level.z);
    alignas(64) double rz[16];
    b.kernels.smooth(b.level.sweep(), b.vectors(), 0.3F, rz);
    const Columns expected = b.smoothed(z, r, 0.3F);
    BOOST_TEST(difference(columns(b.level.z), expected) < 1e-5);
    for (unsigned int lane = 0; lane < S; ++lane)
      BOOST_TEST(std::abs(rz[lane] - b.sum(r[lane], expected[lane])) <
                 1e-6 * std::sqrt(sum(r[lane], r[lane]) *
                                  sum(expected[lane], expected[lane])));

    const float omega[2] = {0.2F, 0.4F};
    const Columns zero(S, std::vector<double>(b.n, 0.));
    b.kernels.smooth_from_zero(b.level.sweep(), b.vectors(), omega, nullptr,
                               nullptr, nullptr, nullptr);
    BOOST_TEST(
        difference(columns(b.level.z), b.smoothed(b.smoothed(zero, r, omega[0]),
                                                  r, omega[1])) < 1e-5);
  }

  void check_krylov(Bench &b)
  {
    LaneArray<float> p = b.correction(), q = b.noise.floats(b.n);
    LaneArray<double> x = b.noise.operator()<double>(b.n);
    const lanes::KrylovVectors krylov = {p.data(), q.data(), x.data()};
    const LaneArray<float> alpha = b.noise.floats(1);
    const LaneArray<double> step = b.noise.operator()<double>(1);
    Columns r = columns(b.level.r), expected_x = columns(x);
    const Columns old_p = columns(p), old_q = columns(q);
    const float omega[2] = {0.2F, 0.4F};
    alignas(64) double result[16];
    b.kernels.smooth_from_zero(b.level.sweep(), b.vectors(), omega, &krylov,
                               alpha.data(), step.data(), result);
    for (unsigned int lane = 0; lane < S; ++lane)
    {
      for (int i = 0; i < b.n; ++i)
      {
        r[lane][i] -= alpha[lane] * old_q[lane][i];
        expected_x[lane][i] += step[lane] * old_p[lane][i];
      }
      BOOST_TEST(result[lane] == b.sum(r[lane], r[lane]),
                 boost::test_tools::tolerance(1e-4));
    }
    BOOST_TEST(difference(columns(b.level.r), r) < 1e-5);
    BOOST_TEST(difference(columns(x), expected_x) < 1e-14);

    const Columns z = columns(b.level.z);
    b.kernels.direction(b.level.sweep(), b.vectors(), krylov, alpha.data(),
                        result);
    Columns new_p = z, new_q(S);
    for (unsigned int lane = 0; lane < S; ++lane)
    {
      for (int i = 0; i < b.n; ++i)
        new_p[lane][i] += alpha[lane] * old_p[lane][i];
      new_q[lane] = product(b.A[lane], new_p[lane]);
      for (int i = 0; i < b.n; ++i)
        new_q[lane][i] *= b.mask[i];
      BOOST_TEST(product_error(result[lane], new_p[lane], new_q[lane]) < 1e-6);
    }
    BOOST_TEST(difference(columns(p), new_p) < 1e-5);
    BOOST_TEST(difference(columns(q), new_q) < 1e-5);
  }

  void check_transfer(Bench &b)
  {
    // Every free node interpolates from two of n / 2 coarse ones.
    const int n_coarse = b.n / 2;
    b.level.geometric.offsets = {0};
    b.level.geometric.columns.clear();
    b.level.geometric.weights.clear();
    for (int i = 0; i < b.n; ++i)
    {
      if (!b.family.is_constrained[i])
        for (const int shift : {0, 3})
        {
          b.level.geometric.columns.push_back((i / 2 + shift) % n_coarse);
          b.level.geometric.weights.push_back(0.25F + 0.01F * i);
        }
      b.level.geometric.offsets.push_back(b.level.geometric.columns.size());
    }
    const auto transfer = [&](const auto &add)
    {
      for (unsigned int lane = 0; lane < S; ++lane)
        for (int i = 0; i < b.n; ++i)
          for (int k = b.level.geometric.offsets[i];
               k < b.level.geometric.offsets[i + 1]; ++k)
            add(lane, i, b.level.geometric.columns[k],
                b.level.geometric.weights[k]);
    };
    b.coarse.resize(n_coarse * S);
    std::fill(b.coarse.begin(), b.coarse.end(), 0.F);
    const Columns r = columns(b.level.r), z = columns(b.level.z);
    b.kernels.restrict_residual(b.level.sweep(), b.level.transfer(),
                                b.vectors());
    Columns expected(S, std::vector<double>(n_coarse, 0.)), Az(S);
    for (unsigned int lane = 0; lane < S; ++lane)
      Az[lane] = product(b.A[lane], z[lane]);
    transfer(
        [&](const unsigned int lane, const int i, const int j, const double w)
        { expected[lane][j] += b.mask[i] * w * (r[lane][i] - Az[lane][i]); });
    BOOST_TEST(difference(columns(b.coarse), expected) < 1e-5);

    Columns corrected = z;
    const Columns coarse = columns(b.coarse);
    transfer(
        [&](const unsigned int lane, const int i, const int j, const double w)
        { corrected[lane][i] += w * coarse[lane][j]; });
    b.kernels.prolong_and_smooth(b.level.sweep(), b.level.transfer(),
                                 b.vectors(), 0.3F);
    BOOST_TEST(difference(columns(b.level.z), b.smoothed(corrected, r, 0.3F)) <
               1e-5);
  }

  void check_residual(Bench &b)
  {
    LaneArray<double> a(b.level.coefficient.size());
    std::copy(b.level.coefficient.begin(), b.level.coefficient.end(),
              a.begin());
    for (const auto &[is_shared, is_zero] :
         {std::pair(false, false), std::pair(true, false),
          std::pair(false, true), std::pair(true, true)})
    {
      LaneArray<double> x = b.noise.operator()<double>(b.n);
      const LaneArray<double> f = b.noise.operator()<double>(b.n),
                              scale = b.noise.operator()<double>(1);
      if (is_zero)
        std::fill(x.begin(), x.end(), 0.);
      LaneArray<float> r(b.n * S);
      alignas(64) double norm_squared[16];
      b.cell_kernels.residual(b.level.order.view(b.values, b.mask), a.data(),
                              is_zero ? nullptr : x.data(), f.data(), is_shared,
                              scale.data(), r.data(), b.ring_double.data(),
                              norm_squared);
      const Columns right = columns(f), solution = columns(x);
      Columns expected(S);
      for (unsigned int lane = 0; lane < S; ++lane)
      {
        const std::vector<double> Ax = product(b.A[lane], solution[lane]);
        for (int i = 0; i < b.n; ++i)
          expected[lane].push_back(
              b.mask[i] * ((is_shared ? f[i] : right[lane][i]) - Ax[i]));
        BOOST_TEST(norm_squared[lane] == sum(expected[lane], expected[lane]),
                   boost::test_tools::tolerance(1e-6));
        for (double &entry : expected[lane])
          entry *= scale[lane];
      }
      // The coefficients are those of single precision.
      BOOST_TEST(difference(columns(r), expected) < 1e-6);
    }
  }

  /// What one sweep leaves in the ring would be in the sums of the next.
  void check_ring(const Bench &b)
  {
    BOOST_TEST(std::count(b.ring.begin(), b.ring.end(), 0.F) ==
               std::ptrdiff_t(b.ring.size()));
    BOOST_TEST(std::count(b.ring_double.begin(), b.ring_double.end(), 0.) ==
               std::ptrdiff_t(b.ring_double.size()));
  }
} // namespace

BOOST_AUTO_TEST_SUITE(lane_kernels)

BOOST_AUTO_TEST_CASE(kernels_do_what_dense_arithmetic_does)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const std::pair<Kind, lanes::Form> kinds[] = {
      {Kind::zero_row_sums, lanes::difference_form},
      {Kind::no_constant, lanes::affine_form},
      {Kind::with_constant, lanes::affine_form}};
  for (const auto &[name, find] : lane_targets())
    for (const unsigned int n : {3, 4, 6, 8, 9, 10, 12, 18, 24, 27})
      for (const auto &[kind, form] : kinds)
      {
        for (const unsigned int n_lanes : {8, 16})
        {
          S = n_lanes;
          if (S == 16 && name != "avx512")
            continue;
          const LevelKernels cells = {find(S, n, form), find(S, n, form)},
                             rows = {cells.cells, find(S, 0, lanes::row_form)};
          BOOST_TEST_REQUIRE(cells.cells);
          BOOST_TEST_REQUIRE(rows.sweeps);
          const LaneFamily family = families::random_family(n, kind);
          for (const LevelKernels &kernels : {cells, rows})
            BOOST_TEST_CONTEXT(
                name << ", " << S << " lanes, " << n << " nodes, form " << form
                     << (kernels.sweeps == rows.sweeps ? ", in rows" : ""))
            {
              BOOST_TEST(find_form(family) == form);
              Bench bench(kernels, family);
              check_diagonal(bench);
              check_smoothing(bench);
              check_krylov(bench);
              check_transfer(bench);
              check_residual(bench);
              check_ring(bench);
            }
        }
      }
}

BOOST_AUTO_TEST_CASE(coefficients_of_coarse_cells_are_power_means)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for (const auto &[name, find] : lane_targets())
    BOOST_TEST_CONTEXT(name)
    {
      S = 8;
      const lanes::Kernels &kernels = *find(S, 4, lanes::difference_form);
      LaneArray<float> fine(5 * S), coarse(2 * S);
      for (unsigned int k = 0; k < fine.size(); ++k)
        fine[k] = 1e-4 + k * k;
      const int offsets[] = {0, 3, 4}, children[] = {4, 0, 2, 1};
      const float weights[] = {0.2F, 0.5F, 0.3F, 1};
      kernels.average(2, offsets, children, weights, fine.data(),
                      coarse.data());
      for (unsigned int lane = 0; lane < S; ++lane)
      {
        const auto root = [&](const int c)
        { return std::sqrt(double(fine[c * S + lane])); };
        BOOST_TEST(
            coarse[lane] ==
                std::pow(0.2 * root(4) + 0.5 * root(0) + 0.3 * root(2), 2),
            boost::test_tools::tolerance(1e-6));
        BOOST_TEST(coarse[S + lane] == fine[S + lane],
                   boost::test_tools::tolerance(1e-6F));
      }
    }
}

BOOST_AUTO_TEST_CASE(runs_hold_all_cells_and_share_nodes)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const auto check = [](const LaneLevel &level, const double least)
  {
    const unsigned int n = level.n;
    const LaneRuns runs(level.cell_nodes.data(), level.n_cells, n);
    std::vector<unsigned int> sorted = runs.cells;
    std::sort(sorted.begin(), sorted.end());
    for (unsigned int c = 0; c < level.n_cells; ++c)
      BOOST_TEST_REQUIRE(sorted[c] == c);
    const auto node = [&](const unsigned int place, const unsigned int i)
    {
      return level
          .cell_nodes[runs.cells[place] * n + runs.locals[place * n + i]];
    };
    unsigned int place = 0;
    for (const int length : runs.lengths)
    {
      for (int k = 1; k < length; ++k)
        for (const unsigned int i : {0, 1})
          BOOST_TEST(node(place + k, i) == node(place + k - 1, n - 2 + i));
      place += length;
    }
    BOOST_TEST(place == level.n_cells);
    for (unsigned int c = 0; c < level.n_cells; ++c)
    {
      std::set<unsigned int> locals(&runs.locals[c * n],
                                    &runs.locals[c * n] + n);
      BOOST_TEST(locals.size() == n);
    }
    BOOST_TEST(double(level.n_cells) / runs.lengths.size() >= least);
  };
  check(families::square(16).levels[0], 15.9);
  check(families::triangles(8).levels[0], 4);
  check(families::random_family(3, Kind::zero_row_sums).levels[0], 1);
  check(families::random_family(4, Kind::zero_row_sums).levels[0], 1);
}

BOOST_AUTO_TEST_CASE(factorisation_solves)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const LaneFamily family = families::random_family(4, Kind::with_constant);
  const LaneLevel &level = family.levels[0];
  for (const auto &[name, find] : lane_targets())
    BOOST_TEST_CONTEXT(name)
    {
      S = 8;
      const lanes::Kernels &kernels = *find(S, 4, lanes::affine_form);
      FactoredLevel factored(level, S);
      Matrices A;
      for (unsigned int lane = 0; lane < S; ++lane)
      {
        const std::vector<double> mu = families::coefficient(level, lane);
        A.push_back(families::eliminated(level, families::matrix(level, mu)));
        for (unsigned int c = 0; c < level.n_cells; ++c)
          factored.coefficient[c * S + lane] = mu[c];
      }
      kernels.add_cells(factored.sum(), factored.coefficient.data(),
                        factored.entries.data());
      kernels.factorise(factored.factor.view(), factored.entries.data());
      factored.x = Noise().floats(factored.n_free);
      const Columns b = columns(factored.x);
      kernels.solve(factored.factor.view(), factored.entries.data(),
                    factored.x.data());
      const Columns x = columns(factored.x);
      Columns residual(S, std::vector<double>(factored.n_free, 0.));
      for (unsigned int lane = 0; lane < S; ++lane)
        for (unsigned int i = 0; i < level.n_nodes; ++i)
          for (unsigned int j = 0; j < level.n_nodes; ++j)
            if (factored.place[i] >= 0 && factored.place[j] >= 0)
              residual[lane][factored.place[i]] +=
                  A[lane](i, j) * x[lane][factored.place[j]];
      BOOST_TEST(difference(residual, b) < 1e-4);
    }
}

BOOST_AUTO_TEST_SUITE_END()
