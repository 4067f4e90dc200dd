// SPDX-License-Identifier: LGPL-2.1-or-later
#include "chebyshev_series.h"

#include "series_kernels.h"

#include <deal.II/base/exceptions.h>

#include <algorithm>

namespace nodal
{
  template <int dim>
  void ChebyshevSeries<dim>::set_points(
      const std::vector<std::array<double, dim>> &coordinates)
  {
    n_points = coordinates.size();
    grid.reset();
    strips.reset();
    lattice = std::make_unique<SeriesLattice<dim>>(coordinates);
    if (!lattice->pays())
      lattice.reset();
    const std::size_t n_blocks =
        (n_points + series::block_size - 1) / series::block_size;
    t.resize(n_blocks * dim * series::block_size);
    sums.resize(n_blocks * series::block_size);
    for (std::size_t i = 0; i < sums.size(); ++i)
      for (unsigned int d = 0; d < dim; ++d)
        t[(i / series::block_size * dim + d) * series::block_size +
          i % series::block_size] = coordinates[std::min(i, n_points - 1)][d];
  }

  template <int dim>
  void ChebyshevSeries<dim>::add(const std::vector<double> &coefficients,
                                 const unsigned int n_modes,
                                 std::vector<double> &values,
                                 const unsigned int offset,
                                 const unsigned int stride)
  {
    Assert(n_modes <= series::most_modes, dealii::ExcMessage("Too many modes"));
    if (n_points == 0)
      return;
    // The number of modes alone decides on the method, whose values are not
    // those of others to the bit: a point must not notice whether others make a
    // lattice, which has the values of strips or direct sums.
    const bool by_strip = SeriesStrips<dim>::pays(n_modes);
    if (by_strip && !lattice)
    {
      if (!strips || strips->n_modes() != n_modes)
        strips = std::make_unique<SeriesStrips<dim>>(t, n_points, n_modes);
      strips->add(coefficients, values, offset, stride);
      return;
    }
    if (n_modes > SeriesStrips<dim>::most_modes)
    {
      if (!grid || grid->n_modes != n_modes)
        grid = std::make_unique<SeriesGrid<dim>>(t, n_modes);
      grid->sum(coefficients, sums);
    }
    else if (lattice)
      lattice->sum(coefficients, n_modes, sums);
    else
    {
      const series::Kernels &kernels = series::kernels();
      (dim == 2 ? kernels.sum_2d
                : kernels.sum_3d)(sums.size() / series::block_size, t.data(),
                                  coefficients.data(), n_modes, sums.data());
    }
    for (std::size_t i = 0; i < n_points; ++i)
      values[i * stride + offset] += sums[i];
  }

  template class ChebyshevSeries<2>;
  template class ChebyshevSeries<3>;
} // namespace nodal
