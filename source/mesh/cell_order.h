// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_cell_order_h
#define nodal_source_mesh_cell_order_h

#include <deal.II/grid/cell_id.h>

#include <cstdint>
#include <tuple>

namespace nodal
{
  /**
   * A CellId as two numbers that sort active cells as CellId does: by coarse
   * cell, then by the path of children. No active cell is a descendant of
   * another, so that the digits of the path may be padded with zeros.
   */
  struct CellKey
  {
    std::uint64_t coarse = 0;
    std::uint64_t path = 0;

    CellKey() = default;

    /// @p dim bits per level: 32 levels in 2d, 21 in 3d.
    CellKey(const dealii::CellId &id, const int dim)
        : coarse(id.get_coarse_cell_id())
    {
      int shift = 64;
      for (const std::uint8_t child : id.get_child_indices())
      {
        shift -= dim;
        path |= std::uint64_t(child) << shift;
      }
    }

    bool operator<(const CellKey &other) const
    {
      return std::tie(coarse, path) < std::tie(other.coarse, other.path);
    }
  };
} // namespace nodal

#endif
