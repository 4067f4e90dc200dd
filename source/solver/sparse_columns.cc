// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sparse_columns.h"

namespace nodal
{
  void SparseColumns::products(const double *const x,
                               std::vector<double> &result) const
  {
    const int *const row = rows.data();
    const double *const value = values.data();
    for (std::size_t k = 0; k < numbers.size(); ++k)
    {
      const int end = offsets[k + 1];
      int t = offsets[k];
      double sum[4] = {0, 0, 0, 0};
      for (; t + 4 <= end; t += 4)
        for (int s = 0; s < 4; ++s)
          sum[s] += value[t + s] * x[row[t + s]];
      for (; t < end; ++t)
        sum[0] += value[t] * x[row[t]];
      result[numbers[k]] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
  }

  void SparseColumns::add(const std::vector<double> &factors, const double sign,
                          double *const x) const
  {
    const int *const row = rows.data();
    const double *const value = values.data();
    for (std::size_t k = 0; k < numbers.size(); ++k)
    {
      const double factor = sign * factors[numbers[k]];
      for (int t = offsets[k]; t < offsets[k + 1]; ++t)
        x[row[t]] += factor * value[t];
    }
  }
} // namespace nodal
