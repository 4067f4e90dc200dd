// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_sparse_columns_h
#define nodal_source_solver_sparse_columns_h

#include <cstddef>
#include <vector>

namespace nodal
{
  /// A matrix compressed by columns, those that are empty left out: sums over a
  /// column stay in a register, and updates of its rows do not wait for each
  /// other.
  struct SparseColumns
  {
    /// Column numbers[k] has the entries offsets[k] … offsets[k + 1].
    std::vector<int> numbers, offsets = {0}, rows;
    std::vector<double> values;

    /// @p result[c] ← product of column c with @p x, for those that are there.
    void products(const double *x, std::vector<double> &result) const;

    /// @p x ← @p x + @p sign Σ_c @p factors[c] × column c.
    void add(const std::vector<double> &factors, double sign, double *x) const;
  };
} // namespace nodal

#endif
