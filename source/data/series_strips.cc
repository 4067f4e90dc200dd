// SPDX-License-Identifier: LGPL-2.1-or-later
#include "series_strips.h"

#include "series_kernels.h"

namespace nodal
{
  namespace
  {
    /// The first direction's numbers of blocks of points.
    template <int dim>
    std::vector<double> first_of(const std::vector<double> &t,
                                 const std::size_t n_points)
    {
      constexpr unsigned int size = series::block_size;
      std::vector<double> result(n_points);
      for (std::size_t i = 0; i < result.size(); ++i)
        result[i] = t[i / size * dim * size + i % size];
      return result;
    }
  } // namespace

  template <int dim>
  SeriesStrips<dim>::SeriesStrips(const std::vector<double> &t,
                                  const std::size_t n_points,
                                  const unsigned int n_modes)
      : expansions(first_of<dim>(t, n_points), n_modes),
        begin(expansions.n_strips + 1), from(n_points)
  {
    constexpr unsigned int size = series::block_size;
    std::vector<unsigned int> n(expansions.n_strips); // points so far
    for (const unsigned int strip : expansions.strip)
      ++n[strip];
    for (std::size_t i = 0; i < n.size(); ++i)
      begin[i + 1] = begin[i] + (n[i] + size - 1) / size;
    sums.resize(begin.back() * size);
    x.assign(dim * sums.size(), 0.); // zeros fill the last block of a strip
    n.assign(n.size(), 0);
    for (std::size_t i = 0; i < from.size(); ++i)
    {
      const unsigned int strip = expansions.strip[i];
      from[i] = begin[strip] * size + n[strip]++;
      double *const to = &x[from[i] / size * dim * size + from[i] % size];
      to[0] = expansions.s[i];
      for (unsigned int d = 1; d < dim; ++d)
        to[d * size] = t[(i / size * dim + d) * size + i % size];
    }
  }

  template <int dim>
  void SeriesStrips<dim>::add(const std::vector<double> &coefficients,
                              std::vector<double> &values,
                              const unsigned int offset,
                              const unsigned int stride)
  {
    constexpr unsigned int size = series::block_size;
    const series::Kernels &kernels = series::kernels();
    const auto sum = dim == 2 ? kernels.sum_strip_2d : kernels.sum_strip_3d;
    expansions.set_coefficients(coefficients);
    for (unsigned int i = 0; i < expansions.n_strips; ++i)
      sum(begin[i + 1] - begin[i], &x[begin[i] * dim * size],
          expansions.expand(i), expansions.n_modes, expansions.row_width,
          &sums[begin[i] * size]);
    for (std::size_t i = 0; i < from.size(); ++i)
      values[i * stride + offset] += sums[from[i]];
  }

  template <int dim>
  unsigned int SeriesStrips<dim>::n_modes() const
  {
    return expansions.n_modes;
  }

  template class SeriesStrips<2>;
  template class SeriesStrips<3>;
} // namespace nodal
