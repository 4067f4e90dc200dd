// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_sliced_rows_h
#define nodal_source_solver_sliced_rows_h

#include <vector>

namespace nodal
{
  /// Compressed rows, with entries in single precision.
  struct FloatRows
  {
    std::vector<int> offsets = {0}, columns;
    std::vector<float> values;

    int size() const
    {
      return int(offsets.size()) - 1;
    }
  };

  /**
   * A sparse matrix for fast products: rows of about equal length side by
   * side, eight in a slice (SELL-C-σ of Kreutzer et al., SIAM J. Sci. Comput.
   * 36, 2014). Entries are kept in single precision; arithmetic is in double.
   */
  class SlicedRows
  {
  public:
    SlicedRows() = default;
    explicit SlicedRows(const FloatRows &matrix);

    /// @p y = this times @p x, which are different.
    void multiply(const double *x, double *y) const;

  private:
    std::vector<int> offsets = {0}, columns, rows;
    std::vector<float> values;
  };
} // namespace nodal

#endif
