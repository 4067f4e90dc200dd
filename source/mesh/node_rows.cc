// SPDX-License-Identifier: LGPL-2.1-or-later
#include "node_rows.h"

#include <algorithm>
#include <numeric>

namespace nodal
{
  CellsOfNodes::CellsOfNodes(const std::vector<std::int64_t> &cell_nodes,
                             const std::size_t per_cell,
                             const std::size_t n_nodes)
      : offsets(n_nodes + 1, 0)
  {
    const auto counts = [n_nodes](const std::int64_t node)
    { return node < std::int64_t(n_nodes); };
    for (const std::int64_t node : cell_nodes)
      if (counts(node))
        ++offsets[node + 1];
    std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
    cells.resize(offsets.back());
    std::vector<std::size_t> next(offsets.begin(), offsets.end() - 1);
    for (std::size_t i = 0; i < cell_nodes.size(); ++i)
      if (counts(cell_nodes[i]))
        cells[next[cell_nodes[i]]++] = i / per_cell;
  }

  void rows_of_nodes(const std::vector<std::int64_t> &cell_nodes,
                     const std::size_t per_cell, const std::size_t n_nodes,
                     std::vector<std::int64_t> &offsets,
                     std::vector<std::int64_t> &columns)
  {
    const CellsOfNodes at(cell_nodes, per_cell, n_nodes);
    const std::int64_t n_all =
        cell_nodes.empty()
            ? 0
            : *std::max_element(cell_nodes.begin(), cell_nodes.end()) + 1;
    std::vector<std::size_t> seen_by(n_all, n_nodes);
    offsets.assign(1, 0);
    columns.clear();
    for (std::size_t node = 0; node < n_nodes; ++node)
    {
      const std::size_t row = columns.size();
      for (std::size_t k = at.offsets[node]; k < at.offsets[node + 1]; ++k)
        for (std::size_t i = 0; i < per_cell; ++i)
        {
          const std::int64_t other = cell_nodes[at.cells[k] * per_cell + i];
          if (other != std::int64_t(node) && seen_by[other] != node)
            columns.push_back(other);
          seen_by[other] = node;
        }
      std::sort(columns.begin() + row, columns.end());
      offsets.push_back(columns.size());
    }
  }
} // namespace nodal
