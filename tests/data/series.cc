// SPDX-License-Identifier: LGPL-2.1-or-later
// Sums of Chebyshev series against their definition.
#include <nodal/core/communicator.h>

#include <source/data/chebyshev_series.h>
#include <source/data/series_kernels.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <random>

using namespace nodal;

namespace
{
  template <int dim>
  using Points = std::vector<std::array<double, dim>>;

  template <int dim>
  std::vector<double> values_of(const Points<dim> &points,
                                const std::vector<double> &coefficients,
                                const unsigned int n_modes)
  {
    ChebyshevSeries<dim> series;
    series.set_points(points);
    std::vector<double> values(2 * points.size(), 1.);
    series.add(coefficients, n_modes, values, 1, 2);
    return values;
  }

  template <int dim>
  void check_series(const unsigned int n_modes)
  {
    std::mt19937 random(n_modes);
    std::uniform_real_distribution<double> uniform(-1, 1);
    Points<dim> points(37);
    for (auto &point : points)
      for (double &x : point)
        x = uniform(random);
    // Both ends, where θ is not a smooth function of t, and close to them.
    points[0].fill(1);
    points[1].fill(-1);
    points[2].fill(1 - 1e-12);
    points[3].fill(-1 + 1e-9);
    points[4].fill(0);
    // On borders of strips, see SeriesExpansions, and next to them.
    for (int i = 0; i < 8; ++i)
    {
      const double border = std::cos(M_PI * (7 * i + 1) /
                                     (series::strips_per_mode(dim) * n_modes));
      points[20 + i].fill(border);
      points[28 + i].fill(std::nextafter(border, i % 2 == 0 ? 2 : -2));
    }
    std::vector<double> coefficients(std::pow(n_modes, dim) + 0.5);
    double size = 0;
    for (double &c : coefficients)
      size += std::abs(c = uniform(random));

    const std::vector<double> found =
        values_of<dim>(points, coefficients, n_modes);
    double error = 0;
    for (std::size_t i = 0; i < points.size(); ++i)
    {
      BOOST_TEST(found[2 * i] == 1.); // others' entries
      double expected = 1;
      for (std::size_t k = 0; k < coefficients.size(); ++k)
      {
        double term = coefficients[k];
        std::size_t index = k;
        for (int d = dim - 1; d >= 0; --d, index /= n_modes)
          term *= std::cos(index % n_modes * std::acos(points[i][d]));
        expected += term;
      }
      error = std::max(error, std::abs(found[2 * i + 1] - expected));
    }
    BOOST_TEST_CONTEXT(dim << "d, " << n_modes << " modes")
    {
      BOOST_TEST(error < 2e-11 * size);
      // A point has the same value in any company.
      for (const std::size_t i : {0, 5, 36})
        BOOST_TEST(values_of<dim>({points[i]}, coefficients, n_modes)[1] ==
                   found[2 * i + 1]);
      // So it has between those of a lattice.
      Points<dim> lattice;
      for (const std::size_t i : {7, 8, 9, 10, 11})
        for (const std::size_t j : {7, 9, 12})
        {
          lattice.push_back(points[7]);
          lattice.back()[0] = points[i][0];
          lattice.back()[dim - 1] = points[j][dim - 1];
        }
      // One strip has two of its coordinates.
      for (const double step : {1e-7, 2e-7})
      {
        lattice.push_back(lattice[0]);
        lattice.back()[0] += step;
      }
      lattice.push_back(points[12]);
      const std::vector<double> values =
          values_of<dim>(lattice, coefficients, n_modes);
      BOOST_TEST(values[1] == found[2 * 7 + 1]);
      for (const std::size_t i : {15, 16})
        BOOST_TEST(values_of<dim>({lattice[i]}, coefficients, n_modes)[1] ==
                   values[2 * i + 1]);
      BOOST_TEST(values.back() == found[2 * 12 + 1]);
      // So it has among few or many neighbours.
      for (const int n : {5, 8, 9, 16, 17, 25, 40, 70})
      {
        Points<dim> crowd(n, points[5]);
        for (int i = 0; i < n; ++i)
          for (double &x : crowd[i])
            x += 1e-7 * (i - n / 2);
        BOOST_TEST(
            values_of<dim>(crowd, coefficients, n_modes)[2 * (n / 2) + 1] ==
            found[2 * 5 + 1]);
      }
    }
  }

  template <int dim>
  void check_mode(const unsigned int n_modes, const unsigned int first)
  {
    std::vector<double> coefficients(std::pow(n_modes, dim) + 0.5);
    const std::size_t stride = coefficients.size() / n_modes;
    coefficients[(first + 1) * stride - 1] = 1;
    Points<dim> points(2000);
    for (std::size_t i = 0; i < points.size(); ++i)
    {
      points[i][0] = std::cos(i * M_PI / 1999);
      for (int d = 1; d < dim; ++d)
        points[i][d] = std::sin(d * i);
    }
    const std::vector<double> found =
        values_of<dim>(points, coefficients, n_modes);
    double error = 0;
    for (std::size_t i = 0; i < points.size(); ++i)
    {
      double expected = std::cos(first * std::acos(points[i][0]));
      for (int d = 1; d < dim; ++d)
        expected *= std::cos((n_modes - 1) * std::acos(points[i][d]));
      error = std::max(error, std::abs(found[2 * i + 1] - 1 - expected));
    }
    BOOST_TEST_CONTEXT(dim << "d, mode " << first << " of " << n_modes)
    BOOST_TEST(error < 2e-11);
  }
} // namespace

BOOST_AUTO_TEST_SUITE(series)

BOOST_AUTO_TEST_CASE(sums_are_those_of_the_definition)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for (const unsigned int n_modes : {1, 2, 7, 11, 12, 16, 20, 21, 32, 33, 50})
    check_series<2>(n_modes);
  for (const unsigned int n_modes : {1, 4, 5, 6, 8, 9, 16, 17, 18, 24, 25})
    check_series<3>(n_modes);
}

// What expansions leave out is most in the highest mode in 2d, in 3d at about
// 0.7 times that, see series::strip_correction.
BOOST_AUTO_TEST_CASE(single_modes_are_within_the_bound)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for (const unsigned int n_modes : {12, 16, 32, 40})
    check_mode<2>(n_modes, n_modes - 1);
  for (const unsigned int n_modes : {6, 8, 16, 17, 24})
    for (const double part : {0.6, 0.7, 0.75, 0.8, 1.})
      check_mode<3>(n_modes, part * (n_modes - 1));
}

BOOST_AUTO_TEST_SUITE_END()
