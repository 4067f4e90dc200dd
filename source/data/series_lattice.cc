// SPDX-License-Identifier: LGPL-2.1-or-later
#include "series_lattice.h"

#include "series_kernels.h"
#include "series_strips.h"

#include <algorithm>

namespace nodal
{
  namespace
  {
    /// Combinations of coordinates per point up to which the lattice pays.
    constexpr double most_combinations = 4;
  } // namespace

  template <int dim>
  SeriesLattice<dim>::SeriesLattice(
      const std::vector<std::array<double, dim>> &points)
  {
    for (int d = 0; d < dim; ++d)
    {
      std::vector<double> &all = coordinates[d];
      for (const auto &point : points)
        all.push_back(point[d]);
      std::sort(all.begin(), all.end());
      all.erase(std::unique(all.begin(), all.end()), all.end());
    }
    for (const auto &point : points)
    {
      index.emplace_back();
      for (int d = 0; d < dim; ++d)
        index.back()[d] = std::lower_bound(coordinates[d].begin(),
                                           coordinates[d].end(), point[d]) -
                          coordinates[d].begin();
    }
    width =
        series::padded_width(coordinates[dim - 1].size(), series::block_size);
  }

  template <int dim>
  bool SeriesLattice<dim>::pays() const
  {
    double n = 1;
    for (const std::vector<double> &all : coordinates)
      n *= all.size();
    return n <= most_combinations * index.size();
  }

  template <int dim>
  void SeriesLattice<dim>::tabulate(const unsigned int n)
  {
    n_modes = n;
    expansions.reset();
    if (SeriesStrips<dim>::pays(n))
      expansions = std::make_unique<SeriesExpansions<dim>>(coordinates[0], n);
    for (int d = 0; d < dim; ++d)
    {
      const bool by_strip = d == 0 && expansions;
      const unsigned int n_rows = by_strip ? series::strip_terms(dim) : n;
      std::vector<double> t = by_strip ? expansions->s : coordinates[d];
      t.resize(series::padded_width(t.size(), series::block_size), t.back());
      std::vector<double> table(n_rows * t.size());
      const series::Kernels &kernels = series::kernels();
      if (by_strip)
        (dim == 2 ? kernels.tabulate_strip_2d : kernels.tabulate_strip_3d)(
            t.size(), t.data(), table.data());
      else
        kernels.tabulate(t.size(), t.data(), n_rows, table.data());
      if (d == dim - 1)
      {
        tables[d] = std::move(table);
        continue;
      }
      tables[d].resize(coordinates[d].size() * n_rows);
      for (std::size_t i = 0; i < coordinates[d].size(); ++i)
        for (unsigned int k = 0; k < n_rows; ++k)
          tables[d][i * n_rows + k] = table[k * t.size() + i];
    }
  }

  template <int dim>
  void SeriesLattice<dim>::sum_strips(const std::vector<double> &coefficients)
  {
    const series::Kernels &kernels = series::kernels();
    constexpr int terms = series::strip_terms(dim);
    const std::size_t n_first = coordinates[0].size();
    const unsigned int row_width = expansions->row_width;
    expansions->set_coefficients(coefficients);
    const auto expand = [&](const std::size_t i, double *const to)
    {
      kernels.multiply(1, terms, row_width, &tables[0][i * terms], terms,
                       expansions->expand(expansions->strip[i]), to);
    };
    if constexpr (dim == 2)
    {
      half.resize(n_first * row_width);
      for (std::size_t i = 0; i < n_first; ++i)
        expand(i, &half[i * row_width]);
      values.resize(n_first * width);
      kernels.multiply(n_first, n_modes, width, half.data(), row_width,
                       tables[1].data(), values.data());
    }
    else
    {
      const std::size_t n_second = coordinates[1].size();
      half.resize(row_width);
      plane.resize(n_modes * width);
      values.resize(n_first * n_second * width);
      for (std::size_t i = 0; i < n_first; ++i)
      {
        expand(i, half.data());
        kernels.multiply(n_modes, n_modes, width, half.data(), n_modes,
                         tables[2].data(), plane.data());
        kernels.multiply(n_second, n_modes, width, tables[1].data(), n_modes,
                         plane.data(), &values[i * n_second * width]);
      }
    }
  }

  template <int dim>
  void SeriesLattice<dim>::sum(const std::vector<double> &coefficients,
                               const unsigned int n, std::vector<double> &out)
  {
    if (n != n_modes)
      tabulate(n);
    if (expansions)
      sum_strips(coefficients);
    else
      sum_directly(coefficients);
    for (std::size_t i = 0; i < index.size(); ++i)
    {
      std::size_t at = index[i][0];
      if constexpr (dim == 3)
        at = at * coordinates[1].size() + index[i][1];
      out[i] = values[at * width + index[i][dim - 1]];
    }
  }

  template <int dim>
  void SeriesLattice<dim>::sum_directly(const std::vector<double> &coefficients)
  {
    const unsigned int n = n_modes;
    const series::Kernels &kernels = series::kernels();
    const std::size_t n_first = coordinates[0].size(),
                      n_second = coordinates[1].size();
    half.resize(n * width);
    if constexpr (dim == 2)
    {
      kernels.multiply(n, n, width, coefficients.data(), n, tables[1].data(),
                       half.data());
      values.resize(n_first * width);
      kernels.multiply(n_first, n, width, tables[0].data(), n, half.data(),
                       values.data());
    }
    else
    {
      const std::size_t size = n_second * width;
      plane.resize(n * size);
      for (unsigned int k = 0; k < n; ++k)
      {
        kernels.multiply(n, n, width, &coefficients[std::size_t(k) * n * n], n,
                         tables[2].data(), half.data());
        kernels.multiply(n_second, n, width, tables[1].data(), n, half.data(),
                         &plane[k * size]);
      }
      values.resize(n_first * size);
      kernels.multiply(n_first, n, size, tables[0].data(), n, plane.data(),
                       values.data());
    }
  }

  template class SeriesLattice<2>;
  template class SeriesLattice<3>;
} // namespace nodal
