// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_polygon_mesh_h
#define nodal_source_mesh_polygon_mesh_h

#include <deal.II/base/point.h>
#include <deal.II/base/types.h>

#include <vector>

namespace nodal
{
  struct Polygon
  {
    std::vector<dealii::Point<2>> corners;       ///< anticlockwise
    std::vector<dealii::types::boundary_id> ids; ///< of the side that begins
                                                 ///< at each corner
    double size = 0.1;                           ///< of the triangles
  };

  /// A polygon cut into triangles.
  struct PolygonMesh
  {
    std::vector<double> points;          ///< x, y of each
    std::vector<unsigned int> triangles; ///< anticlockwise, three points each
    std::vector<unsigned int> sides;     ///< two points and the boundary id
  };

  /// Serial; equal polygons give equal meshes, whatever was meshed before.
  /// Throws NumericalFailure if gmsh cannot do it.
  PolygonMesh mesh_polygon(const Polygon &polygon);
} // namespace nodal

#endif
