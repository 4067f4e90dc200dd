// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernels of triangular sweeps, for every processor, against plain loops.
#include <nodal/core/processor.h>

#include <source/solver/sweep_kernels.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <random>
#include <vector>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(triangular_sweep)

namespace
{
  constexpr int lanes = sweeps::lanes, n_blocks = 7, n = lanes * n_blocks;

  std::vector<double> random_numbers(const unsigned int seed)
  {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<double> result(n);
    for (double &x : result)
      x = uniform(generator);
    return result;
  }

  void check(const std::vector<double> &found,
             const std::vector<double> &expected)
  {
    for (int i = 0; i < n; ++i)
      BOOST_TEST(std::abs(found[i] - expected[i]) <
                 1e-13 * (1 + std::abs(expected[i])));
  }

  template <class Test>
  void for_every_processor(const Test &test)
  {
    test(sweeps::generic_kernels());
    if (has_avx2())
      test(sweeps::avx2_kernels());
    if (has_avx512())
      test(sweeps::avx512_kernels());
  }

  std::vector<int> shuffled()
  {
    std::vector<int> result;
    for (int i = 0; i < n; ++i)
      result.push_back(17 * i % n);
    return result;
  }
} // namespace

BOOST_AUTO_TEST_CASE(sweeps_solve_triangular_systems)
{
  std::vector<int> offsets = {0, 0}, columns;
  for (int k = 1; k < n_blocks; ++k)
    offsets.push_back(offsets.back() + k % 4);
  std::vector<float> values;
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (int k = 0; k < n_blocks; ++k)
    for (int t = offsets[k]; t < offsets[k + 1]; ++t)
      for (int l = 0; l < lanes; ++l)
      {
        columns.push_back((5 * l + 3 * t) % (lanes * k));
        values.push_back(uniform(generator));
      }
  const std::vector<double> values_in_double(values.begin(), values.end());
  const std::vector<int> rows = shuffled();
  const std::vector<double> s = random_numbers(1), x = random_numbers(2);
  double square = 0;
  for (int i = 0; i < n; ++i)
  {
    double entry = x[i];
    for (int t = offsets[i / lanes]; t < offsets[i / lanes + 1]; ++t)
      entry -= values_in_double[lanes * t + i % lanes] *
               x[columns[lanes * t + i % lanes]];
    square += s[i] * entry * s[i] * entry;
  }
  for_every_processor(
      [&](const sweeps::Kernels &kernels)
      {
        const double found = kernels.square(
            {n_blocks, offsets.data(), columns.data(), values_in_double.data()},
            s.data(), x.data());
        BOOST_TEST(std::abs(found - square) < 1e-13 * square);
      });
  for (const bool is_in_places : {false, true})
  {
    std::vector<double> expected(n);
    for (int i = 0; i < n; ++i)
    {
      expected[i] = is_in_places ? x[i] : s[i] * x[rows[i]];
      const int k = i / lanes, l = i % lanes;
      for (int t = offsets[k]; t < offsets[k + 1]; ++t)
        expected[i] +=
            values_in_double[lanes * t + l] * expected[columns[lanes * t + l]];
    }
    for_every_processor(
        [&](const sweeps::Kernels &kernels)
        {
          const int *const order = is_in_places ? nullptr : rows.data();
          std::vector<double> y(n);
          kernels.sweep_float(
              {n_blocks, offsets.data(), columns.data(), values.data()}, order,
              s.data(), x.data(), y.data());
          check(y, expected);
          // The same matrix times what was found, by rows in any order.
          std::vector<double> products(n), plain(n);
          for (int i = 0; i < n; ++i)
          {
            const int k = i / lanes, l = i % lanes;
            for (int t = offsets[k]; t < offsets[k + 1]; ++t)
              plain[rows[i]] += values_in_double[lanes * t + l] *
                                expected[columns[lanes * t + l]];
          }
          kernels.multiply(
              {n_blocks, offsets.data(), columns.data(), values.data()},
              rows.data(), expected.data(), products.data());
          check(products, plain);
          y.assign(n, 0.);
          kernels.sweep_double({n_blocks, offsets.data(), columns.data(),
                                values_in_double.data()},
                               order, s.data(), x.data(), y.data());
          check(y, expected);
        });
  }
}

