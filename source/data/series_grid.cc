// SPDX-License-Identifier: LGPL-2.1-or-later
#include "series_grid.h"

#include "series_kernels.h"

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace
  {
    constexpr int reach = series::grid_reach;
    constexpr double sharpness = 2.3 * reach;

    /// Of a grid point @p x grid widths away.
    double weight(const double x)
    {
      const double s = 2 * x / reach, square = 1 - s * s;
      return square > 0 ? std::exp(sharpness * (std::sqrt(square) - 1)) : 0;
    }

    /// ∫ weight(x) cos(a x) dx by Gauss and Chebyshev's rule: with x =
    /// sin φ reach/2 the integrand is smooth and periodic in φ.
    double transform(const double a)
    {
      constexpr int n = 200;
      double sum = 0;
      for (int i = 0; i < n; ++i)
      {
        const double phi = M_PI * ((i + 0.5) / n - 0.5),
                     x = 0.5 * reach * std::sin(phi);
        sum += weight(x) * std::cos(a * x) * std::cos(phi);
      }
      return sum * M_PI / n * 0.5 * reach;
    }
  } // namespace

  template <int dim>
  SeriesGrid<dim>::SeriesGrid(const std::vector<double> &t,
                              const unsigned int n_modes)
      : n_modes(n_modes), n_points(2 * n_modes + reach + 1),
        width(series::padded_width(n_points + series::grid_row_padding,
                                   series::grid_row_padding)),
        mode_width(series::padded_width(n_modes, series::grid_row_padding))
  {
    const double h = M_PI / (2 * n_modes);
    const std::size_t n = t.size() / dim, size = series::block_size;
    first.resize(n * dim);
    weights.assign(n * series::grid_weights(dim), 0.);
    for (std::size_t i = 0; i < n; ++i)
    {
      double *to = &weights[i * series::grid_weights(dim)];
      for (int d = 0; d < dim; ++d)
      {
        // The grid begins half a reach before zero, where cosines are even.
        const double x =
            std::acos(std::clamp(t[(i / size * dim + d) * size + i % size], -1.,
                                 1.)) /
            h;
        const int begin = std::floor(x) - reach / 2 + 1;
        first[i * dim + d] = begin + reach / 2;
        for (int k = 0; k < reach; ++k)
          to[k] = weight(x - (begin + k));
        to += reach;
      }
    }
    add_cosines();
    padded.assign(std::pow(n_modes, dim - 1) * mode_width, 0.);
    half.resize(n_points * padded.size() / n_modes);
    plane.resize(n_points * mode_width);
    grid.assign(std::pow(n_points, dim - 1) * width, 0.);
  }

  template <int dim>
  void SeriesGrid<dim>::add_cosines()
  {
    const double h = M_PI / (2 * n_modes);
    cosines.assign(n_points * n_modes, 0.);
    by_mode.assign(n_modes * width, 0.);
    for (unsigned int k = 0; k < n_modes; ++k)
    {
      const double factor = 1 / transform(k * h);
      for (unsigned int j = 0; j < n_points; ++j)
        cosines[j * n_modes + k] = by_mode[k * width + j] =
            factor * std::cos(k * h * (int(j) - reach / 2));
    }
  }

  template <int dim>
  void SeriesGrid<dim>::sum(const std::vector<double> &coefficients,
                            std::vector<double> &out)
  {
    const series::Kernels &kernels = series::kernels();
    const unsigned int n_rows = padded.size() / mode_width;
    for (unsigned int row = 0; row < n_rows; ++row)
      std::copy_n(&coefficients[row * n_modes], n_modes,
                  &padded[row * mode_width]);
    const unsigned int rest = padded.size() / n_modes;
    kernels.multiply(n_points, n_modes, rest, cosines.data(), n_modes,
                     padded.data(), half.data());
    if constexpr (dim == 2)
      kernels.multiply(n_points, n_modes, width, half.data(), mode_width,
                       by_mode.data(), grid.data());
    else
      for (unsigned int j = 0; j < n_points; ++j)
      {
        kernels.multiply(n_points, n_modes, mode_width, cosines.data(), n_modes,
                         &half[j * rest], plane.data());
        kernels.multiply(n_points, n_modes, width, plane.data(), mode_width,
                         by_mode.data(),
                         &grid[std::size_t(j) * n_points * width]);
      }
    (dim == 2 ? kernels.interpolate_2d : kernels.interpolate_3d)(
        out.size(), first.data(), weights.data(), n_points, width, grid.data(),
        out.data());
  }

  template class SeriesGrid<2>;
  template class SeriesGrid<3>;
} // namespace nodal
