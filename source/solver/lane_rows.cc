// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_rows.h"

#include "lane_level.h"

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace
  {
    /// Row sums below this part of the entries are rounding.
    constexpr double rounding = 1e-13;
  } // namespace

  LaneRows::Neighbours LaneRows::find_neighbours(const LaneLevel &level)
  {
    Neighbours above(level.n_nodes);
    const unsigned int n = level.n;
    for (unsigned int c = 0; c < level.n_cells; ++c)
    {
      const std::int32_t *const at = &level.cell_nodes[std::size_t(c) * n];
      for (unsigned int i = 0; i < n; ++i)
        for (unsigned int j = 0; j < n; ++j)
          if (at[i] < at[j] && !level.is_constrained[at[i]] &&
              !level.is_constrained[at[j]])
            above[at[i]].push_back(at[j]);
    }
    for (std::vector<std::int32_t> &row : above)
    {
      std::sort(row.begin(), row.end());
      row.erase(std::unique(row.begin(), row.end()), row.end());
    }
    return above;
  }

  LaneRows::LaneRows(const LaneLevel &level,
                     const std::vector<std::int32_t> &cell_at,
                     const unsigned int lanes)
      : n_nodes(level.n_nodes)
  {
    const Neighbours above = find_neighbours(level);
    make_blocks(above);
    offsets = {0};
    for (const std::vector<std::int32_t> &row : above)
    {
      for (const std::int32_t j : row)
      {
        columns.push_back(j);
        places.push_back(j * lanes);
        places.push_back((j & (ring - 1)) * lanes);
      }
      offsets.push_back(columns.size());
    }
    tabulate(level, cell_at);
  }

  void LaneRows::make_blocks(const Neighbours &above)
  {
    nodes = {0};
    int prepared = 0, longest = 1;
    for (int begin = 0; begin < n_nodes; begin += lane_nodes_per_block)
    {
      const int end = std::min(begin + lane_nodes_per_block, n_nodes);
      prepared = std::max(prepared, end);
      for (int i = begin; i < end; ++i)
        if (!above[i].empty())
          prepared = std::max(prepared, above[i].back() + 1);
      nodes.push_back(end);
      ready.push_back(prepared);
      longest = std::max(longest, prepared - begin);
    }
    while (ring < longest)
      ring *= 2;
  }

  int LaneRows::place_of_sum(const int row) const
  {
    return offsets[row] + row;
  }

  int LaneRows::place_of_entry(const int row, const int column) const
  {
    const auto found =
        std::lower_bound(columns.begin() + offsets[row],
                         columns.begin() + offsets[row + 1], column);
    return found - columns.begin() + row + 1;
  }

  void LaneRows::tabulate(const LaneLevel &level,
                          const std::vector<std::int32_t> &cell_at)
  {
    const unsigned int n = level.n;
    if (!level.constant.empty())
      base.assign(n_entries(), 0.F);
    // Call put(place, value) for what the matrix K of a cell gives.
    const auto for_entries = [&](const std::int32_t *const at,
                                 const double *const K, const auto &put)
    {
      for (unsigned int i = 0; i < n; ++i)
      {
        if (level.is_constrained[at[i]])
          continue;
        double sum = 0, size = 0;
        for (unsigned int j = 0; j < n; ++j)
        {
          if (level.is_constrained[at[j]])
            continue;
          const double entry = 0.5 * (K[i * n + j] + K[j * n + i]);
          sum += entry;
          size += std::abs(entry);
          if (at[i] < at[j] && entry != 0)
            put(place_of_entry(at[i], at[j]), entry);
        }
        if (std::abs(sum) > rounding * size)
          put(place_of_sum(at[i]), sum);
      }
    };
    sum_offsets = {0};
    for (const std::int32_t c : cell_at)
    {
      const std::int32_t *const at = &level.cell_nodes[std::size_t(c) * n];
      const std::size_t matrix = std::size_t(c) * n * n;
      for_entries(at, &level.unit[matrix],
                  [&](const int place, const double value)
                  {
                    positions.push_back(place);
                    values.push_back(value);
                  });
      sum_offsets.push_back(positions.size());
      if (!base.empty())
        for_entries(at, &level.constant[matrix],
                    [&](const int place, const double value)
                    { base[place] += value; });
    }
  }

  std::size_t LaneRows::n_neighbours(const LaneLevel &level)
  {
    std::size_t n = 0;
    for (const std::vector<std::int32_t> &row : find_neighbours(level))
      n += row.size();
    return n;
  }
} // namespace nodal
