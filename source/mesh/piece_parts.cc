// SPDX-License-Identifier: LGPL-2.1-or-later
#include "piece_parts.h"

#include "node_rows.h"

#include <algorithm>

namespace nodal
{
  void collect_boundary_nodes(MeshDescription &piece)
  {
    piece.boundary_nodes = piece.boundary_face_nodes;
    std::sort(piece.boundary_nodes.begin(), piece.boundary_nodes.end());
    piece.boundary_nodes.erase(
        std::unique(piece.boundary_nodes.begin(), piece.boundary_nodes.end()),
        piece.boundary_nodes.end());
  }

  void collect_rows(MeshPiece &piece)
  {
    MeshDescription &mesh = piece.mesh;
    rows_of_nodes(mesh.cell_nodes,
                  mesh.n_cells > 0 ? mesh.cell_nodes.size() / mesh.n_cells : 1,
                  piece.n_owned(), mesh.graph_offsets, mesh.graph_columns);
  }
} // namespace nodal
