// SPDX-License-Identifier: LGPL-2.1-or-later
#include "graph_features.h"

#include <nodal/learn/graph_batch.h>

#include <cmath>

namespace nodal
{
  namespace
  {
    /// See append_edge_features(): the edge to node @p i from @p j.
    void append_edge(const GraphLevel &level, const unsigned int dim,
                     const std::vector<double> &spacing, const int i,
                     const int j, const float *const view,
                     std::vector<float> &features)
    {
      const double h = spacing[i];
      double square = 0;
      for (unsigned int d = 0; d < dim; ++d)
      {
        const double x =
            (level.points[j * dim + d] - level.points[i * dim + d]) / h;
        features.push_back(x);
        square += x * x;
      }
      // Two nodes may be at one point, on the sides of a crack.
      features.push_back(std::sqrt(square));
      features.push_back(1 / std::sqrt(std::max(square, 1e-6)));
      features.push_back(std::log(spacing[j] / h));
      features.push_back(view[0] / 2);
      features.push_back(view[1] / 4);
    }
  } // namespace

  std::vector<double> spacings(const GraphLevel &level, const unsigned int dim)
  {
    std::vector<double> h;
    for (const double volume : level.volume)
      h.push_back(std::pow(volume, 1. / dim));
    return h;
  }

  unsigned int GraphBatch::n_node_features(const unsigned int dim)
  {
    return 4 + 3 + dim + 1 + dim + 2;
  }

  unsigned int GraphBatch::n_edge_features(const unsigned int dim)
  {
    return dim + 5;
  }

  void append_node_features(const GraphLevel &level, const unsigned int dim,
                            const std::vector<double> &spacing,
                            const std::vector<double> &robin,
                            std::vector<float> &features)
  {
    const double usual_edges = dim == 2 ? 8 : 26;
    for (int i = 0; i < level.n_owned; ++i)
    {
      const double h = spacing[i];
      const int type = level.type[i];
      for (const int known : {-1, 0, 1, 2})
        features.push_back(type == known ? 1 : 0);
      for (unsigned int k = 0; k < 3; ++k)
        features.push_back(level.boundary_measure[i * 3 + k] /
                           std::pow(h, dim - 1.));
      for (unsigned int d = 0; d < dim; ++d)
        features.push_back(level.normals[i * dim + d]);
      features.push_back(robin[i] * h);
      std::vector<double> sum(dim, 0.);
      double length_sum = 0;
      const int n = level.offsets[i + 1] - level.offsets[i];
      for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
      {
        double square = 0;
        for (unsigned int d = 0; d < dim; ++d)
        {
          const double x = level.points[level.sources[t] * dim + d] -
                           level.points[i * dim + d];
          sum[d] += x;
          square += x * x;
        }
        length_sum += std::sqrt(square);
      }
      for (unsigned int d = 0; d < dim; ++d)
        features.push_back(sum[d] / (std::max(n, 1) * h));
      features.push_back(n / usual_edges);
      features.push_back(length_sum / (std::max(n, 1) * h));
    }
  }

  void append_edge_features(const GraphLevel &level, const unsigned int dim,
                            const std::vector<double> &spacing,
                            std::vector<float> &features,
                            std::vector<float> &reverse)
  {
    for (int i = 0; i < level.n_owned; ++i)
      for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
      {
        const int j = level.sources[t];
        const float *const view = &level.views[2 * t];
        append_edge(level, dim, spacing, i, j, view, features);
        append_edge(level, dim, spacing, j, i, view, reverse);
      }
  }
} // namespace nodal
