// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_series_lattice_h
#define nodal_source_data_series_lattice_h

#include "series_expansions.h"

#include <array>
#include <memory>
#include <vector>

namespace nodal
{
  /**
   * Chebyshev series at points whose coordinates are few different numbers, as
   * on meshes of boxes: summed direction by direction at all combinations of
   * coordinates. The order of operations is that of series::Kernels::sum_2d and
   * sum_3d, or of sum_strip_2d and sum_strip_3d where SeriesStrips pays, so
   * that values are equal to theirs to the bit.
   */
  template <int dim>
  class SeriesLattice
  {
  public:
    /// Finds the coordinates of @p points.
    explicit SeriesLattice(const std::vector<std::array<double, dim>> &points);

    /// Whether there are not many more combinations than points.
    bool pays() const;

    /// out = Σ_k c_k Π_d T_{k_d}(t_d) at all points.
    void sum(const std::vector<double> &coefficients, unsigned int n_modes,
             std::vector<double> &out);

  private:
    void tabulate(unsigned int n_modes);

    /// Both fill values.
    void sum_directly(const std::vector<double> &coefficients);
    void sum_strips(const std::vector<double> &coefficients);

    std::array<std::vector<double>, dim> coordinates;
    std::vector<std::array<int, dim>> index; ///< of points
    unsigned int n_modes = 0;                ///< of the tables
    /// T_k of all coordinates of the last direction, row by row with padding;
    /// of the others, the transpose of that; of places in strips if there are
    /// expansions in the first.
    std::array<std::vector<double>, dim> tables;
    unsigned int width = 0; ///< of rows with their padding
    std::unique_ptr<SeriesExpansions<dim>> expansions;
    std::vector<double> half, plane;
    std::vector<double> values; ///< at all combinations of coordinates
  };
} // namespace nodal

#endif
