// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_triangular_sweep_h
#define nodal_source_solver_triangular_sweep_h

#include "sweep_kernels.h"

#include <nodal/core/local_rows.h>

#include <vector>

namespace nodal
{
  /// The entries below the diagonal of a square matrix, by rows.
  struct LowerPattern
  {
    /// Take over that of @p A, whose rows are sorted. False if it was the same.
    bool take(const LocalRows &A);

    /// True if the rows of @p A have their diagonal entry, the one after those
    /// below it.
    static bool has_diagonal(const LocalRows &A, int row, int n_below);

    /// True if it is that of @p A.
    bool is_of(const LocalRows &A) const;

    int n = 0; ///< rows
    std::vector<int> offsets = {0}, columns;
  };

  /**
   * Solves triangular systems (I − N) y = s ⊙ x: rows that do not depend on
   * each other, of one level (Anderson and Saad, Int. J. High Speed Computing
   * 1, 1989), are solved for side by side. The order in which rows are solved
   * for is an order of *places*, some of which only fill up a block of rows. T
   * is the type in which entries are kept; arithmetic is in double precision.
   */
  template <class T>
  struct TriangularSweep
  {
    /// Rows of N have the pattern of @p lower, or of its transpose; their
    /// values, and s, are to be filled in.
    void order(const LowerPattern &lower, bool is_transposed);

    /// Begin with what @p other, for the same rows, has written, by its places,
    /// and with s = 1.
    void follow(const TriangularSweep &other);

    /// @p y, by places, for @p x, by what row_at says, or by places and
    /// without s.
    void solve(const double *x, double *y, bool is_in_places = false) const;

    /// N, for kernels.
    sweeps::Triangle<T> triangle() const
    {
      return {int(offsets.size()) - 1, offsets.data(), columns.data(),
              values.data()};
    }

    int n_places() const
    {
      return row_at.size();
    }

    std::vector<int> place_of; ///< of a row
    /// Where in x a place begins: its row, or what follow() has put there.
    /// Where it fills up a block, any.
    std::vector<int> row_at;
    std::vector<double> scale; ///< s by place; 0 where it fills up a block
    std::vector<int> offsets, columns; ///< see sweeps::Triangle
    std::vector<T> values;
    std::vector<int> at; ///< where an entry of the pattern is in values
  };
} // namespace nodal

#endif
