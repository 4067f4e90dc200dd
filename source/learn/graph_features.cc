// SPDX-License-Identifier: LGPL-2.1-or-later
#include "graph_features.h"

#include <nodal/learn/graph_batch.h>

#include <cmath>

namespace nodal
{
  namespace
  {
    double spacing(const GraphLevel &level, const unsigned int dim, const int i)
    {
      return std::pow(level.volume[i], 1. / dim);
    }
  } // namespace

  unsigned int GraphBatch::n_node_features(const unsigned int dim)
  {
    return 4 + 3 + dim + 1 + dim + 2;
  }

  unsigned int GraphBatch::n_edge_features(const unsigned int dim)
  {
    return dim + 3;
  }

  void append_node_features(const GraphLevel &level, const unsigned int dim,
                            const std::vector<double> &robin,
                            std::vector<float> &features)
  {
    const double usual_edges = dim == 2 ? 8 : 26;
    for (int i = 0; i < level.n_owned; ++i)
    {
      const double h = spacing(level, dim, i);
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
                            std::vector<float> &features)
  {
    for (int i = 0; i < level.n_owned; ++i)
    {
      const double h = spacing(level, dim, i);
      for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
      {
        const int j = level.sources[t];
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
        features.push_back(std::log(spacing(level, dim, j) / h));
      }
    }
  }
} // namespace nodal
