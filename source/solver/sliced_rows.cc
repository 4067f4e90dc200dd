// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sliced_rows.h"
#include "sweep_kernels.h"

#include <algorithm>
#include <numeric>

namespace nodal
{
  namespace
  {
    /// Rows are put in order within as many.
    constexpr int window = 512;
  } // namespace

  SlicedRows::SlicedRows(const FloatRows &matrix)
  {
    constexpr int lanes = sweeps::lanes;
    const int n = matrix.size();
    const auto length = [&](const int row)
    { return matrix.offsets[row + 1] - matrix.offsets[row]; };
    rows.resize(n);
    std::vector<int> next;
    for (int begin = 0; begin < n; begin += window)
    {
      // By counting, which keeps the order of rows of equal length.
      const int end = std::min(n, begin + window);
      int longest = 0;
      for (int i = begin; i < end; ++i)
        longest = std::max(longest, length(i));
      next.assign(longest + 2, 0);
      for (int i = begin; i < end; ++i)
        ++next[length(i) + 1];
      std::partial_sum(next.begin(), next.end(), next.begin());
      for (int i = begin; i < end; ++i)
        rows[begin + next[length(i)]++] = i;
    }
    // The last row fills up the last slice.
    while (rows.size() % lanes != 0)
      rows.push_back(rows.back());
    const std::size_t most = matrix.columns.size() * 5 / 4 + rows.size();
    columns.reserve(most);
    values.reserve(most);
    for (std::size_t first = 0; first < rows.size(); first += lanes)
    {
      int longest = 0;
      for (int l = 0; l < lanes; ++l)
        longest = std::max(longest, length(rows[first + l]));
      const std::size_t begin = columns.size();
      columns.resize(begin + std::size_t(lanes) * longest);
      values.resize(columns.size());
      for (int l = 0; l < lanes; ++l)
      {
        const int row = rows[first + l], n_here = length(row),
                  at = matrix.offsets[row];
        std::size_t to = begin + l;
        for (int t = at; t < at + n_here; ++t, to += lanes)
        {
          columns[to] = matrix.columns[t];
          values[to] = matrix.values[t];
        }
        // What fills up a row reads a number that is read anyway.
        for (int t = n_here; n_here > 0 && t < longest; ++t, to += lanes)
          columns[to] = matrix.columns[at];
      }
      offsets.push_back(columns.size() / lanes);
    }
  }

  void SlicedRows::multiply(const double *const x, double *const y) const
  {
    sweeps::kernels().multiply({int(offsets.size()) - 1, offsets.data(),
                                columns.data(), values.data()},
                               rows.data(), x, y);
  }
} // namespace nodal
