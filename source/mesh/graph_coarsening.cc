// SPDX-License-Identifier: LGPL-2.1-or-later
#include "graph_coarsening.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace nodal
{
  namespace
  {
    /// The nodes in the order in which they are asked: those of the boundary,
    /// then from low to high coordinates, the last one first.
    std::vector<int> coarsening_order(const GraphLevel &level,
                                      const unsigned int dim)
    {
      std::vector<int> order(level.n_owned);
      std::iota(order.begin(), order.end(), 0);
      std::sort(order.begin(), order.end(),
                [&](const int a, const int b)
                {
                  const bool inside_a = level.type[a] < 0,
                             inside_b = level.type[b] < 0;
                  if (inside_a != inside_b)
                    return inside_b;
                  for (int d = dim - 1; d >= 0; --d)
                  {
                    const double x = level.points[a * dim + d],
                                 y = level.points[b * dim + d];
                    if (x != y)
                      return x < y;
                  }
                  return level.number[a] < level.number[b];
                });
      return order;
    }

    /// For each node whether it is chosen.
    std::vector<bool> independent_set(const GraphLevel &level,
                                      const unsigned int dim)
    {
      std::vector<bool> is_chosen(level.n_owned, false),
          is_covered(level.n_owned, false);
      for (const int i : coarsening_order(level, dim))
        if (!is_covered[i])
        {
          is_chosen[i] = true;
          for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
            is_covered[level.sources[t]] = true;
        }
      return is_chosen;
    }

    double distance(const GraphLevel &level, const unsigned int dim,
                    const int i, const int j)
    {
      double square = 0;
      for (unsigned int d = 0; d < dim; ++d)
      {
        const double x = level.points[i * dim + d] - level.points[j * dim + d];
        square += x * x;
      }
      return std::sqrt(square);
    }

    /// Weights by the inverse distance, of sum one; @p coarse_index is -1 for
    /// nodes that are not chosen.
    SparseRows interpolation(const GraphLevel &level, const unsigned int dim,
                             const std::vector<int> &coarse_index)
    {
      SparseRows rows;
      rows.offsets.push_back(0);
      for (int i = 0; i < level.n_owned; ++i)
      {
        if (coarse_index[i] >= 0)
        {
          rows.columns.push_back(coarse_index[i]);
          rows.weights.push_back(1);
        }
        else
        {
          double sum = 0;
          const std::size_t begin = rows.columns.size();
          for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
            if (const int j = level.sources[t]; coarse_index[j] >= 0)
            {
              rows.columns.push_back(coarse_index[j]);
              // Two nodes may be at one point, on the sides of a crack.
              rows.weights.push_back(
                  1 / std::max(distance(level, dim, i, j), 1e-100));
              sum += rows.weights.back();
            }
          for (std::size_t k = begin; k < rows.weights.size(); ++k)
            rows.weights[k] /= sum;
        }
        rows.offsets.push_back(rows.columns.size());
      }
      return rows;
    }

    /// The chosen nodes within @p n_steps edges of node @p i, without it.
    void reach(const GraphLevel &fine, const std::vector<int> &coarse_index,
               const int start, const int i, const unsigned int n_steps,
               std::set<int> &reached)
    {
      for (int t = fine.offsets[i]; t < fine.offsets[i + 1]; ++t)
      {
        const int j = fine.sources[t];
        if (n_steps > 1)
          reach(fine, coarse_index, start, j, n_steps - 1, reached);
        else if (j != start && coarse_index[j] >= 0)
          reached.insert(coarse_index[j]);
      }
    }

    /// Edges between chosen nodes within two edges of one another, or three if
    /// a node has no others.
    void connect(const GraphLevel &fine, const std::vector<int> &coarse_index,
                 GraphLevel &coarse)
    {
      std::vector<std::set<int>> neighbors(coarse.n_owned);
      for (int c = 0; c < coarse.n_owned; ++c)
        reach(fine, coarse_index, coarse.finer_index[c], coarse.finer_index[c],
              2, neighbors[c]);
      for (int c = 0; c < coarse.n_owned; ++c)
        if (neighbors[c].empty())
        {
          reach(fine, coarse_index, coarse.finer_index[c],
                coarse.finer_index[c], 3, neighbors[c]);
          for (const int other : neighbors[c])
            neighbors[other].insert(c);
        }
      coarse.offsets.assign(1, 0);
      for (const std::set<int> &row : neighbors)
      {
        coarse.sources.insert(coarse.sources.end(), row.begin(), row.end());
        coarse.offsets.push_back(coarse.sources.size());
      }
    }

    /// out = Pᵀ in for @p n numbers per node.
    std::vector<double> restricted(const SparseRows &rows,
                                   const unsigned int n_coarse,
                                   const std::vector<double> &in,
                                   const unsigned int n)
    {
      std::vector<double> out(n_coarse * n, 0.);
      for (std::size_t i = 0; i + 1 < rows.offsets.size(); ++i)
        for (int t = rows.offsets[i]; t < rows.offsets[i + 1]; ++t)
          for (unsigned int c = 0; c < n; ++c)
            out[rows.columns[t] * n + c] += rows.weights[t] * in[i * n + c];
      return out;
    }
  } // namespace

  bool add_coarser_level(Graph &graph)
  {
    const unsigned int dim = graph.dim;
    GraphLevel &fine = graph.levels.back();
    const std::vector<bool> is_chosen = independent_set(fine, dim);
    GraphLevel coarse;
    std::vector<int> coarse_index(fine.n_owned, -1);
    for (int i = 0; i < fine.n_owned; ++i)
      if (is_chosen[i])
      {
        coarse_index[i] = coarse.n_owned++;
        coarse.finer_index.push_back(i);
        coarse.number.push_back(fine.number[i]);
        coarse.type.push_back(fine.type[i]);
        for (unsigned int d = 0; d < dim; ++d)
        {
          coarse.points.push_back(fine.points[i * dim + d]);
          coarse.normals.push_back(fine.normals[i * dim + d]);
        }
      }
    if (coarse.n_owned == fine.n_owned)
      return false;
    connect(fine, coarse_index, coarse);
    fine.interpolation = interpolation(fine, dim, coarse_index);
    coarse.volume =
        restricted(fine.interpolation, coarse.n_owned, fine.volume, 1);
    coarse.boundary_measure = restricted(fine.interpolation, coarse.n_owned,
                                         fine.boundary_measure, 3);
    graph.levels.push_back(std::move(coarse));
    return true;
  }
} // namespace nodal
