// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_sparse_columns_h
#define nodal_source_solver_sparse_columns_h

#include <cstddef>
#include <vector>

namespace nodal
{
  /**
   * A matrix compressed by columns, those that are empty left out: sums over a
   * column stay in a register, and updates of its rows do not wait for each
   * other. Columns with the same rows, as those of one aggregate, stand side by
   * side in a *panel*, so that rows and the vector are read once for all.
   */
  struct SparseColumns
  {
    /// Numbers that each row of a panel holds: 1, or a multiple of four, with
    /// zeros beyond its columns.
    int width = 1;

    /// Panel k has n_columns[k] columns from numbers[k] on and the rows
    /// offsets[k] … offsets[k + 1].
    std::vector<int> numbers, n_columns, offsets = {0}, rows;
    std::vector<double> values;

    /// @p result[c] ← product of column c with @p x, for those that are there.
    void products(const double *x, std::vector<double> &result) const;

    /// @p x ← @p x + @p sign Σ_c @p factors[c] × column c.
    void add(const std::vector<double> &factors, double sign, double *x) const;

  private:
    mutable std::vector<double> fours; ///< of each panel
  };
} // namespace nodal

#endif
