// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/random.h>
#include <nodal/data/sequence.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace nodal;

namespace
{
  /// Samples in a space of @p n_features dimensions, of which two matter.
  std::vector<double> features(const unsigned int n,
                               const unsigned int n_features)
  {
    Random random(1, 0, 0);
    std::vector<double> result;
    for (unsigned int i = 0; i < n; ++i)
    {
      const double a = random.uniform(), b = random.uniform();
      for (unsigned int j = 0; j < n_features; ++j)
        result.push_back(a * std::cos(j) + b * std::sin(j) +
                         0.01 * random.normal());
    }
    return result;
  }

  bool is_permutation(std::vector<unsigned int> order, const unsigned int n)
  {
    std::vector<unsigned int> ids(n);
    std::iota(ids.begin(), ids.end(), 0);
    std::sort(order.begin(), order.end());
    return order == ids;
  }
} // namespace

BOOST_AUTO_TEST_SUITE(sequence)

BOOST_AUTO_TEST_CASE(orders_are_permutations_and_shorten_the_path)
{
  const unsigned int n = 600, n_features = 20;
  const std::vector<double> x = features(n, n_features);
  const double unsorted =
      path_length(x, n_features, sort_samples(x, n_features, "none", 1));
  for (const std::string method : {"greedy", "hilbert", "auto"})
    for (const unsigned int n_chunks : {1, 7, 1000})
    {
      const std::vector<unsigned int> order =
          sort_samples(x, n_features, method, n_chunks);
      BOOST_TEST(is_permutation(order, n));
      const double length = path_length(x, n_features, order);
      BOOST_TEST_MESSAGE(method << " with " << n_chunks << " chunks: "
                                << 100 * length / unsorted << " %");
      BOOST_TEST(length < 0.25 * unsorted);
    }
  BOOST_TEST(sort_samples(x, n_features, "greedy", 1)[0] == 0);
}

BOOST_AUTO_TEST_CASE(greedy_goes_to_the_nearest)
{
  const std::vector<unsigned int> expected = {0, 3, 1, 4, 2};
  BOOST_CHECK(sort_samples({0, 2, 9, -1, 4}, 1, "greedy", 1) == expected);
  // Ties go to the smaller id.
  const std::vector<unsigned int> tie = {0, 1, 2, 3};
  BOOST_CHECK(sort_samples({0, 1, -1, -1}, 1, "greedy", 1)[1] == 1);
  BOOST_CHECK(sort_samples({5, 5, 5, 5}, 1, "hilbert", 1) == tie);
}

BOOST_AUTO_TEST_CASE(chunks_are_contiguous_on_the_curve)
{
  // Points on a line: each chunk holds a segment of it.
  std::vector<double> x;
  for (unsigned int i = 0; i < 100; ++i)
    x.push_back((i * 37) % 100);
  const std::vector<unsigned int> order = sort_samples(x, 1, "hilbert", 4);
  for (unsigned int c = 0; c < 4; ++c)
  {
    double lower = 1000, upper = -1;
    for (unsigned int i = 25 * c; i < 25 * (c + 1); ++i)
    {
      lower = std::min(lower, x[order[i]]);
      upper = std::max(upper, x[order[i]]);
    }
    BOOST_TEST(upper - lower == 24);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_sorted)
{
  BOOST_TEST(sort_samples({}, 3, "greedy", 1).empty());
  BOOST_TEST(sort_samples({1.}, 1, "hilbert", 3).size() == 1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  BOOST_CHECK_THROW(sort_samples({0, nan, 1, 2}, 1, "greedy", 1),
                    NumericalFailure);
  BOOST_CHECK_THROW(sort_samples({0, 1, 2, 3}, 1, "sorted", 1), BadInput);
}

BOOST_AUTO_TEST_SUITE_END()
