// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_graph_coarsening_h
#define nodal_source_mesh_graph_coarsening_h

#include <nodal/mesh/graph.h>

namespace nodal
{
  /// Append the next coarser level to @p graph and give the last one its
  /// interpolation; returns false, and changes nothing, if it would have all
  /// of the nodes.
  bool add_coarser_level(Graph &graph);
} // namespace nodal

#endif
