// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_node_rows_h
#define nodal_source_mesh_node_rows_h

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nodal
{
  /// The cells at each of the first @p n_nodes nodes, ascending, from the nodes
  /// of the cells, @p per_cell each.
  struct CellsOfNodes
  {
    CellsOfNodes(const std::vector<std::int64_t> &cell_nodes,
                 std::size_t per_cell, std::size_t n_nodes);

    std::vector<std::size_t> offsets, cells;
  };

  /// For each of the first @p n_nodes nodes, those that it shares a cell with,
  /// ascending, without itself, as compressed rows.
  void rows_of_nodes(const std::vector<std::int64_t> &cell_nodes,
                     std::size_t per_cell, std::size_t n_nodes,
                     std::vector<std::int64_t> &offsets,
                     std::vector<std::int64_t> &columns);
} // namespace nodal

#endif
