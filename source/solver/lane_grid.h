// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_grid_h
#define nodal_source_solver_lane_grid_h

#include <nodal/solver/lane_family.h>

#include <vector>

namespace nodal
{
  /**
   * Levels coarser than @p fine, which must have none, where there is no
   * coarser mesh: multilinear elements on a grid of boxes over the points of
   * its nodes, about twice as wide as its cells and halved where cells are
   * small (a quadtree or octree in balance), then every such grid with its
   * boxes merged where they have no smaller siblings (auxiliary space method on
   * an adapted grid: Xu, Computing 1996; Grasedyck, Wang, Xu, Numer. Math.
   * 2016).
   *
   * Each cell gives its matrix to the box of its centre, with the functions of
   * that box continued to its nodes. So the matrix of a box is exact for a
   * constant coefficient and linear functions, whatever the mesh and its
   * boundary are, and every sample has its own: that of a box has the mean of
   * the coefficients of its cells. Functions of the grid vanish at corners of
   * boxes near nodes with prescribed values.
   *
   * Adds parents and interpolation to @p fine. Returns the levels, finest
   * first, the last one with at most @p few nodes where boxes can still be
   * merged; empty if @p fine has no points or a grid would have hardly fewer
   * nodes.
   */
  std::vector<LaneLevel> grid_levels(LaneLevel &fine, unsigned int few);
} // namespace nodal

#endif
