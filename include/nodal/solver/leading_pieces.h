// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_leading_pieces_h
#define nodal_solver_leading_pieces_h

#include <nodal/core/petsc.h>
#include <nodal/solver/aggregates.h>

#include <vector>

namespace nodal
{
  /**
   * The @p n_columns vectors by row whose pieces on each aggregate of @p A are
   * the leading left singular vectors of those of @p snapshots, rows ×
   * @p n_snapshots, without what is nearly in the null space.
   */
  std::vector<std::vector<double>>
  leading_pieces(Mat A, const Aggregates &aggregates,
                 const std::vector<float> &snapshots, unsigned int n_snapshots,
                 unsigned int n_columns);
} // namespace nodal

#endif
