// SPDX-License-Identifier: LGPL-2.1-or-later
// What goes between samples one by one and lanes.
#include "lane_targets.h"
#include "systems.h"

#include <nodal/core/communicator.h>

#include <source/solver/lane_array.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

using namespace nodal;

namespace
{
  /// Samples of n positive numbers, and where each number goes.
  struct SampleArrays
  {
    SampleArrays(const unsigned int S, const int n)
        : S(S), n(n), values(S, std::vector<double>(n)), x(n * S),
          single(n * S), mask(n, 1.F)
    {
      for (std::vector<double> &sample : values)
      {
        for (double &x : sample)
          x = 2 + systems::noise(++i, 3);
        from.push_back(sample.data());
        to.push_back(sample.data());
      }
      for (int k = 0; k < n; ++k)
        index.push_back((k * 5 + 3) % n);
      for (int k = 0; k < n; k += 3)
        mask[k] = 0;
    }

    void clear()
    {
      for (std::vector<double> &sample : values)
        std::fill(sample.begin(), sample.end(), 0.);
    }

    const unsigned int S;
    const int n;
    PetscInt i = 0;
    std::vector<std::vector<double>> values;
    std::vector<const double *> from;
    std::vector<double *> to;
    std::vector<int> index; ///< each once, as 5 does not divide n
    LaneArray<double> x;
    LaneArray<float> single;
    std::vector<float> mask;
  };

  void check_gathering(const lanes::Kernels &kernels, SampleArrays &s)
  {
    const auto gather = [&]
    {
      return kernels.gather(s.n, s.index.data(), s.from.data(), s.x.data(),
                            s.single.data());
    };
    BOOST_TEST(gather() == 0U);
    bool is_equal = true;
    for (int k = 0; k < s.n; ++k)
      for (unsigned int lane = 0; lane < s.S; ++lane)
        is_equal &=
            s.x[k * s.S + lane] == s.values[lane][s.index[k]] &&
            s.single[k * s.S + lane] == float(s.values[lane][s.index[k]]);
    BOOST_TEST(is_equal);
    const double infinity = std::numeric_limits<double>::infinity();
    for (const double bad : {0., -1., infinity, -infinity, std::nan("")})
    {
      const unsigned int lane = s.S / 2;
      const double old = s.values[lane][s.n - 1];
      s.values[lane][s.n - 1] = bad;
      BOOST_TEST(gather() == 1U << lane);
      s.values[lane][s.n - 1] = old;
    }
  }

  void check_distribution(const lanes::Kernels &kernels, SampleArrays &s)
  {
    const auto distribute = [&]
    {
      return kernels.distribute(s.n, s.index.data(), s.from.data(),
                                s.mask.data(), s.x.data());
    };
    const std::vector<std::vector<double>> given = s.values;
    BOOST_TEST(distribute() == 3U);
    bool is_equal = true;
    for (int k = 0; k < s.n; ++k)
      for (unsigned int lane = 0; lane < s.S; ++lane)
        is_equal &= s.x[s.index[k] * s.S + lane] == s.values[lane][k];
    BOOST_TEST(is_equal);
    s.clear();
    kernels.collect(s.n, s.index.data(), s.x.data(), s.S - 1, s.to.data());
    for (unsigned int lane = 0; lane < s.S; ++lane)
      BOOST_TEST((s.values[lane] == given[lane]) == (lane < s.S - 1));

    s.clear();
    BOOST_TEST(distribute() == 0U);
    for (int k = 0; k < s.n; ++k)
    {
      s.values[s.S - 1][k] = 1e-300;
      BOOST_TEST(distribute() == (s.mask[s.index[k]] != 0 ? 2U : 1U));
      s.values[s.S - 1][k] = 0;
    }
  }
} // namespace

BOOST_AUTO_TEST_SUITE(lane_samples)

BOOST_AUTO_TEST_CASE(all_numbers_arrive)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for (const auto &[name, find] : lane_targets())
    for (const unsigned int n_lanes : {1, 8, 16})
      if (const auto *const kernels = find(n_lanes, 4, lanes::difference_form))
        BOOST_TEST_CONTEXT(name << ", " << n_lanes << " lanes")
        {
          SampleArrays samples(n_lanes, 131);
          check_gathering(*kernels, samples);
          check_distribution(*kernels, samples);
        }
}

BOOST_AUTO_TEST_SUITE_END()
