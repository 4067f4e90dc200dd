// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_runs.h"

namespace nodal
{
  LaneRuns::LaneRuns(const std::int32_t *const cell_nodes,
                     const unsigned int n_cells, const unsigned int n)
      : cell_nodes(cell_nodes), n(n), is_placed(n_cells, false)
  {
    for (; first_free < n_cells; ++first_free)
      if (!is_placed[first_free])
      {
        begin(first_free);
        while (extend())
          ++lengths.back();
      }
  }

  /// Which node of @p cell is @p node, but not node @p other of it; or -1.
  int LaneRuns::find(const unsigned int cell, const std::int32_t node,
                     const int other) const
  {
    for (unsigned int i = 0; i < n; ++i)
      if (cell_nodes[cell * n + i] == node && int(i) != other)
        return i;
    return -1;
  }

  void LaneRuns::append(const unsigned int cell, const int first,
                        const int second)
  {
    is_placed[cell] = true;
    cells.push_back(cell);
    locals.push_back(first);
    locals.push_back(second);
    for (unsigned int i = 0; i < n; ++i)
      if (int(i) != first && int(i) != second)
        locals.push_back(i);
  }

  /// A new run, turned such that the nearest cell can be its second.
  void LaneRuns::begin(const unsigned int cell)
  {
    lengths.push_back(1);
    for (unsigned int next = cell + 1; next < is_placed.size(); ++next)
    {
      if (is_placed[next])
        continue;
      for (unsigned int i = 0; i < n; ++i)
        for (unsigned int j = i + 1; j < n; ++j)
        {
          const int a = find(next, cell_nodes[cell * n + i], -1);
          if (a < 0 || find(next, cell_nodes[cell * n + j], a) < 0)
            continue;
          // Nodes i and j come last.
          std::vector<int> first;
          for (unsigned int k = 0; k < n; ++k)
            if (k != i && k != j)
              first.push_back(k);
          first.push_back(i);
          append(cell, first[0], first[1]);
          return;
        }
    }
    append(cell, 0, 1);
  }

  bool LaneRuns::extend()
  {
    const unsigned int last = cells.back();
    const unsigned int *const order = &locals[locals.size() - 2];
    const std::int32_t u = cell_nodes[last * n + order[0]],
                       v = cell_nodes[last * n + order[1]];
    for (unsigned int next = first_free; next < is_placed.size(); ++next)
    {
      if (is_placed[next])
        continue;
      const int a = find(next, u, -1);
      const int b = a < 0 ? -1 : find(next, v, a);
      if (b < 0)
        continue;
      append(next, a, b);
      return true;
    }
    return false;
  }
} // namespace nodal
