// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_partition_h
#define nodal_source_solver_lane_partition_h

#include <nodal/solver/lane_family.h>

#include <functional>

namespace nodal
{
  /// A family as one rank works on it: the first levels are divided among the
  /// ranks, the others are on every rank as a whole.
  struct LanePartition
  {
    LaneFamily family;
    unsigned int n_divided = 0;
  };

  /**
   * Give every rank what it needs of @p parts: the cells of its own nodes, the
   * interpolation at all nodes of these, the children of its own cells. Levels
   * from the first coarse one with at most @p few nodes on, or the coarsest, or
   * the one below where there is none, are gathered on every rank;
   * @p complete(family, n) adds to them until there are at least n levels.
   *
   * On one rank nothing is divided. Sets parents of the last divided level on
   * one rank only for each coarse cell, so that coefficients of coarse cells
   * can be summed over ranks. Collective; throws BadInput on all ranks.
   */
  LanePartition
  divide(DistributedLaneFamily parts, std::int64_t few,
         const std::function<LaneFamily(LaneFamily, unsigned int)> &complete);
} // namespace nodal

#endif
