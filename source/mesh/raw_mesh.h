// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_raw_mesh_h
#define nodal_source_mesh_raw_mesh_h

#include "text_scanner.h"

#include <deal.II/base/point.h>
#include <deal.II/grid/tria.h>

#include <unordered_map>
#include <vector>

namespace nodal
{
  /// What an element of a mesh file is. All are linear.
  enum class Shape
  {
    vertex,
    line,
    triangle,
    quadrilateral,
    tetrahedron,
    hexahedron
  };

  unsigned int n_vertices(Shape shape);

  unsigned int dimension(Shape shape);

  std::string to_string(Shape shape);

  struct RawElement
  {
    Shape shape;
    std::vector<unsigned int> vertices; ///< indices, in VTK's order
    std::int64_t tag; ///< material of a cell, boundary id of a face
    std::size_t line; ///< where it stands in the file
  };

  /// What a mesh file says, before it is known to be a mesh.
  struct RawMesh
  {
    std::vector<dealii::Point<3>> points;
    std::vector<RawElement> elements;

    /// Add a point to which the file gives the number @p id.
    void add_point(std::int64_t id, const dealii::Point<3> &point,
                   const TextScanner &scanner);

    /// Read the vertices of an element of @p shape by their numbers.
    void read_element(Shape shape, std::int64_t tag, TextScanner &scanner);

  private:
    std::unordered_map<std::int64_t, unsigned int> index_of_id;
  };

  /// Gmsh, ASCII, versions 2 and 4.
  RawMesh read_msh(TextScanner &scanner);

  /// VTK's legacy format, ASCII, unstructured grid.
  RawMesh read_vtk(TextScanner &scanner);

  /// AVS UCD.
  RawMesh read_ucd(TextScanner &scanner);

  /// Abaqus: nodes, elements and the numbers at the end of element sets.
  RawMesh read_abaqus(TextScanner &scanner);

  /**
   * Make @p triangulation from the elements of dimension @p dim of @p raw, and
   * its boundary ids from those of dimension @p dim - 1. Cells that stand on
   * their head are turned. Throws BadInput if they are not a mesh.
   */
  template <int dim>
  void build(RawMesh &raw, const TextScanner &scanner,
             dealii::Triangulation<dim> &triangulation);
} // namespace nodal

#endif
