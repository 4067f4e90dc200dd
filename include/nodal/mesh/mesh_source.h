// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_mesh_source_h
#define nodal_mesh_mesh_source_h

#include <nodal/core/parameters.h>

#include <deal.II/grid/tria.h>

#include <string>

namespace nodal
{
  /// Where a coarse mesh comes from: a file, one of deal.II's generators.
  template <int dim>
  class MeshSource
  {
  public:
    virtual ~MeshSource() = default;

    static std::string kind()
    {
      return "mesh source";
    }

    virtual void add_parameters(Parameters &prm) = 0;

    /**
     * Fill the empty @p triangulation, which is serial and the same on every
     * rank. All cells are of one kind (triangles, quadrilaterals, tetrahedra
     * or hexahedra). Collective over @p comm: files are read on rank 0 and
     * broadcast. Throws BadInput on all ranks if the mesh cannot be made.
     */
    virtual void create(dealii::Triangulation<dim> &triangulation,
                        MPI_Comm comm) const = 0;
  };
} // namespace nodal

#endif
