// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/learn/lift.h>

#include <algorithm>

namespace nodal
{
  std::vector<double> shepard_lift(const GraphLevel &level,
                                   const unsigned int dim,
                                   const std::vector<double> &g,
                                   const unsigned int n_components)
  {
    const int n = level.n_owned;
    std::vector<double> lift(std::size_t(n) * n_components, 0.);
    std::vector<int> nodes;
    for (int i = 0; i < n; ++i)
      if (level.type[i] == 0)
        nodes.push_back(i);
    if (nodes.empty())
      return lift;
    // Coordinate by coordinate, so that the loop over them is one of vectors.
    const std::size_t m = nodes.size();
    std::vector<double> x(m * dim), share(m), weights(m);
    for (std::size_t b = 0; b < m; ++b)
    {
      for (unsigned int d = 0; d < dim; ++d)
        x[d * m + b] = level.points[nodes[b] * dim + d];
      share[b] = level.boundary_measure[nodes[b] * 3];
      if (share[b] == 0)
        share[b] = 1;
    }
    for (int i = 0; i < n; ++i)
    {
      if (level.type[i] == 0)
      {
        for (unsigned int c = 0; c < n_components; ++c)
          lift[i * n_components + c] = g[i * n_components + c];
        continue;
      }
      const double *const p = &level.points[i * dim];
      double total = 0;
      for (std::size_t b = 0; b < m; ++b)
      {
        double square = 0;
        for (unsigned int d = 0; d < dim; ++d)
          square += (p[d] - x[d * m + b]) * (p[d] - x[d * m + b]);
        // Two nodes may be at one point, on the sides of a crack.
        weights[b] = share[b] / std::max(square, 1e-200);
        total += weights[b];
      }
      for (unsigned int c = 0; c < n_components; ++c)
      {
        double sum = 0;
        for (std::size_t b = 0; b < m; ++b)
          sum += weights[b] * g[nodes[b] * n_components + c];
        lift[i * n_components + c] = sum / total;
      }
    }
    return lift;
  }
} // namespace nodal
