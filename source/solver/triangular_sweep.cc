// SPDX-License-Identifier: LGPL-2.1-or-later
#include "triangular_sweep.h"

#include <nodal/core/processor.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace nodal
{
  namespace sweeps
  {
    const Kernels &kernels()
    {
      if (has_avx512())
        return avx512_kernels();
      if (has_avx2())
        return avx2_kernels();
      return generic_kernels();
    }
  } // namespace sweeps

  bool LowerPattern::is_of(const LocalRows &A) const
  {
    if (A.n != n)
      return false;
    for (int i = 0; i < n; ++i)
    {
      const PetscInt *column = A.columns + A.offsets[i];
      const PetscInt *const end = A.columns + A.offsets[i + 1];
      for (int t = offsets[i]; t < offsets[i + 1]; ++t, ++column)
        if (column == end || *column != columns[t])
          return false;
      if (column != end && *column < i)
        return false;
    }
    return true;
  }

  bool LowerPattern::take(const LocalRows &A)
  {
    if (is_of(A))
      return false;
    n = A.n;
    offsets = {0};
    columns.clear();
    for (int i = 0; i < n; ++i)
    {
      for (int t = A.offsets[i]; t < A.offsets[i + 1] && A.columns[t] < i; ++t)
        columns.push_back(A.columns[t]);
      offsets.push_back(columns.size());
    }
    return true;
  }

  bool LowerPattern::has_diagonal(const LocalRows &A, const int row,
                                  const int n_below)
  {
    const int at = A.offsets[row] + n_below;
    return at < A.offsets[row + 1] && A.columns[at] == row;
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

  template <class T>
  void TriangularSweep<T>::order(const LowerPattern &lower,
                                 const bool is_transposed)
  {
    constexpr int lanes = sweeps::lanes;
    const int n = lower.n;
    const std::vector<int> &row_begin = lower.offsets, &entries = lower.columns;
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
    values.assign(lanes * offsets.back(), T(0));
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

  template <class T>
  void TriangularSweep<T>::follow(const TriangularSweep &other)
  {
    for (const int place : place_of)
      scale[place] = 1;
    for (int &row : row_at)
      row = other.place_of[row];
  }

  namespace
  {
    const auto &sweep_of(float)
    {
      return sweeps::kernels().sweep_float;
    }

    const auto &sweep_of(double)
    {
      return sweeps::kernels().sweep_double;
    }
  } // namespace

  template <class T>
  void TriangularSweep<T>::solve(const double *const x, double *const y,
                                 const bool is_in_places) const
  {
    sweep_of(T())(triangle(), is_in_places ? nullptr : row_at.data(),
                  scale.data(), x, y);
  }

  template struct TriangularSweep<float>;
  template struct TriangularSweep<double>;
} // namespace nodal
