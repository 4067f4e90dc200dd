// SPDX-License-Identifier: LGPL-2.1-or-later
#include "chebyshev_series.h"

#include <algorithm>

namespace nodal
{
  namespace
  {
    constexpr unsigned int n_lanes = 8;

    using Lanes = std::array<double, n_lanes>;

    /// T_0 … T_{n-1} at @p t by their recurrence.
    void tabulate(const Lanes &t, const unsigned int n,
                  std::vector<Lanes> &table)
    {
      table.resize(std::max(n, 2u));
      for (unsigned int lane = 0; lane < n_lanes; ++lane)
      {
        table[0][lane] = 1;
        table[1][lane] = t[lane];
      }
      for (unsigned int k = 2; k < n; ++k)
        for (unsigned int lane = 0; lane < n_lanes; ++lane)
          table[k][lane] =
              2 * t[lane] * table[k - 1][lane] - table[k - 2][lane];
    }

    /// sum += c * x, all lanes alike.
    inline void add_product(Lanes &sum, const double c, const Lanes &x)
    {
      for (unsigned int lane = 0; lane < n_lanes; ++lane)
        sum[lane] += c * x[lane];
    }

    inline void add_product(Lanes &sum, const Lanes &a, const Lanes &x)
    {
      for (unsigned int lane = 0; lane < n_lanes; ++lane)
        sum[lane] += a[lane] * x[lane];
    }

    /// The sum over direction @p d and all that follow.
    template <int dim>
    Lanes sum_from(const unsigned int d,
                   const std::vector<Lanes> (&tables)[dim],
                   const double *&coefficient, const unsigned int n)
    {
      Lanes sum = {};
      for (unsigned int k = 0; k < n; ++k)
        if (d + 1 == dim)
          add_product(sum, *coefficient++, tables[d][k]);
        else
          add_product(sum, sum_from<dim>(d + 1, tables, coefficient, n),
                      tables[d][k]);
      return sum;
    }
  } // namespace

  template <int dim>
  void ChebyshevSeries<dim>::set_points(
      const std::vector<std::array<double, dim>> &coordinates)
  {
    n_points = coordinates.size();
    blocks.assign((n_points + n_lanes - 1) / n_lanes, Block());
    for (std::size_t i = 0; i < blocks.size() * n_lanes; ++i)
      for (unsigned int d = 0; d < dim; ++d)
        blocks[i / n_lanes].t[d][i % n_lanes] =
            coordinates[std::min(i, n_points - 1)][d];
  }

  template <int dim>
  void ChebyshevSeries<dim>::add(const std::vector<double> &coefficients,
                                 const unsigned int n_modes,
                                 std::vector<double> &values,
                                 const unsigned int offset,
                                 const unsigned int stride) const
  {
    std::vector<Lanes> tables[dim];
    for (std::size_t b = 0; b < blocks.size(); ++b)
    {
      for (unsigned int d = 0; d < dim; ++d)
        tabulate(blocks[b].t[d], n_modes, tables[d]);
      const double *coefficient = coefficients.data();
      const Lanes sum = sum_from<dim>(0, tables, coefficient, n_modes);
      for (unsigned int lane = 0; lane < n_lanes; ++lane)
        if (b * n_lanes + lane < n_points)
          values[(b * n_lanes + lane) * stride + offset] += sum[lane];
    }
  }

  template class ChebyshevSeries<2>;
  template class ChebyshevSeries<3>;
} // namespace nodal
