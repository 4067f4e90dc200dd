// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_series_strips_h
#define nodal_source_data_series_strips_h

#include "series_expansions.h"

#include <cstddef>
#include <vector>

namespace nodal
{
  /**
   * Chebyshev series with a medium number of modes, by their expansions on
   * strips, see SeriesExpansions, with the points in order of strips.
   *
   * Cost: eight multiplications and additions per point and mode of the second
   * direction in 2d, five per point and pair of modes of the other directions
   * in 3d, instead of one for each coefficient, and the expansions. Memory: dim
   * + 3 numbers per point, and seven n_modes, or five in 3d, per strip that
   * holds points.
   */
  template <int dim>
  class SeriesStrips
  {
  public:
    /// Numbers of modes for which it is faster than other ways with many
    /// points. With fewer than about 2,000 in 2d and 5,000 in 3d the expansions
    /// cost more than they save; but the number of points may not decide, see
    /// ChebyshevSeries.
    static constexpr unsigned int least_modes = dim == 2 ? 12 : 6,
                                  most_modes = dim == 2 ? 32 : 24;

    static bool pays(const unsigned int n_modes)
    {
      return least_modes <= n_modes && n_modes <= most_modes;
    }

    /// @p t holds blocks of points, the last one filled up, as ChebyshevSeries
    /// stores them.
    SeriesStrips(const std::vector<double> &t, std::size_t n_points,
                 unsigned int n_modes);

    /// See ChebyshevSeries.
    void add(const std::vector<double> &coefficients,
             std::vector<double> &values, unsigned int offset,
             unsigned int stride);

    unsigned int n_modes() const;

  private:
    SeriesExpansions<dim> expansions;
    std::vector<unsigned int> begin; ///< first block of each strip, and the end
    std::vector<unsigned int> from;  ///< where points are in sums
    std::vector<double> x;           ///< s and t_1, ..., by block
    std::vector<double> sums;
  };
} // namespace nodal

#endif
