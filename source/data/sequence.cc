// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/random.h>
#include <nodal/data/sequence.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

namespace nodal
{
  namespace
  {
    using Order = std::vector<unsigned int>;

    /// Squared distance of two samples, or something larger than @p limit as
    /// soon as that is exceeded.
    double distance2(const double *a, const double *b, const unsigned int n,
                     const double limit)
    {
      double sum = 0;
      for (unsigned int begin = 0; begin < n && sum <= limit; begin += 32)
        for (unsigned int i = begin; i < std::min(n, begin + 32); ++i)
          sum += (a[i] - b[i]) * (a[i] - b[i]);
      return sum;
    }

    /// Put samples [begin, end) of @p order in greedy order from the first on.
    void sort_greedily(const std::vector<double> &features,
                       const unsigned int n_features,
                       const Order::iterator begin, const Order::iterator end)
    {
      for (auto last = begin; last != end && last + 1 != end; ++last)
      {
        double best = std::numeric_limits<double>::infinity();
        auto nearest = last + 1;
        for (auto candidate = last + 1; candidate != end; ++candidate)
        {
          const double d =
              distance2(&features[*last * n_features],
                        &features[*candidate * n_features], n_features, best);
          // Ties go to the smaller id, so that the order is unique.
          if (d < best || (d == best && *candidate < *nearest))
          {
            best = d;
            nearest = candidate;
          }
        }
        std::iter_swap(last + 1, nearest);
      }
    }

    /**
     * Coordinates of all samples along the directions of largest variance, by
     * subspace iteration on the centred features; between two and four
     * directions, those with at least 5 % of the largest variance.
     */
    std::vector<std::array<double, 4>>
    principal_coordinates(const std::vector<double> &features,
                          const unsigned int n, const unsigned int n_features,
                          unsigned int &n_directions)
    {
      std::vector<double> mean(n_features, 0.);
      for (std::size_t i = 0; i < features.size(); ++i)
        mean[i % n_features] += features[i] / n;

      const unsigned int m = std::min(4u, n_features);
      std::vector<std::vector<double>> directions(
          m, std::vector<double>(n_features));
      Random random(1, 0, 0);
      for (auto &direction : directions)
        for (double &x : direction)
          x = random.normal();

      std::vector<std::array<double, 4>> coordinates(n);
      const auto project = [&]
      {
        for (unsigned int i = 0; i < n; ++i)
          for (unsigned int k = 0; k < m; ++k)
          {
            double sum = 0;
            for (unsigned int j = 0; j < n_features; ++j)
              sum += (features[i * std::size_t(n_features) + j] - mean[j]) *
                     directions[k][j];
            coordinates[i][k] = sum;
          }
      };
      const auto orthonormalise = [&]
      {
        for (unsigned int k = 0; k < m; ++k)
        {
          for (unsigned int l = 0; l < k; ++l)
          {
            const double overlap =
                std::inner_product(directions[k].begin(), directions[k].end(),
                                   directions[l].begin(), 0.);
            for (unsigned int j = 0; j < n_features; ++j)
              directions[k][j] -= overlap * directions[l][j];
          }
          const double norm = std::sqrt(
              std::inner_product(directions[k].begin(), directions[k].end(),
                                 directions[k].begin(), 0.));
          for (double &x : directions[k])
            x = norm > 0 ? x / norm : 0;
        }
      };
      orthonormalise();
      for (unsigned int iteration = 0; iteration < 15; ++iteration)
      {
        project();
        for (unsigned int k = 0; k < m; ++k)
        {
          std::fill(directions[k].begin(), directions[k].end(), 0.);
          for (unsigned int i = 0; i < n; ++i)
            for (unsigned int j = 0; j < n_features; ++j)
              directions[k][j] +=
                  coordinates[i][k] *
                  (features[i * std::size_t(n_features) + j] - mean[j]);
        }
        orthonormalise();
      }
      project();

      std::array<double, 4> variance = {};
      for (const auto &point : coordinates)
        for (unsigned int k = 0; k < m; ++k)
          variance[k] += point[k] * point[k];
      n_directions = std::min(2u, m);
      while (n_directions < m && variance[n_directions] > 0.05 * variance[0])
        ++n_directions;
      return coordinates;
    }

