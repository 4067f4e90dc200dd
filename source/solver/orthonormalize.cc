// SPDX-License-Identifier: LGPL-2.1-or-later
#include "orthonormalize.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  namespace
  {
    double dot(const double *x, const double *y, const int n)
    {
      return std::inner_product(x, x + n, y, 0.);
    }
  } // namespace

  int orthonormalize(double *basis, const int n, const int n_vectors)
  {
    int n_left = 0;
    for (int v = 0; v < n_vectors; ++v)
    {
      double *const column = basis + n_left * n;
      std::copy_n(basis + v * n, n, column);
      const double before = std::sqrt(dot(column, column, n));
      for (unsigned int repetition = 0; repetition < 2; ++repetition)
        for (int other = 0; other < n_left; ++other)
        {
          const double share = dot(column, basis + other * n, n);
          for (int i = 0; i < n; ++i)
            column[i] -= share * basis[other * n + i];
        }
      const double norm = std::sqrt(dot(column, column, n));
      if (!(norm > 1e-8 * before))
        continue;
      for (int i = 0; i < n; ++i)
        column[i] /= norm;
      ++n_left;
    }
    return n_left;
  }
} // namespace nodal
