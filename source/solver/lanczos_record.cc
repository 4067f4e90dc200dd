// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lanczos_record.h"

#include <nodal/core/dense.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nodal
{
  void LanczosRecord::add(const double *const z_j, const std::size_t n,
                          const double rho_j, const double length)
  {
    if (rho.size() == n_most)
      return;
    const double scale = 1 / std::sqrt(rho_j);
    rho.push_back(rho_j);
    lengths.push_back(length);
    if (z.empty())
      z.reserve(std::min(n_most, 32u) * n);
    z.resize(z.size() + n);
    float *const row = z.data() + z.size() - n;
    for (std::size_t i = 0; i < n; ++i)
      row[i] = float(scale * z_j[i]);
  }

  std::vector<std::vector<double>> LanczosRecord::ritz_vectors() const
  {
    const unsigned int m = rho.size();
    if (m == 0)
      return {};
    const std::size_t n = z.size() / m;
    Dense T(m, m), vectors;
    for (unsigned int j = 0; j < m; ++j)
    {
      T(j, j) = 1 / lengths[j];
      if (j > 0)
      {
        T(j, j) += rho[j] / rho[j - 1] / lengths[j - 1];
        T(j, j - 1) = T(j - 1, j) =
            -std::sqrt(rho[j] / rho[j - 1]) / lengths[j - 1];
      }
    }
    std::vector<double> values;
    if (!T.is_finite() || !symmetric_eigenvectors(T, values, vectors))
      return {};
    std::vector<std::vector<double>> chosen;
    // What the next step would change shows in the last entry.
    constexpr double settled = 0.1;
    for (unsigned int k = 0; k < m && chosen.size() < n_vectors; ++k)
    {
      if (!(values[k] > 0))
        return {};
      if (std::abs(vectors(m - 1, k)) > settled)
        continue;
      const double scale = 1 / std::sqrt(values[k]);
      std::vector<double> sum(n, 0.);
      for (unsigned int j = 0; j < m; ++j)
      {
        const double factor = scale * vectors(j, k);
        const float *const row = z.data() + j * n;
        for (std::size_t i = 0; i < n; ++i)
          sum[i] += factor * row[i];
      }
      chosen.push_back(std::move(sum));
    }
    return chosen;
  }
} // namespace nodal
