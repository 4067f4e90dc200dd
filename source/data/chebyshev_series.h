// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_chebyshev_series_h
#define nodal_source_data_chebyshev_series_h

#include "series_grid.h"
#include "series_lattice.h"
#include "series_strips.h"

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace nodal
{
  /**
   * Sums Σ_k c_k Π_d T_{k_d}(t_d) of Chebyshev polynomials at many points t
   * in [-1, 1]^dim. With t = cos θ it is a cosine series, because
   * T_k(cos θ) = cos kθ.
   *
   * Cost: one multiplication and addition per coefficient and point, see
   * series_kernels.h; less with more modes, see SeriesStrips and SeriesGrid,
   * and on meshes of boxes, see SeriesLattice. The order of operations depends
   * on neither the place of a point nor their number, so that values are equal
   * to the bit wherever a point is computed.
   */
  template <int dim>
  class ChebyshevSeries
  {
  public:
    /// @p coordinates holds dim numbers per point.
    void set_points(const std::vector<std::array<double, dim>> &coordinates);

    /// Add the series with @p n_modes^dim coefficients (at most 256 per
    /// direction), the last direction
    /// fastest, to entries offset, offset + stride, ... of @p values.
    void add(const std::vector<double> &coefficients, unsigned int n_modes,
             std::vector<double> &values, unsigned int offset,
             unsigned int stride);

  private:
    std::vector<double> t;    ///< by block, direction, place in the block
    std::vector<double> sums; ///< by block, place in the block
    std::unique_ptr<SeriesGrid<dim>> grid;
    std::unique_ptr<SeriesStrips<dim>> strips;
    std::unique_ptr<SeriesLattice<dim>> lattice;
    std::size_t n_points = 0;
  };
} // namespace nodal

#endif
