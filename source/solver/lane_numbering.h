// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_numbering_h
#define nodal_source_solver_lane_numbering_h

#include <nodal/solver/lane_family.h>

#include <vector>

namespace nodal
{
  /**
   * New numbers for the nodes of @p level such that the nodes of a cell have
   * near numbers: fronts that move from one end of the mesh to the other
   * (Cuthill and McKee, 1969, begun on a whole side), so that a sweep works
   * on a narrow strip that stays in the cache. The number of each node; as it
   * is where the level has no points.
   */
  std::vector<std::int32_t> number_by_fronts(const LaneLevel &level);

  /// Renumber the nodes of level @p l of @p family, node i to number[i].
  void renumber(LaneFamily &family, std::size_t l,
                const std::vector<std::int32_t> &number);
} // namespace nodal

#endif
