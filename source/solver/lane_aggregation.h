// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_aggregation_h
#define nodal_source_solver_lane_aggregation_h

#include <nodal/solver/lane_family.h>

namespace nodal
{
  /**
   * Make a level coarser than @p fine, which must have none, where there is no
   * coarser mesh: nodes are aggregated along the strong couplings of A(1)
   * (Vaněk, Mandel, Brezina, Computing 1996) and interpolation is piecewise
   * constant, the same for all samples. So the coarse matrix PᵀA(μ)P is a sum
   * over those cells that aggregates share, with the coefficients of the
   * sample, and every sample has its own.
   *
   * Piecewise constants make a coarse matrix too stiff; it is divided by
   * @p overcorrection (Stüben, J. Comput. Appl. Math. 2001, section 8).
   *
   * Adds parents and interpolation to @p fine. Returns the coarse level; its
   * cells have as many nodes, of which some are repeated with zero rows.
   */
  LaneLevel aggregate(LaneLevel &fine, double overcorrection);
} // namespace nodal

#endif
