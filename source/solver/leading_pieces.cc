// SPDX-License-Identifier: LGPL-2.1-or-later
#include "orthonormalize.h"

#include <nodal/solver/leading_pieces.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  namespace
  {
    /// The leading @p k eigenvectors of the symmetric @p C, n × n, as rows, by
    /// subspace iteration: the columns span nearly what they should after a
    /// few steps, and need not do more.
    std::vector<double> leading_eigenvectors(const std::vector<double> &C,
                                             const int n, const int k)
    {
      constexpr int n_steps = 4;
      std::vector<double> X(k * n), Y(k * n);
      // The rows that a Cholesky factorisation with pivots comes to first: none
      // depends on those before.
      std::vector<double> rest(n), L(k * n);
      for (int i = 0; i < n; ++i)
        rest[i] = C[i * n + i];
      const double largest =
          n > 0 ? *std::max_element(rest.begin(), rest.end()) : 0;
      int n_started = 0;
      for (int v = 0; v < std::min(k, n); ++v, ++n_started)
      {
        const int pivot =
            std::max_element(rest.begin(), rest.end()) - rest.begin();
        if (!(rest[pivot] > 1e-12 * largest))
          break;
        std::copy_n(C.begin() + pivot * n, n, X.begin() + v * n);
        const double root = std::sqrt(rest[pivot]);
        double *const column = L.data() + v * n;
        for (int i = 0; i < n; ++i)
        {
          double sum = C[pivot * n + i];
          for (int w = 0; w < v; ++w)
            sum -= L[w * n + pivot] * L[w * n + i];
          column[i] = sum / root;
          rest[i] -= column[i] * column[i];
        }
        rest[pivot] = 0;
      }
      for (int step = 0; step < n_steps; ++step)
      {
        const int n_left = orthonormalize(X.data(), n, n_started);
        std::fill(Y.begin(), Y.end(), 0.);
        for (int v = 0; v < n_left; ++v)
          for (int i = 0; i < n; ++i)
          {
            const double x = X[v * n + i];
            for (int j = 0; j < n; ++j)
              Y[v * n + j] += x * C[i * n + j];
          }
        std::swap(X, Y);
      }
      return X;
    }
  } // namespace

  std::vector<std::vector<double>>
  leading_pieces(Mat A, const Aggregates &aggregates,
                 const std::vector<float> &snapshots,
                 const unsigned int n_snapshots, const unsigned int n_columns)
  {
    const std::vector<std::vector<double>> near_null = near_null_space(A);
    const RowsOfAggregates sets(aggregates);
    const int m = n_snapshots, k = n_columns, n_null = near_null.size();
    std::vector<std::vector<double>> result(
        n_columns, std::vector<double>(aggregates.of_row.size(), 0.));
    std::vector<double> S, N, C;
    for (int a = 0; a < aggregates.n; ++a)
    {
      const int *const rows = sets.rows.data() + sets.offsets[a];
      const int n = sets.offsets[a + 1] - sets.offsets[a];
      N.resize(std::size_t(n_null) * n);
      for (int v = 0; v < n_null; ++v)
        for (int i = 0; i < n; ++i)
          N[v * n + i] = near_null[v][rows[i]];
      const int n_left = orthonormalize(N.data(), n, n_null);
      S.resize(std::size_t(n) * m);
      for (int i = 0; i < n; ++i)
        std::copy_n(snapshots.begin() + std::size_t(rows[i]) * m, m,
                    S.begin() + i * m);
      std::vector<double> share(m);
      for (int v = 0; v < n_left; ++v)
      {
        std::fill(share.begin(), share.end(), 0.);
        for (int i = 0; i < n; ++i)
          for (int s = 0; s < m; ++s)
            share[s] += N[v * n + i] * S[i * m + s];
        for (int i = 0; i < n; ++i)
          for (int s = 0; s < m; ++s)
            S[i * m + s] -= N[v * n + i] * share[s];
      }
      C.assign(std::size_t(m) * m, 0.);
      for (int i = 0; i < n; ++i)
      {
        const double *const row = S.data() + i * m;
        for (int s = 0; s < m; ++s)
          for (int t = 0; t < m; ++t)
            C[s * m + t] += row[s] * row[t];
      }
      const std::vector<double> V = leading_eigenvectors(C, m, k);
      for (int c = 0; c < k; ++c)
        for (int i = 0; i < n; ++i)
          result[c][rows[i]] =
              std::inner_product(V.begin() + c * m, V.begin() + (c + 1) * m,
                                 S.begin() + i * m, 0.);
    }
    return result;
  }
} // namespace nodal
