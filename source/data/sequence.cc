// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/data/sequence.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace nodal
{
  namespace
  {
    using Order = std::vector<unsigned int>;

    /// The samples as points, with distances between them.
    struct Features
    {
      const std::vector<double> &values;
      const unsigned int width;

      double distance_square(const unsigned int a, const unsigned int b) const
      {
        const double *x = &values[std::size_t(a) * width],
                     *y = &values[std::size_t(b) * width];
        double sum = 0;
        for (unsigned int i = 0; i < width; ++i)
          sum += (x[i] - y[i]) * (x[i] - y[i]);
        return sum;
      }
    };

    /// Sort [begin, end): from the first always on to the nearest.
    void sort_greedily(const Features &features, const Order::iterator begin,
                       const Order::iterator end)
    {
      for (auto here = begin; here != end && here + 1 != end; ++here)
      {
        auto nearest = here + 1;
        double best = features.distance_square(*here, *nearest);
        for (auto other = here + 2; other != end; ++other)
        {
          const double d = features.distance_square(*here, *other);
          // Equal distances: the lower id, so that the result does not
          // depend on how the rest is stored.
          if (d < best || (d == best && *other < *nearest))
          {
            best = d;
            nearest = other;
          }
        }
        std::iter_swap(here + 1, nearest);
      }
    }

    /// The directions of largest variance by power iteration with deflation;
    /// each sample's coordinates along them.
    std::vector<std::vector<double>>
    principal_coordinates(const Features &features, const unsigned int n,
                          const unsigned int n_directions)
    {
      const unsigned int width = features.width;
      std::vector<double> centred = features.values;
      for (unsigned int i = 0; i < width; ++i)
      {
        double mean = 0;
        for (unsigned int s = 0; s < n; ++s)
          mean += centred[std::size_t(s) * width + i] / n;
        for (unsigned int s = 0; s < n; ++s)
          centred[std::size_t(s) * width + i] -= mean;
      }
      std::vector<std::vector<double>> coordinates;
      for (unsigned int k = 0; k < n_directions; ++k)
      {
        std::vector<double> direction(width), along(n);
        for (unsigned int i = 0; i < width; ++i)
          direction[i] = std::cos(1. + (k + 1.) * i);
        for (unsigned int iteration = 0; iteration < 30; ++iteration)
        {
          const double norm = std::sqrt(std::inner_product(
              direction.begin(), direction.end(), direction.begin(), 0.));
          if (norm == 0)
            break;
          for (double &d : direction)
            d /= norm;
          for (unsigned int s = 0; s < n; ++s)
            along[s] = std::inner_product(direction.begin(), direction.end(),
                                          &centred[std::size_t(s) * width], 0.);
          if (iteration == 29)
            break;
          std::fill(direction.begin(), direction.end(), 0.);
          for (unsigned int s = 0; s < n; ++s)
            for (unsigned int i = 0; i < width; ++i)
              direction[i] += along[s] * centred[std::size_t(s) * width + i];
        }
        for (unsigned int s = 0; s < n; ++s)
          for (unsigned int i = 0; i < width; ++i)
            centred[std::size_t(s) * width + i] -= along[s] * direction[i];
        coordinates.push_back(along);
      }
      return coordinates;
    }

    /// Position along the Hilbert curve through a grid of 2^bits cells per
    /// direction (J. Skilling: Programming the Hilbert curve, AIP Conf. Proc.
    /// 707, 2004).
    std::uint64_t hilbert_index(std::vector<std::uint32_t> x,
                                const unsigned int bits)
    {
      const unsigned int n = x.size();
      for (std::uint32_t q = 1u << (bits - 1); q > 1; q >>= 1)
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
      for (std::uint32_t q = 1u << (bits - 1); q > 1; q >>= 1)
        if (x[n - 1] & q)
          t ^= q - 1;
      for (unsigned int i = 0; i < n; ++i)
        x[i] ^= t;
      std::uint64_t index = 0;
      for (unsigned int b = bits; b > 0; --b)
        for (unsigned int i = 0; i < n; ++i)
          index = index << 1 | (x[i] >> (b - 1) & 1);
      return index;
    }

    void sort_along_hilbert_curve(const Features &features, Order &order)
    {
      const unsigned int n = order.size();
      const unsigned int n_directions = std::min(4u, features.width);
      const unsigned int bits = 12;
      const auto coordinates = principal_coordinates(features, n, n_directions);
      std::vector<std::vector<std::uint32_t>> cells(
          n, std::vector<std::uint32_t>(n_directions));
      for (unsigned int k = 0; k < n_directions; ++k)
      {
        const auto [low, high] =
            std::minmax_element(coordinates[k].begin(), coordinates[k].end());
        const double range = *high - *low;
        for (unsigned int s = 0; s < n; ++s)
          cells[s][k] = range > 0 ? std::uint32_t((coordinates[k][s] - *low) /
                                                  range * ((1u << bits) - 1))
                                  : 0;
      }
      std::vector<std::uint64_t> index(n);
      for (unsigned int s = 0; s < n; ++s)
        index[s] = hilbert_index(cells[s], bits);
      std::stable_sort(order.begin(), order.end(),
                       [&](const unsigned int a, const unsigned int b)
                       { return index[a] < index[b]; });
    }
  } // namespace

  std::vector<unsigned int> sort_samples(const std::vector<double> &values,
                                         const unsigned int n_features,
                                         const std::string &method,
                                         const unsigned int n_chunks)
  {
    const std::size_t n = n_features > 0 ? values.size() / n_features : 0;
    const Features features = {values, n_features};
    Order order(n);
    std::iota(order.begin(), order.end(), 0u);
    const bool greedy = method == "greedy" || (method == "auto" && n <= 5000);
    if (method == "none" || n < 2)
      return order;
    if (greedy)
    {
      sort_greedily(features, order.begin(), order.end());
      return order;
    }
    sort_along_hilbert_curve(features, order);
    // Chunks are cut small enough that the quadratic search stays cheap.
    const std::size_t n_pieces =
        std::max<std::size_t>(n_chunks, (n + 4999) / 5000);
    for (std::size_t k = 0; k < n_pieces; ++k)
      sort_greedily(features, order.begin() + k * n / n_pieces,
                    order.begin() + (k + 1) * n / n_pieces);
    return order;
  }

  double path_length(const std::vector<double> &values,
                     const unsigned int n_features,
                     const std::vector<unsigned int> &order)
  {
    const Features features = {values, n_features};
    double length = 0;
    for (std::size_t i = 1; i < order.size(); ++i)
      length += std::sqrt(features.distance_square(order[i - 1], order[i]));
    return length;
  }
} // namespace nodal
