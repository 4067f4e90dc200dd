// SPDX-License-Identifier: LGPL-2.1-or-later
#include "incomplete_cholesky.h"
#include "sweep_kernels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  namespace sweeps
  {
    const Kernels &kernels()
    {
#ifdef __x86_64__
      if (__builtin_cpu_supports("avx512f") &&
          __builtin_cpu_supports("avx512dq") &&
          __builtin_cpu_supports("avx512vl"))
        return avx512_kernels();
      if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return avx2_kernels();
#endif
      return generic_kernels();
    }
  } // namespace sweeps

  bool IncompleteCholesky::take_pattern(const LocalRows &A)
  {
    std::vector<int> new_offsets = {0}, new_columns;
    new_offsets.reserve(A.n + 1);
    new_columns.reserve(A.offsets[A.n] / 2);
    for (int i = 0; i < A.n; ++i)
    {
      for (int t = A.offsets[i]; t < A.offsets[i + 1] && A.columns[t] < i; ++t)
        new_columns.push_back(A.columns[t]);
      new_offsets.push_back(new_columns.size());
    }
    if (n == A.n && new_offsets == offsets && new_columns == columns)
      return false;
    n = A.n;
    offsets = std::move(new_offsets);
    columns = std::move(new_columns);
    values.resize(columns.size());
    inverse_diagonal.resize(n);
    return true;
  }

  namespace
  {
    /// @p order, sorted by @p key, non-negative; equal ones stay as they are.
    void sort_by(const std::vector<int> &key, std::vector<int> &order)
    {
      const int n_keys =
          key.empty() ? 0 : *std::max_element(key.begin(), key.end()) + 1;
      std::vector<int> begin(n_keys + 1, 0), sorted(order.size());
      for (const int k : key)
        ++begin[k + 1];
      std::partial_sum(begin.begin(), begin.end(), begin.begin());
      for (const int i : order)
        sorted[begin[key[i]]++] = i;
      order.swap(sorted);
    }
  } // namespace

  void IncompleteCholesky::Sweep::order(const std::vector<int> &row_begin,
                                        const std::vector<int> &entries,
                                        const bool is_transposed)
  {
    constexpr int lanes = sweeps::lanes;
    const int n = int(row_begin.size()) - 1;
    // A row comes in a level after those of all rows it depends on.
    std::vector<int> level(n, 0), length(n, 0);
    const auto depends = [&](const int i, const int j)
    {
      level[i] = std::max(level[i], level[j] + 1);
      ++length[i];
    };
    if (is_transposed)
      for (int i = n - 1; i >= 0; --i)
        for (int t = row_begin[i]; t < row_begin[i + 1]; ++t)
          depends(entries[t], i);
    else
      for (int i = 0; i < n; ++i)
        for (int t = row_begin[i]; t < row_begin[i + 1]; ++t)
          depends(i, entries[t]);
    // Within a level by length, so that blocks have little to fill up.
    std::vector<int> rows(n);
    std::iota(rows.begin(), rows.end(), 0);
    sort_by(length, rows);
    sort_by(level, rows);

    row_at.clear();
    place_of.assign(n, 0);
    offsets = {0};
    const auto fill_up = [&]
    {
      while (row_at.size() % lanes != 0)
        row_at.push_back(0);
    };
    for (int k = 0; k < n; ++k)
    {
      const int i = rows[k];
      if (k > 0 && level[i] != level[rows[k - 1]])
        fill_up();
      if (row_at.size() % lanes == 0)
        offsets.push_back(offsets.back());
      place_of[i] = row_at.size();
      row_at.push_back(i);
      const int before = offsets[offsets.size() - 2];
      offsets.back() = std::max(offsets.back(), before + length[i]);
    }
    fill_up();
    scale.assign(row_at.size(), 0.);

    // Where the entries go.
    columns.assign(lanes * offsets.back(), 0);
    values.assign(lanes * offsets.back(), 0.F);
    at.resize(entries.size());
    std::vector<int> next(n);
    for (int i = 0; i < n; ++i)
      next[i] = lanes * offsets[place_of[i] / lanes] + place_of[i] % lanes;
    for (int i = 0; i < n; ++i)
      for (int t = row_begin[i]; t < row_begin[i + 1]; ++t)
      {
        const int row = is_transposed ? entries[t] : i;
        const int column = is_transposed ? i : entries[t];
        at[t] = next[row];
        columns[next[row]] = place_of[column];
        next[row] += lanes;
      }
  }

  void IncompleteCholesky::Sweep::solve(const double *const x,
                                        double *const y) const
  {
    sweeps::kernels().sweep({int(offsets.size()) - 1, offsets.data(),
                             columns.data(), values.data()},
                            row_at.data(), scale.data(), x, y);
  }

  bool IncompleteCholesky::factorize(const LocalRows &A, const double shift)
  {
    std::vector<double> row(n, 0.); // by column, of the row that is made
    for (int i = 0; i < n; ++i)
    {
      const int begin = offsets[i], end = offsets[i + 1];
      const int first = A.offsets[i];
      for (int t = begin; t < end; ++t)
        row[columns[t]] = A.values[first + t - begin];
      const int at_diagonal = first + end - begin;
      // Missing, it is zero.
      double pivot =
          at_diagonal < A.offsets[i + 1] && A.columns[at_diagonal] == i
              ? (1 + shift) * A.values[at_diagonal]
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
    for (int i = 0; i < n; ++i)
    {
      lower.scale[lower.place_of[i]] = inverse_diagonal[i];
      for (int t = offsets[i]; t < offsets[i + 1]; ++t)
        lower.values[lower.at[t]] = upper.values[upper.at[t]] =
            -values[t] * inverse_diagonal[i];
    }
  }

  bool IncompleteCholesky::update(const LocalRows &A)
  {
    for (int t = 0; t < A.offsets[A.n]; ++t)
      if (!std::isfinite(A.values[t]))
        return false;
    if (take_pattern(A))
    {
      lower.order(offsets, columns, false);
      upper.order(offsets, columns, true);
      for (int i = 0; i < n; ++i)
        upper.scale[upper.place_of[i]] = 1;
      // The second sweep begins with what the first one has found.
      for (int &row : upper.row_at)
        row = lower.place_of[row];
      lower_result.resize(lower.row_at.size());
      upper_result.resize(upper.row_at.size());
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
    for (int i = 0; i < n; ++i)
      y[i] = inverse_diagonal[i] * upper_result[upper.place_of[i]];
  }
} // namespace nodal
