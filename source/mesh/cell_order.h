// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_cell_order_h
#define nodal_source_mesh_cell_order_h

#include <deal.II/grid/cell_id.h>
#include <deal.II/grid/tria.h>
#include <deal.II/grid/tria_accessor.h>

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

    /// dim bits per level: 32 levels in 2d, 21 in 3d. A p4est forest has an
    /// order of its own for the coarse cells, but keeps them all, so that
    /// their index is the same everywhere.
    template <class CellIterator>
    explicit CellKey(const CellIterator &cell)
    {
      constexpr int dim = CellIterator::AccessorType::dimension;
      const dealii::CellId id = cell->id();
      coarse = id.get_coarse_cell_id();
      if (cell->reference_cell().is_hyper_cube())
      {
        typename dealii::Triangulation<dim>::cell_iterator ancestor = cell;
        while (ancestor->level() > 0)
          ancestor = ancestor->parent();
        coarse = ancestor->index();
      }
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
