// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_piece_parts_h
#define nodal_source_mesh_piece_parts_h

#include <nodal/mesh/mesh_piece.h>

namespace nodal
{
  /// Fill `boundary_nodes` with the nodes on the faces of @p piece.
  void collect_boundary_nodes(MeshDescription &piece);

  /// Fill the graph of @p piece, with rows for owned nodes.
  void collect_rows(MeshPiece &piece);
} // namespace nodal

#endif
