// SPDX-License-Identifier: LGPL-2.1-or-later
#include "series_expansions.h"

#include "series_kernels.h"

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace
  {
    /// Strips that are expanded together: the kernel likes several rows.
    constexpr unsigned int batch_size = 4;
  } // namespace

  template <int dim>
  SeriesExpansions<dim>::SeriesExpansions(const std::vector<double> &t,
                                          const unsigned int n_modes)
      : n_modes(n_modes), row_size(dim == 2 ? n_modes : n_modes * n_modes),
        row_width(series::padded_width(row_size, series::block_size))
  {
    const unsigned int n = series::strips_per_mode(dim) * n_modes;
    const double h = M_PI / n;
    std::vector<double> bessel;
    for (int i = 0; i < series::strip_terms(dim); ++i)
      for (unsigned int k = 0; k < n_modes; ++k)
        bessel.push_back((i == 0 ? 1 : 2) * std::cyl_bessel_j(i, k * h / 2));
    std::vector<unsigned int> number(n, n); // of strips that hold some t
    for (const double x : t)
    {
      const double place = std::acos(std::clamp(x, -1., 1.)) / h;
      const unsigned int i = std::min<unsigned int>(place, n - 1);
      if (number[i] == n)
      {
        number[i] = n_strips++;
        add_strip((i + 0.5) * h, bessel);
      }
      strip.push_back(number[i]);
      s.push_back(2 * (place - i) - 1);
    }
    padded.assign(n_modes * row_width, 0.);
    expanded.resize(batch_size * series::strip_terms(dim) * row_width);
  }

  template <int dim>
  void SeriesExpansions<dim>::add_strip(const double middle,
                                        const std::vector<double> &bessel)
  {
    // cos(kθ + iπ/2) without rounding of the sum
    for (int i = 0; i < series::strip_terms(dim); ++i)
      for (unsigned int k = 0; k < n_modes; ++k)
        cosines.push_back(
            bessel[i * n_modes + k] * ((i + 1) / 2 % 2 == 0 ? 1 : -1) *
            (i % 2 == 0 ? std::cos(k * middle) : std::sin(k * middle)));
  }

  template <int dim>
  void SeriesExpansions<dim>::set_coefficients(
      const std::vector<double> &coefficients)
  {
    for (unsigned int k = 0; k < n_modes; ++k)
      std::copy_n(&coefficients[k * row_size], row_size,
                  &padded[k * row_width]);
    batch = n_strips; // none
  }

  template <int dim>
  const double *SeriesExpansions<dim>::expand(const unsigned int i)
  {
    constexpr unsigned int terms = series::strip_terms(dim);
    if (i / batch_size != batch)
    {
      batch = i / batch_size;
      const unsigned int first = batch * batch_size;
      series::kernels().multiply(std::min(batch_size, n_strips - first) * terms,
                                 n_modes, row_width,
                                 &cosines[first * terms * n_modes], n_modes,
                                 padded.data(), expanded.data());
    }
    return &expanded[i % batch_size * terms * row_width];
  }

  template class SeriesExpansions<2>;
  template class SeriesExpansions<3>;
} // namespace nodal