BOOST_AUTO_TEST_CASE(vectors_of_an_iteration)
{
  const std::vector<int> places = shuffled();
  const std::vector<double> z = random_numbers(1), u = random_numbers(3),
                            q = random_numbers(4), r = random_numbers(5),
                            v = random_numbers(6), x = random_numbers(7);
  const double beta = 0.7, m = 0.6, alpha = -1.3;
  std::vector<double> new_u(n), new_q(n), new_t(n), new_x(n), new_r(n);
  double product = 0, square = 0;
  for (int i = 0; i < n; ++i)
  {
    new_u[i] = z[places[i]] + beta * u[i];
    new_q[i] = r[i] + beta * q[i];
    new_t[i] = new_q[i] - m * new_u[i];
    product += q[i] * (u[i] + v[i]);
    new_x[i] = x[i] + alpha * u[i];
    new_r[i] = r[i] - alpha * (u[i] + v[i]);
    square += new_r[i] * new_r[i];
  }
  for_every_processor(
      [&](const sweeps::Kernels &kernels)
      {
        std::vector<double> U = u, Q = q, T(n), X = x, R = r;
        BOOST_TEST(std::abs(kernels.product(n, q.data(), u.data(), v.data()) -
                            product) < 1e-12);
        BOOST_TEST(std::abs(kernels.step(n, alpha, u.data(), v.data(), X.data(),
                                         R.data()) -
                            square) < 1e-12 * square);
        check(X, new_x);
        check(R, new_r);
        kernels.directions(n, places.data(), beta, z.data(), r.data(), m,
                           U.data(), Q.data(), T.data());
        check(U, new_u);
        check(Q, new_q);
        check(T, new_t);
      });
}

BOOST_AUTO_TEST_CASE(panels_are_as_their_columns)
{
  // Panels of no rows, and of as many as sums are unrolled, and not.
  const std::vector<int> offsets = {0, 0, 1, 5, 8, 17, 21};
  const int n_panels = int(offsets.size()) - 1, n_rows = offsets.back();
  std::vector<int> rows;
  for (int k = 0; k < n_panels; ++k)
    for (int t = offsets[k]; t < offsets[k + 1]; ++t)
      rows.push_back((11 * k + 5 * (t - offsets[k])) % n);
  for (const int stride : {4, 8, 12})
  {
    std::vector<double> values;
    while (int(values.size()) < stride * n_rows)
    {
      const std::vector<double> more = random_numbers(values.size() + 1);
      values.insert(values.end(), more.begin(), more.end());
    }
    const std::vector<double> x = random_numbers(90),
                              factors = random_numbers(91);
    for (int begin = 0; begin < stride; begin += 4)
    {
      std::vector<double> products(4 * n_panels, 0.), sums = x;
      for (int k = 0; k < n_panels; ++k)
        for (int t = offsets[k]; t < offsets[k + 1]; ++t)
          for (int c = 0; c < 4; ++c)
          {
            const double value = values[stride * t + begin + c];
            products[4 * k + c] += value * x[rows[t]];
            sums[rows[t]] += value * factors[4 * k + c];
          }
      for_every_processor(
          [&](const sweeps::Kernels &kernels)
          {
            std::vector<double> found(4 * n_panels, 7.), added = x;
            kernels.panel_products(n_panels, offsets.data(), rows.data(),
                                   stride, values.data() + begin, x.data(),
                                   found.data());
            for (int i = 0; i < 4 * n_panels; ++i)
              BOOST_TEST(std::abs(found[i] - products[i]) < 1e-13);
            kernels.panel_add(n_panels, offsets.data(), rows.data(), stride,
                              values.data() + begin, factors.data(),
                              added.data());
            check(added, sums);
          });
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
