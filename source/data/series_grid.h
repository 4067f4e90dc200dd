// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_series_grid_h
#define nodal_source_data_series_grid_h

#include <vector>

namespace nodal
{
  /**
   * Cosine series with many modes at many points that stay: the series on a
   * regular grid of twice as many points as modes, then the nearest twelve grid
   * points in each direction, with the weights of the exponential of a
   * semicircle (nonuniform FFT of type 2: Barnett, Magland, af Klinteberg, SIAM
   * J. Sci. Comput. 2019). The error is about 1e-11 of the coefficients' sum,
   * up to ten times that for the highest modes in 3d.
   *
   * Cost per point: 12^dim multiplications and additions, about as many again
   * for its weights. Memory: 28 or 40 numbers per point for weights, in 2d and
   * 3d, and the grid, about (2 n_modes + 24)^dim numbers.
   */
  template <int dim>
  class SeriesGrid
  {
  public:
    /// @p t holds blocks of points as ChebyshevSeries stores them.
    SeriesGrid(const std::vector<double> &t, unsigned int n_modes);

    /// out = Σ_k c_k Π_d T_{k_d}(t_d) at all points.
    void sum(const std::vector<double> &coefficients, std::vector<double> &out);

    const unsigned int n_modes;

  private:
    void add_cosines();

    unsigned int n_points; ///< of the grid in each direction
    unsigned int width; ///< n_points, and n_modes, of rows with their padding
    unsigned int mode_width;
    std::vector<int> first;               ///< grid point, in each direction
    std::vector<double> weights;          ///< of the points
    std::vector<double> cosines, by_mode; ///< of grid points; the transpose
    std::vector<double> padded, half, plane, grid;
  };
} // namespace nodal

#endif
