// SPDX-License-Identifier: LGPL-2.1-or-later
#include "incomplete_cholesky.h"

#include <cmath>

namespace nodal
{
  bool IncompleteCholesky::factorize(const LocalRows &A, const double shift)
  {
    const std::vector<int> &offsets = pattern.offsets,
                           &columns = pattern.columns;
    std::vector<double> row(pattern.n,
                            0.); // by column, of the row that is made
    for (int i = 0; i < pattern.n; ++i)
    {
      const int begin = offsets[i], end = offsets[i + 1];
      const int first = A.offsets[i];
      for (int t = begin; t < end; ++t)
        row[columns[t]] = A.values[first + t - begin];
      double pivot = LowerPattern::has_diagonal(A, i, end - begin)
                         ? (1 + shift) * A.values[first + end - begin]
                         : 0.;
      for (int t = begin; t < end; ++t)
      {
        const int j = columns[t];
        double sum = row[j];
        for (int u = offsets[j]; u < offsets[j + 1]; ++u)
          sum -= values[u] * row[columns[u]];
        row[j] = values[t] = sum * inverse_diagonal[j];
        pivot -= values[t] * values[t];
      }
      for (int t = begin; t < end; ++t)
        row[columns[t]] = 0;
      // False for NaN.
      if (!(pivot > 0 && std::isfinite(pivot)))
        return false;
      inverse_diagonal[i] = 1 / std::sqrt(pivot);
    }
    return true;
  }

  void IncompleteCholesky::fill_sweeps()
  {
    for (int i = 0; i < pattern.n; ++i)
    {
      lower.scale[lower.place_of[i]] = inverse_diagonal[i];
      for (int t = pattern.offsets[i]; t < pattern.offsets[i + 1]; ++t)
        lower.values[lower.at[t]] = upper.values[upper.at[t]] =
            -values[t] * inverse_diagonal[i];
    }
  }

  bool IncompleteCholesky::update(const LocalRows &A)
  {
    for (int t = 0; t < A.offsets[A.n]; ++t)
      if (!std::isfinite(A.values[t]))
        return false;
    if (pattern.take(A))
    {
      values.resize(pattern.columns.size());
      inverse_diagonal.resize(pattern.n);
      lower.order(pattern, false);
      upper.order(pattern, true);
      upper.follow(lower);
      lower_result.resize(lower.n_places());
      upper_result.resize(upper.n_places());
    }
    present_shift = 0;
    while (!factorize(A, present_shift))
    {
      // Positive diagonals become dominant in the end.
      if (present_shift > 1e4)
        return false;
      present_shift = present_shift == 0 ? 1e-3 : 2 * present_shift;
    }
    fill_sweeps();
    return true;
  }

  void IncompleteCholesky::apply(const double *const x, double *const y) const
  {
    lower.solve(x, lower_result.data());
    upper.solve(lower_result.data(), upper_result.data());
    for (int i = 0; i < pattern.n; ++i)
      y[i] = inverse_diagonal[i] * upper_result[upper.place_of[i]];
  }
} // namespace nodal
