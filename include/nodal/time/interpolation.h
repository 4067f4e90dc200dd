// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_time_interpolation_h
#define nodal_time_interpolation_h

#include <cstddef>
#include <vector>

namespace nodal
{
  /// A sparse matrix H that takes the entries of a state that this rank owns
  /// to their share of values at points; the values are the sums over ranks.
  struct Interpolation
  {
    std::vector<std::size_t> offsets = {0}; ///< by point
    std::vector<int> rows;                  ///< owned entries of the state
    std::vector<double> weights;

    std::size_t n_points() const
    {
      return offsets.size() - 1;
    }

    /// One entry of the point that end_point() is going to end.
    void add(const int row, const double weight)
    {
      rows.push_back(row);
      weights.push_back(weight);
    }

    void end_point()
    {
      offsets.push_back(rows.size());
    }

    /// @p values ← H @p state, this rank's share.
    void apply(const double *state, double *values) const;
  };
} // namespace nodal

#endif
