// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_square_cells_h
#define nodal_source_mesh_square_cells_h

#include <deal.II/grid/tria.h>

#include <memory>
#include <utility>
#include <vector>

namespace nodal
{
  /// Some of the cells of a grid of n × n squares on the unit square.
  class SquareCells
  {
  public:
    /// An edge by the numbers of its vertices, with the cells on its left.
    using Edge = std::pair<unsigned int, unsigned int>;

    /// All cells.
    explicit SquareCells(unsigned int n);

    /// Take out the cell in column @p i and row @p j.
    void remove(unsigned int i, unsigned int j);

    /// The edges of the boundary, which is one closed line, one after the other
    /// from the first vertex on it by number.
    std::vector<Edge> boundary() const;

    /// The cells as a mesh; edge k of boundary() gets the id @p ids[k].
    std::unique_ptr<dealii::Triangulation<2>>
    mesh(const std::vector<dealii::types::boundary_id> &ids) const;

  private:
    bool has(int i, int j) const;
    unsigned int vertex(unsigned int i, unsigned int j) const;

    const unsigned int n;
    std::vector<bool> cells; ///< by column and row, columns fastest
  };
} // namespace nodal

#endif
