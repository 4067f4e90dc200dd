// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/gather.h>
#include <nodal/learn/lift.h>

#include <algorithm>
#include <numeric>

namespace nodal
{
  namespace
  {
    /// The Dirichlet nodes of all ranks by number, with a row of coordinates,
    /// share of the boundary and values each.
    struct DirichletNodes
    {
      DirichletNodes(const GraphLevel &level, const unsigned int dim,
                     const std::vector<double> &g,
                     const unsigned int n_components)
          : width(dim + 1 + n_components)
      {
        std::vector<std::int64_t> numbers;
        for (int i = 0; i < level.n_owned; ++i)
          if (level.type[i] == 0)
          {
            numbers.push_back(level.number[i]);
            const double *const p = &level.points[i * dim];
            rows.insert(rows.end(), p, p + dim);
            const double share = level.boundary_measure[i * 3];
            rows.push_back(share == 0 ? 1 : share);
            for (unsigned int c = 0; c < n_components; ++c)
              rows.push_back(g[i * n_components + c]);
          }
        n = numbers.size();
        if (!level.halo->is_trivial())
          gather(numbers, level.halo->comm);
      }

      double operator()(const std::size_t node, const unsigned int column) const
      {
        return rows[node * width + column];
      }

      std::size_t n;

    private:
      void gather(const std::vector<std::int64_t> &numbers, MPI_Comm comm)
      {
        const std::vector<std::int64_t> all = gather_on_all(numbers, comm);
        const std::vector<double> all_rows = gather_on_all(rows, comm);
        n = all.size();
        std::vector<std::size_t> order(n);
        std::iota(order.begin(), order.end(), std::size_t(0));
        std::sort(order.begin(), order.end(),
                  [&](const std::size_t a, const std::size_t b)
                  { return all[a] < all[b]; });
        rows.clear();
        for (const std::size_t k : order)
          rows.insert(rows.end(), all_rows.begin() + k * width,
                      all_rows.begin() + (k + 1) * width);
      }

      const std::size_t width;
      std::vector<double> rows;
    };
  } // namespace

  std::vector<double> shepard_lift(const GraphLevel &level,
                                   const unsigned int dim,
                                   const std::vector<double> &g,
                                   const unsigned int n_components)
  {
    const int n = level.n_owned;
    std::vector<double> lift(std::size_t(n) * n_components, 0.);
    const DirichletNodes nodes(level, dim, g, n_components);
    if (nodes.n == 0)
      return lift;
    // Column by column, so that the loop over them is one of vectors.
    const std::size_t m = nodes.n;
    std::vector<double> x(m * dim), share(m), values(m * n_components),
        weights(m);
    for (std::size_t b = 0; b < m; ++b)
    {
      for (unsigned int d = 0; d < dim; ++d)
        x[d * m + b] = nodes(b, d);
      share[b] = nodes(b, dim);
      for (unsigned int c = 0; c < n_components; ++c)
        values[c * m + b] = nodes(b, dim + 1 + c);
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
          sum += weights[b] * values[c * m + b];
        lift[i * n_components + c] = sum / total;
      }
    }
    return lift;
  }
} // namespace nodal
