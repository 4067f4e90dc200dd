// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_mesh_piece_h
#define nodal_mesh_mesh_piece_h

#include <nodal/mesh/halo.h>
#include <nodal/mesh/numbering.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace nodal
{
  /**
   * What one rank needs to know of a mesh to work on its share of the nodes:
   * the cells at the nodes that it owns, with the nodes and the boundary faces
   * of these cells.
   */
  struct MeshPiece
  {
    /// Nodes are numbered anew: those that this rank owns come first, by
    /// ascending number in the order of Numbering, then its ghosts, by
    /// ascending number. Cells and faces are in the order of the whole mesh;
    /// faces without an owned node are left out. The graph has rows for owned
    /// nodes. `points`, `cells` and `boundary_faces` are empty.
    MeshDescription mesh;

    std::vector<std::int64_t> number; ///< of all nodes, in the whole mesh

    /// Which of the nodes that this rank owns, as Space counts them, each owned
    /// node is. Empty for a piece of a MeshDescription.
    std::vector<int> place;

    std::shared_ptr<const Halo> halo;

    int n_owned() const
    {
      return halo->n_owned();
    }
  };

  /**
   * The share of this rank of @p mesh, which all ranks of @p comm hold.
   * Collective.
   *
   * Nodes are dealt out by bisection along the longest side of the box around
   * them, again and again (Berger, Bokhari: A partitioning strategy for
   * nonuniform problems on multiprocessors, 1987), in equal numbers.
   */
  MeshPiece cut_out(const MeshDescription &mesh, MPI_Comm comm);

  /**
   * The share of this rank of a distributed mesh: the nodes whose degrees of
   * freedom it owns. Boundary conditions stay empty, describe_boundary() of
   * room pde fills them. Nothing is gathered on one rank. Collective.
   */
  template <int dim>
  MeshPiece cut_out(const Space<dim> &space);
} // namespace nodal

#endif
