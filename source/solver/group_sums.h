// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_group_sums_h
#define nodal_source_solver_group_sums_h

#include <nodal/core/petsc.h>

#include <vector>

namespace nodal
{
  /**
   * The matrix of the sums of the entries of @p A over groups of rows and of
   * columns: Pᵀ A P, where P is one where a row is in a group. @p group is by
   * owned row, with @p n_groups of this rank, -1 for none; @p block_size is
   * that of the result. Collective.
   */
  MatHandle group_sums(Mat A, const std::vector<int> &group, int n_groups,
                       PetscInt block_size);
} // namespace nodal

#endif
