// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_completion_h
#define nodal_source_solver_lane_completion_h

#include <nodal/solver/lane_multigrid.h>

namespace nodal
{
  /// @p family with levels of a grid or of aggregates below its coarsest until
  /// one has few unknowns and there are @p least_levels.
  LaneFamily completed(LaneFamily family, unsigned int least_levels,
                       const LaneMultigrid::Settings &settings);
} // namespace nodal

#endif
