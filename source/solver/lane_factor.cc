// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_factor.h"

#include <algorithm>
#include <set>

namespace nodal
{
  LaneFactor::LaneFactor(const int n,
                         const std::vector<std::pair<int, int>> &edges)
      : n(n)
  {
    std::vector<std::vector<int>> neighbours(n);
    for (const auto &[i, j] : edges)
      if (i != j)
      {
        neighbours[i].push_back(j);
        neighbours[j].push_back(i);
      }
    for (std::vector<int> &list : neighbours)
    {
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
    }
    order(std::move(neighbours));

    offsets = {0};
    for (const std::vector<int> &column : structure)
    {
      rows.insert(rows.end(), column.begin(), column.end());
      offsets.push_back(rows.size());
    }
    for (int k = 0; k < n; ++k)
    {
      target_offsets.push_back(targets.size());
      for (int e = offsets[k]; e < offsets[k + 1]; ++e)
        for (int e2 = e; e2 < offsets[k + 1]; ++e2)
          targets.push_back(entry(rows[e2], rows[e]));
    }
    structure.clear();
  }

  void LaneFactor::order(std::vector<std::vector<int>> neighbours)
  {
    places.assign(n, -1);
    std::vector<std::vector<int>> columns(n); // by place, of unknowns
    std::set<std::pair<int, int>> queue;
    for (int i = 0; i < n; ++i)
      queue.insert({neighbours[i].size(), i});
    for (int k = 0; k < n; ++k)
    {
      const int pivot = queue.begin()->second;
      queue.erase(queue.begin());
      places[pivot] = k;
      const std::vector<int> clique = std::move(neighbours[pivot]);
      for (const int i : clique)
      {
        queue.erase({neighbours[i].size(), i});
        std::vector<int> merged;
        std::set_union(neighbours[i].begin(), neighbours[i].end(),
                       clique.begin(), clique.end(),
                       std::back_inserter(merged));
        merged.erase(std::remove_if(merged.begin(), merged.end(),
                                    [&](const int j)
                                    { return j == i || j == pivot; }),
                     merged.end());
        neighbours[i] = std::move(merged);
        queue.insert({neighbours[i].size(), i});
      }
      columns[k] = clique;
    }
    structure.resize(n);
    for (int k = 0; k < n; ++k)
    {
      for (const int i : columns[k])
        structure[k].push_back(places[i]);
      std::sort(structure[k].begin(), structure[k].end());
    }
  }

  int LaneFactor::entry(const int row, const int column) const
  {
    if (row == column)
      return row;
    const auto begin = rows.begin() + offsets[column],
               end = rows.begin() + offsets[column + 1];
    return n + (std::lower_bound(begin, end, row) - rows.begin());
  }

  int LaneFactor::position(const int i, const int j) const
  {
    return entry(std::max(places[i], places[j]),
                 std::min(places[i], places[j]));
  }
} // namespace nodal
