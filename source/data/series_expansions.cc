// SPDX-License-Identifier: LGPL-2.1-or-later
#include "series_expansions.h"

#include "series_kernels.h"

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace
  {
    constexpr unsigned int strips_per_mode = 10;
    constexpr int terms = series::strip_terms;
  } // namespace

  SeriesExpansions::SeriesExpansions(const std::vector<double> &t,
                                     const unsigned int n_modes)
      : n_modes(n_modes),
        row_width(series::padded_width(n_modes, series::block_size))
  {
    const unsigned int n = strips_per_mode * n_modes;
    const double h = M_PI / n;
    for (int i = 0; i < terms; ++i)
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
        add_strip((i + 0.5) * h);
      }
      strip.push_back(number[i]);
      s.push_back(2 * (place - i) - 1);
    }
    padded.assign(n_modes * row_width, 0.);
    expanded.resize(n_strips * terms * row_width);
  }

  void SeriesExpansions::add_strip(const double middle)
  {
    // cos(kθ + iπ/2) without rounding of the sum
    for (int i = 0; i < terms; ++i)
      for (unsigned int k = 0; k < n_modes; ++k)
        cosines.push_back(
            bessel[i * n_modes + k] * ((i + 1) / 2 % 2 == 0 ? 1 : -1) *
            (i % 2 == 0 ? std::cos(k * middle) : std::sin(k * middle)));
  }

  void SeriesExpansions::expand(const std::vector<double> &coefficients)
  {
    for (unsigned int k = 0; k < n_modes; ++k)
      std::copy_n(&coefficients[k * n_modes], n_modes, &padded[k * row_width]);
    series::kernels().multiply(n_strips * terms, n_modes, row_width,
                               cosines.data(), n_modes, padded.data(),
                               expanded.data());
  }

  const double *SeriesExpansions::operator[](const unsigned int i) const
  {
    return &expanded[i * terms * row_width];
  }
} // namespace nodal
