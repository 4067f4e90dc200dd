// SPDX-License-Identifier: LGPL-2.1-or-later
#include "edge_views.h"

#include "lists.h"

#include <cmath>

namespace nodal
{
  namespace
  {
    /// The cotangent of the angle at @p k between @p i and @p j, at most 10.
    double cotangent(const GraphLevel &level, const unsigned int dim,
                     const int k, const int i, const int j)
    {
      double aa = 0, bb = 0, ab = 0;
      for (unsigned int d = 0; d < dim; ++d)
      {
        const double x = level.points[k * dim + d],
                     a = level.points[i * dim + d] - x,
                     b = level.points[j * dim + d] - x;
        aa += a * a;
        bb += b * b;
        ab += a * b;
      }
      return ab /
             std::sqrt(std::max(aa * bb - ab * ab, 0.01 * aa * bb + 1e-200));
    }

    /// The numbers of the neighbours of all nodes, ascending.
    Lists<std::int64_t> numbers_of_neighbors(const GraphLevel &level)
    {
      Lists<std::int64_t> numbers(level.n_owned);
      for (int i = 0; i < level.n_owned; ++i)
        for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
          numbers[i].push_back(level.number[level.sources[t]]);
      add_ghosts(*level.halo, numbers);
      return numbers;
    }
  } // namespace

  void add_views(const unsigned int dim, GraphLevel &level)
  {
    const Lists<std::int64_t> numbers = numbers_of_neighbors(level);
    level.views.clear();
    level.views.reserve(2 * level.sources.size());
    for (int i = 0; i < level.n_owned; ++i)
      for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
      {
        const int j = level.sources[t];
        const std::vector<std::int64_t> &others = numbers[j];
        double sum = 0;
        int n = 0;
        auto other = others.begin();
        for (int s = level.offsets[i]; s < level.offsets[i + 1]; ++s)
        {
          const int k = level.sources[s];
          while (other != others.end() && *other < level.number[k])
            ++other;
          if (other != others.end() && *other == level.number[k])
          {
            sum += cotangent(level, dim, k, i, j);
            ++n;
          }
        }
        level.views.push_back(sum);
        level.views.push_back(n);
      }
  }
} // namespace nodal
