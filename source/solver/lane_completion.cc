// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_completion.h"

#include "lane_aggregation.h"
#include "lane_grid.h"

#include <nodal/core/exceptions.h>

#include <algorithm>

namespace nodal
{
  namespace
  {
    /// Boxes of a grid are merged until it has no more nodes than this.
    constexpr unsigned int few = 200;

    unsigned int n_free(const LaneLevel &level)
    {
      return std::count(level.is_constrained.begin(),
                        level.is_constrained.end(), false);
    }

    /// A level of aggregated nodes; see aggregate().
    void add_aggregates(std::vector<LaneLevel> &levels,
                        const LaneMultigrid::Settings &settings)
    {
      LaneLevel coarse = aggregate(levels.back(), settings.overcorrection);
      if (10 * n_free(coarse) > 9 * n_free(levels.back()) && levels.size() > 1)
        throw BadInput("the unknowns cannot be aggregated to fewer than " +
                       std::to_string(n_free(coarse)));
      levels.push_back(std::move(coarse));
    }
  } // namespace

  LaneFamily completed(LaneFamily family, const unsigned int least_levels,
                       const LaneMultigrid::Settings &settings)
  {
    std::vector<LaneLevel> &levels = family.levels;
    const auto is_complete = [&]
    {
      return levels.size() >= least_levels &&
             n_free(levels.back()) <= settings.most_coarsest;
    };
    if (!is_complete() && settings.has_grid)
      for (LaneLevel &level : grid_levels(levels.back(), few))
        levels.push_back(std::move(level));
    while (!is_complete())
      add_aggregates(levels, settings);
    return family;
  }
} // namespace nodal
