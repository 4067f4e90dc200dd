// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_aggregates_h
#define nodal_solver_aggregates_h

#include <nodal/core/petsc.h>

#include <vector>

namespace nodal
{
  /// Disjoint sets of rows of a matrix, each within one rank.
  struct Aggregates
  {
    std::vector<int> of_row; ///< by owned row; -1 is in none
    int n = 0;               ///< on this rank
  };

  /// The rows of all aggregates, one aggregate after the other.
  struct RowsOfAggregates
  {
    RowsOfAggregates() = default;
    explicit RowsOfAggregates(const Aggregates &aggregates);

    /// Aggregate k has rows[offsets[k]] … rows[offsets[k + 1] − 1].
    std::vector<int> offsets = {0}, rows;
  };

  /// Rows of an aggregate where nothing else is asked for: 45, or 80 where rows
  /// of @p A have more than eight entries on average, as in 3d. Of this rank.
  unsigned int automatic_aggregate_size(Mat A);

  /**
   * Sets of about @p size rows that are strongly coupled (0: the automatic
   * size), by matching: every
   * row joins the neighbour of strongest coupling -a_ij, then every pair
   * another pair of strongest total coupling, and so on (double pairwise
   * aggregation is of Notay, ETNA 37, 2010; here there are as many passes as
   * the size asks for). Where rows have many couplings, whole neighbourhoods of
   * rows come first. Couplings below @p threshold times the strongest of a
   * set are never followed, so that sets are long in the direction of strong
   * diffusion. Rows that are coupled in this way to no other row of this rank,
   * as those of Dirichlet values, are in no set.
   *
   * If the matrix has a block size, the rows of a block stay together and
   * @p size counts blocks. No communication.
   */
  Aggregates aggregate_by_strength(Mat A, unsigned int size, double threshold);

  /// Columns that are zero outside their aggregates, each within one rank.
  struct AggregateColumns
  {
    std::vector<int> of_row;    ///< the aggregate of an owned row, or -1
    std::vector<int> n_columns; ///< by aggregate
    /// Entries that each row has: 1, or a multiple of four, with zeros beyond
    /// the columns of its aggregate.
    int width = 1;
    std::vector<double> values; ///< rows × width
  };

  /// Vectors of owned entries that are nearly in the null space of A: those of
  /// MatSetNearNullSpace(), or, without any, the constants of each component of
  /// a block.
  std::vector<std::vector<double>> near_null_space(Mat A);

  /// For each aggregate, @p vectors (owned entries) on its rows, made
  /// orthonormal in their order; what is linearly dependent there is left out.
  AggregateColumns columns_on(const Aggregates &aggregates,
                              const std::vector<std::vector<double>> &vectors);

  /// The matrix of @p columns, of the type of A and with its rows. Collective.
  MatHandle as_matrix(const AggregateColumns &columns, Mat A);
} // namespace nodal

#endif
