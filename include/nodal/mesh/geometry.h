// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_geometry_h
#define nodal_mesh_geometry_h

#include <nodal/core/choice.h>
#include <nodal/core/random.h>
#include <nodal/mesh/mesh_source.h>

#include <memory>
#include <set>

namespace nodal
{
  /// Where the mesh of a sample comes from: one mesh for all, or one for each.
  template <int dim>
  class Geometry
  {
  public:
    virtual ~Geometry() = default;

    static std::string kind()
    {
      return "geometry";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /// Rules across parameters; throws BadInput.
    virtual void check() const
    {
    }

    /// True if every sample has a mesh of its own.
    virtual bool varies() const = 0;

    /// The boundary ids that a mesh may have, if it varies.
    virtual std::set<dealii::types::boundary_id> boundary_ids() const
    {
      return {};
    }

    /// The serial coarse mesh of the sample whose numbers @p random draws, the
    /// same on all ranks of @p comm. It depends on the numbers and on
    /// @p source alone. Collective; throws BadInput.
    virtual std::unique_ptr<dealii::Triangulation<dim>>
    draw(const MeshSource<dim> &source, Random random, MPI_Comm comm) const = 0;
  };
} // namespace nodal

#endif