    /**
     * Place of a point of a grid of 2^16 points per direction along the
     * Hilbert curve: Skilling, Programming the Hilbert curve, AIP Conf. Proc.
     * 707 (2004).
     */
    std::uint64_t hilbert_index(std::array<std::uint32_t, 4> x,
                                const unsigned int n)
    {
      const unsigned int n_bits = 16;
      for (std::uint32_t q = 1u << (n_bits - 1); q > 1; q >>= 1)
        for (unsigned int i = 0; i < n; ++i)
          if (x[i] & q)
            x[0] ^= q - 1;
          else
          {
            const std::uint32_t t = (x[0] ^ x[i]) & (q - 1);
            x[0] ^= t;
            x[i] ^= t;
          }
      for (unsigned int i = 1; i < n; ++i)
        x[i] ^= x[i - 1];
      std::uint32_t t = 0;
      for (std::uint32_t q = 1u << (n_bits - 1); q > 1; q >>= 1)
        if (x[n - 1] & q)
          t ^= q - 1;
      std::uint64_t index = 0;
      for (int bit = n_bits - 1; bit >= 0; --bit)
        for (unsigned int i = 0; i < n; ++i)
          index = index << 1 | ((x[i] ^ t) >> bit & 1);
      return index;
    }

    Order hilbert_order(const std::vector<double> &features,
                        const unsigned int n, const unsigned int n_features)
    {
      unsigned int n_directions = 0;
      const auto points =
          principal_coordinates(features, n, n_features, n_directions);
      // One scale for all directions keeps distances in proportion.
      std::array<double, 4> lower = points[0];
      double extent = 0;
      for (unsigned int k = 0; k < n_directions; ++k)
      {
        double upper = lower[k];
        for (const auto &point : points)
        {
          lower[k] = std::min(lower[k], point[k]);
          upper = std::max(upper, point[k]);
        }
        extent = std::max(extent, upper - lower[k]);
      }
      std::vector<std::uint64_t> place(n);
      for (unsigned int i = 0; i < n; ++i)
      {
        std::array<std::uint32_t, 4> x = {};
        for (unsigned int k = 0; k < n_directions && extent > 0; ++k)
          x[k] = std::uint32_t((points[i][k] - lower[k]) / extent * 65535);
        place[i] = hilbert_index(x, std::max(n_directions, 1u));
      }
      Order order(n);
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(),
                       [&](const unsigned int a, const unsigned int b)
                       { return place[a] < place[b]; });
      return order;
    }
  } // namespace

  std::vector<unsigned int> sort_samples(const std::vector<double> &features,
                                         const unsigned int n_features,
                                         const std::string &method,
                                         const unsigned int n_chunks)
  {
    const unsigned int n = n_features == 0 ? 0 : features.size() / n_features;
    Order order(n);
    std::iota(order.begin(), order.end(), 0);
    if (method == "none" || n < 3)
      return order;
    for (const double x : features)
      if (!std::isfinite(x))
        throw NumericalFailure("Samples cannot be sorted, because a feature "
                               "of a sample is not finite.");
    if (method == "greedy" || (method == "auto" && n <= 5000))
    {
      sort_greedily(features, n_features, order.begin(), order.end());
      return order;
    }
    if (method != "hilbert" && method != "auto")
      throw BadInput("There is no order of samples '" + method +
                     "'; it is one of: none, greedy, hilbert, auto.");
    order = hilbert_order(features, n, n_features);
    const std::uint64_t chunks = std::max(1u, n_chunks);
    for (std::uint64_t c = 0; c < chunks; ++c)
      sort_greedily(features, n_features, order.begin() + c * n / chunks,
                    order.begin() + (c + 1) * n / chunks);
    return order;
  }

  double path_length(const std::vector<double> &features,
                     const unsigned int n_features,
                     const std::vector<unsigned int> &order)
  {
    double length = 0;
    for (std::size_t i = 1; i < order.size(); ++i)
      length += std::sqrt(
          distance2(&features[order[i - 1] * std::size_t(n_features)],
                    &features[order[i] * std::size_t(n_features)], n_features,
                    std::numeric_limits<double>::infinity()));
    return length;
  }
} // namespace nodal
