// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_factor_h
#define nodal_source_solver_lane_factor_h

#include "lane_kernels.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace nodal
{
  /**
   * The symbolic factorisation L D Lᵀ of a symmetric sparse matrix, ordered by
   * minimum degree (George and Liu, SIAM Review 1989), with the place of every
   * update written out so that the numerical factorisation in lanes only
   * follows a list.
   */
  class LaneFactor
  {
  public:
    /// @p edges are the pairs of different unknowns i, j that are coupled,
    /// each at least once, in any order.
    LaneFactor(int n, const std::vector<std::pair<int, int>> &edges);

    /// Where entry (i, j) is among the diagonal (first n) and lower entries.
    int position(int i, int j) const;

    /// The place of unknown i in the order of elimination.
    int place(const int i) const
    {
      return places[i];
    }

    int n_entries() const
    {
      return n + static_cast<int>(rows.size());
    }

    /// Multiplications of one numerical factorisation and lane.
    std::size_t n_operations() const
    {
      return targets.size();
    }

    lanes::Factor view() const
    {
      return {n, offsets.data(), rows.data(), targets.data(),
              target_offsets.data()};
    }

  private:
    void order(std::vector<std::vector<int>> neighbours);
    int entry(int row, int column) const;

    int n;
    std::vector<int> places, offsets, rows, targets, target_offsets;
    std::vector<std::vector<int>> structure; ///< by place, while being built
  };
} // namespace nodal

#endif
