// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_mesh_h
#define nodal_mesh_mesh_h

#include <deal.II/fe/mapping.h>
#include <deal.II/grid/tria.h>

#include <memory>
#include <set>
#include <vector>

namespace nodal
{
  /**
   * A mesh on the ranks of one group: serial on one rank; on several, a p4est
   * forest for quadrilaterals and hexahedra and a fully distributed
   * triangulation for simplices, which is rebuilt from a serial copy on every
   * rank each time the mesh is refined.
   */
  template <int dim>
  class Mesh
  {
  public:
    /// Takes over the serial mesh @p coarse, which is unrefined and the same
    /// on all ranks of @p comm, and refines it globally @p n_refinements times.
    /// Throws BadInput if its cells are not all of one kind.
    Mesh(std::unique_ptr<dealii::Triangulation<dim>> coarse, MPI_Comm comm,
         unsigned int n_refinements);

    const dealii::Triangulation<dim> &triangulation() const
    {
      return *active;
    }

    /**
     * Refine the @p fraction of all cells with the largest @p indicators,
     * which are indexed by the active cell index and count for locally owned
     * cells only. The cells chosen do not depend on the number of ranks.
     * Quadrilaterals and hexahedra get hanging nodes; triangles and
     * tetrahedra are bisected with their neighbours, so that they do not.
     * Spaces on the mesh must have been destroyed.
     */
    void refine(const dealii::Vector<float> &indicators, double fraction);

    bool is_simplex() const;

    /// Straight-sided cells.
    const dealii::Mapping<dim> &mapping() const
    {
      return *linear_mapping;
    }

    /// The boundary ids that occur on the mesh, on all ranks.
    std::set<dealii::types::boundary_id> boundary_ids() const;

    /// "triangle", "quadrilateral", "tetrahedron" or "hexahedron".
    std::string cell_type() const;

    const MPI_Comm comm;

  private:
    void distribute();

    /// The serial mesh: all of it on one rank or for simplices (then without
    /// levels), the coarse cells otherwise.
    std::unique_ptr<dealii::Triangulation<dim>> serial;
    /// The distributed one on several ranks.
    std::unique_ptr<dealii::Triangulation<dim>> distributed;
    dealii::Triangulation<dim> *active = nullptr;
    std::unique_ptr<dealii::Mapping<dim>> linear_mapping;
  };
} // namespace nodal

#endif
