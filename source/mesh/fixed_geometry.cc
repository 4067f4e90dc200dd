// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/mesh/geometry.h>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    template <int dim>
    class FixedGeometry : public Geometry<dim>
    {
    public:
      bool varies() const override
      {
        return false;
      }

      std::unique_ptr<Triangulation<dim>>
      draw(const MeshSource<dim> &source, Random, MPI_Comm comm) const override
      {
        auto mesh = std::make_unique<Triangulation<dim>>();
        source.create(*mesh, comm);
        return mesh;
      }
    };
  } // namespace

  NODAL_REGISTER_DIM(Geometry, FixedGeometry, "fixed",
                     "every sample has the mesh of the mesh source")
} // namespace nodal
