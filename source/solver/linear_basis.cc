// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/coordinates.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/solver/coarse_basis.h>

#include <string>

namespace nodal
{
  namespace
  {
    /// The coordinates of the nodes, for each component: with the constants,
    /// what is linear on each aggregate. They see neither direction nor
    /// contrast of a coefficient but through the aggregates.
    class LinearBasis : public CoarseBasis
    {
    public:
      unsigned int prepare(Mat A, const RecycleSpace *, unsigned int) override
      {
        PetscInt block_size = 1;
        NODAL_PETSC(MatGetBlockSize(A, &block_size));
        return coordinates_for(A, "linear").dim * block_size;
      }

      std::vector<std::vector<double>>
      vectors(Mat A, const Aggregates &aggregates) override
      {
        const Coordinates &positions = coordinates_for(A, "linear");
        PetscInt n = 0, block_size = 1;
        NODAL_PETSC(MatGetLocalSize(A, &n, nullptr));
        NODAL_PETSC(MatGetBlockSize(A, &block_size));
        std::vector<std::vector<double>> result;
        for (PetscInt c = 0; c < block_size; ++c)
          for (unsigned int d = 0; d < positions.dim; ++d)
          {
            // From the first row of the aggregate, so that no digits are lost
            // far from the origin.
            result.emplace_back(n, 0.);
            std::vector<PetscInt> first(aggregates.n, -1);
            for (PetscInt row = c; row < n; row += block_size)
              if (const int k = aggregates.of_row[row]; k >= 0)
              {
                if (first[k] < 0)
                  first[k] = row / block_size;
                result.back()[row] =
                    positions(row / block_size, d) - positions(first[k], d);
              }
          }
        return result;
      }
    };
  } // namespace

  const Coordinates &coordinates_for(Mat A, const std::string &columns)
  {
    const Coordinates *const positions = coordinates_of(A);
    if (!positions)
      throw BadInput("Columns '" + columns +
                     "' need to know where the unknowns are: give the "
                     "preconditioner coordinates (PCSetCoordinates, or "
                     "AdditionalData::coordinates), two or three for each node "
                     "of the matrix, or choose 'constant'.");
    return *positions;
  }

  NODAL_REGISTER(CoarseBasis, LinearBasis, "linear",
                 "the coordinates, so that what is linear on an aggregate is "
                 "exact")
} // namespace nodal
