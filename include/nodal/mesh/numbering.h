// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_numbering_h
#define nodal_mesh_numbering_h

#include <nodal/mesh/space.h>

#include <string>
#include <vector>

namespace nodal
{
  /**
   * A mesh and the space on it as plain arrays, in the order of Numbering.
   * Two-dimensional arrays are row-major.
   */
  struct MeshDescription
  {
    unsigned int dim = 0;
    unsigned int degree = 0;
    std::string cell_type;
    std::vector<double> points;      ///< n_points × dim, mesh vertices
    std::vector<std::int64_t> cells; ///< n_cells × vertices per cell, in
                                     ///< VTK's order of vertices
    std::vector<std::int64_t> boundary_faces; ///< n_faces × vertices per face
    std::vector<std::int32_t> boundary_ids;   ///< n_faces
    std::vector<double> support_points;       ///< n_nodes × dim
    std::vector<std::int64_t> cell_nodes;     ///< n_cells × nodes per cell
    std::vector<std::int64_t> linear_cells;   ///< the lattice of nodes cut into
                                              ///< linear cells, VTK's order
    std::vector<std::int64_t> boundary_nodes; ///< ascending
    std::vector<std::int64_t> boundary_face_nodes; ///< n_faces × nodes per
                                                   ///< face, deal.II's order
    std::vector<std::int64_t> graph_offsets;       ///< CSR graph of nodes that
    std::vector<std::int64_t> graph_columns; ///< share a cell (no diagonal)

    /// The boundary conditions, which describe_boundary() of room pde fills;
    /// all empty where nobody has. A type is 0 Dirichlet, 1 Neumann, 2 Robin,
    /// 3 impedance. A node where types meet has the lowest.
    std::vector<std::int8_t> boundary_types;      ///< n_faces
    std::vector<std::int8_t> boundary_node_types; ///< n_boundary_nodes
    std::vector<std::int8_t> boundary_sampled;    ///< n_boundary_nodes: 1
                                                  ///< where the sampled
                                                  ///< boundary value holds
    std::vector<double> boundary_values; ///< n_boundary_nodes × components:
                                         ///< the formula for the value g, 0
                                         ///< where it is sampled
    std::vector<double> boundary_coefficients; ///< n_boundary_nodes: α of
                                               ///< Robin conditions, else 0

    std::size_t n_points() const
    {
      return dim == 0 ? 0 : points.size() / dim;
    }

    std::size_t n_nodes() const
    {
      return dim == 0 ? 0 : support_points.size() / dim;
    }

    std::size_t n_cells = 0;
  };

  /**
   * An order of cells and nodes that does not depend on the number of ranks:
   * cells by their CellId, nodes and vertices by first appearance in that
   * order of cells. Data sets are written in it, and the coordinates it gives
   * are equal to the bit on any number of ranks.
   *
   * Cost: rank 0 of the group holds the whole mesh as arrays.
   */
  template <int dim>
  class Numbering
  {
  public:
    /// Collective over the space's communicator.
    explicit Numbering(const Space<dim> &space);

    /// The whole mesh; filled on rank 0 of the group only.
    MeshDescription description;

    std::uint64_t n_cells;          ///< on all ranks
    std::uint64_t n_nodes;          ///< on all ranks
    std::uint64_t n_boundary_nodes; ///< on all ranks

    /// For locally owned cells, by active cell index: the number of the cell.
    std::vector<std::uint64_t> cell_number;

    /// For locally relevant nodes, by index within space.scalar_relevant.
    std::vector<std::uint64_t> node_number;
    std::vector<dealii::Point<dim>> node_point;
    std::vector<bool> is_boundary_node;

    /// Values of all cells on rank 0, in order, from @p local, which holds
    /// @p n_components per active cell index; empty on other ranks.
    std::vector<double> gather_cells(const std::vector<double> &local,
                                     unsigned int n_components) const;

    /// The node values in order (n_nodes × n_components, component fastest)
    /// on rank 0 from @p field over space.dofs, or over space.scalar_dofs if
    /// @p scalar; empty on other ranks.
    std::vector<double> gather_nodes(const FieldVector &field,
                                     bool scalar) const;

    /// A word that identifies the mesh, the space and its distribution: equal
    /// words mean that saved vectors fit.
    std::string layout;

  private:
    void share_cells(std::size_t n_owned_cells);
    void share_nodes();
    void share_layout();

    const Space<dim> &space;

    /// On rank 0: the number of each cell, as gathered from the ranks, and of
    /// each degree of freedom of space.scalar_dofs.
    std::vector<std::uint64_t> number_of_cell, number_of_node;
  };
} // namespace nodal

#endif
