// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/mesh/geometry.h>

#include "square_cells.h"

#include <cmath>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// The cells of a grid whose centres lie in a disc: its boundary is a
    /// staircase, which a grid method makes of a disc.
    class DiscOfSquares : public Geometry<2>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Cells", n_cells, "Square cells per side of the unit square.",
                4, 10000);
      }

      bool varies() const override
      {
        return false;
      }

      std::unique_ptr<Triangulation<2>> draw(const MeshSource<2> &, Random,
                                             MPI_Comm) const override
      {
        SquareCells cells(n_cells);
        // Whole numbers, so that no rounding decides: twice the distance from
        // the centre, in cells.
        const auto from_centre = [this](const unsigned int i)
        { return 2 * std::int64_t(i) + 1 - std::int64_t(n_cells); };
        const std::int64_t radius = n_cells;
        for (unsigned int j = 0; j < n_cells; ++j)
          for (unsigned int i = 0; i < n_cells; ++i)
          {
            const std::int64_t x = from_centre(i), y = from_centre(j);
            if (x * x + y * y > radius * radius)
              cells.remove(i, j);
          }
        return cells.mesh(
            std::vector<types::boundary_id>(cells.boundary().size(), 0));
      }

    private:
      unsigned int n_cells = 32;
    };
  } // namespace

  NODAL_REGISTER(Geometry<2>, DiscOfSquares, "disc of squares",
                 "for all samples, the square cells of a grid on the unit "
                 "square whose centres lie in the disc within it; needs no "
                 "mesh source")
} // namespace nodal
