// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_coarse_images_h
#define nodal_source_solver_coarse_images_h

#include "sparse_columns.h"

#include <nodal/core/petsc.h>
#include <nodal/solver/aggregates.h>

#include <vector>

namespace nodal
{
  /// Rows of a matrix whose columns stand in groups. An entry is what a row has
  /// in one group: `width` numbers, with zeros beyond the columns of the group.
  struct GroupedRows
  {
    int size() const
    {
      return int(offsets.size()) - 1;
    }

    /// The group of the only entry of each row, -1 if it has none; empty if a
    /// row has more.
    std::vector<int> only_groups() const;

    /// By columns; columns of group g are @p first[g] … @p first[g + 1].
    SparseColumns by_columns(const std::vector<int> &first) const;

    int width = 1;
    std::vector<int> offsets = {0}, groups;
    std::vector<double> values;
  };

  /// The columns of a coarse space, W, and their images A W: owned rows, with
  /// the groups of all ranks.
  struct CoarseImages
  {
    /// Each column is a group. Collective.
    CoarseImages(Mat A, Mat W);

    /// Each aggregate is a group. Collective.
    CoarseImages(Mat A, const AggregateColumns &W);

    std::vector<int> first; ///< columns of a group, as in GroupedRows
    GroupedRows W, AW;

  private:
    /// Entries of A W that are zero to rounding, as a constant gives them in
    /// rows of a Laplacian, are left out.
    void multiply(Mat A, const GroupedRows &W_of_others);
  };
} // namespace nodal

#endif
