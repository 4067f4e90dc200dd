// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_fsai_features_h
#define nodal_source_couple_fsai_features_h

#include <nodal/solver/fsai_levels.h>

#include <vector>

namespace nodal
{
  /**
   * What a network sees of a level of preconditioner 'multilevel fsai': numbers
   * that do not change when the matrix is scaled; and most of them neither when
   * an unknown is, but for sums of rows and what aggregates change. With
   * â_ij = a_ij / √(a_ii a_jj), of the entries in columns of this rank, they
   * are sums and largest values of |â| in a row, in its aggregate and below the
   * diagonal; the sum of a row over its diagonal entry; the size of the
   * aggregate; and ĝ_ij = g_ij √a_jj.
   */
  namespace fsai_features
  {
    constexpr unsigned int n_of_row = 9, n_of_entry = 16;

    /// Of each row of a level that has a next one: rows × n_of_row.
    std::vector<float> of_rows(const FsaiLevel &level);

    /// Of each entry of G: entries × n_of_entry.
    std::vector<float> of_entries(const FsaiLevel &level);
  } // namespace fsai_features
} // namespace nodal

#endif
