// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sparse_columns.h"
#include "sweep_kernels.h"

#include <algorithm>

namespace nodal
{
  namespace
  {
    void single_products(const SparseColumns &columns, const double *const x,
                         std::vector<double> &result)
    {
      const int *const row = columns.rows.data();
      const double *const value = columns.values.data();
      for (std::size_t k = 0; k < columns.numbers.size(); ++k)
      {
        const int end = columns.offsets[k + 1];
        int t = columns.offsets[k];
        double sum[4] = {0, 0, 0, 0};
        for (; t + 4 <= end; t += 4)
          for (int s = 0; s < 4; ++s)
            sum[s] += value[t + s] * x[row[t + s]];
        for (; t < end; ++t)
          sum[0] += value[t] * x[row[t]];
        result[columns.numbers[k]] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
      }
    }

    void add_singles(const SparseColumns &columns,
                     const std::vector<double> &factors, const double sign,
                     double *const x)
    {
      const int *const row = columns.rows.data();
      const double *const value = columns.values.data();
      for (std::size_t k = 0; k < columns.numbers.size(); ++k)
      {
        const double factor = sign * factors[columns.numbers[k]];
        for (int t = columns.offsets[k]; t < columns.offsets[k + 1]; ++t)
          x[row[t]] += factor * value[t];
      }
    }

    /// Columns of a panel among the four from @p begin on.
    int columns_in_four(const int n_columns, const int begin)
    {
      return std::clamp(n_columns - begin, 0, 4);
    }
  } // namespace

  void SparseColumns::products(const double *const x,
                               std::vector<double> &result) const
  {
    if (width == 1)
    {
      single_products(*this, x, result);
      return;
    }
    const int n = numbers.size();
    fours.resize(4 * n);
    for (int begin = 0; begin < width; begin += 4)
    {
      sweeps::kernels().panel_products(n, offsets.data(), rows.data(), width,
                                       values.data() + begin, x, fours.data());
      for (int k = 0; k < n; ++k)
        for (int c = 0; c < columns_in_four(n_columns[k], begin); ++c)
          result[numbers[k] + begin + c] = fours[4 * k + c];
    }
  }

  void SparseColumns::add(const std::vector<double> &factors, const double sign,
                          double *const x) const
  {
    if (width == 1)
    {
      add_singles(*this, factors, sign, x);
      return;
    }
    const int n = numbers.size();
    for (int begin = 0; begin < width; begin += 4)
    {
      fours.assign(4 * n, 0.);
      for (int k = 0; k < n; ++k)
        for (int c = 0; c < columns_in_four(n_columns[k], begin); ++c)
          fours[4 * k + c] = sign * factors[numbers[k] + begin + c];
      sweeps::kernels().panel_add(n, offsets.data(), rows.data(), width,
                                  values.data() + begin, fours.data(), x);
    }
  }
} // namespace nodal
