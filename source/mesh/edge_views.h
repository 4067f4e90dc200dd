// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_edge_views_h
#define nodal_source_mesh_edge_views_h

#include <nodal/mesh/graph.h>

namespace nodal
{
  /// Fill `views` of @p level, whose edges are known. Collective.
  void add_views(unsigned int dim, GraphLevel &level);
} // namespace nodal

#endif
