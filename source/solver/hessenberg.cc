// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hessenberg.h"

#include <algorithm>
#include <cmath>

namespace nodal
{
  void Hessenberg::reinit(const double beta, const unsigned int max_columns)
  {
    n = 0;
    H = Dense(max_columns + 1, max_columns);
    R = H;
    rhs.assign(max_columns + 1, 0.);
    rhs[0] = beta;
    cosine.assign(max_columns, 1.);
    sine.assign(max_columns, 0.);
  }

  void Hessenberg::append(const double *column)
  {
    std::copy_n(column, n + 2, &H(0, n));
    std::copy_n(column, n + 2, &R(0, n));
    for (unsigned int i = 0; i < n; ++i)
    {
      const double upper = R(i, n), lower = R(i + 1, n);
      R(i, n) = cosine[i] * upper + sine[i] * lower;
      R(i + 1, n) = cosine[i] * lower - sine[i] * upper;
    }
    const double length = std::hypot(R(n, n), R(n + 1, n));
    if (length > 0)
    {
      cosine[n] = R(n, n) / length;
      sine[n] = R(n + 1, n) / length;
    }
    R(n, n) = length;
    rhs[n + 1] = -sine[n] * rhs[n];
    rhs[n] *= cosine[n];
    ++n;
  }

  double Hessenberg::residual_norm() const
  {
    return std::abs(rhs[n]);
  }

  std::vector<double> Hessenberg::solve() const
  {
    std::vector<double> y(rhs.begin(), rhs.begin() + n);
    for (unsigned int i = n; i-- > 0;)
    {
      for (unsigned int j = i + 1; j < n; ++j)
        y[i] -= R(i, j) * y[j];
      // A zero pivot: this direction does not reduce the residual.
      y[i] = R(i, i) == 0 ? 0. : y[i] / R(i, i);
    }
    return y;
  }

  Dense Hessenberg::matrix() const
  {
    Dense result(n + 1, n);
    for (unsigned int j = 0; j < n; ++j)
      for (unsigned int i = 0; i < std::min(j + 2, n + 1); ++i)
        result(i, j) = H(i, j);
    return result;
  }
} // namespace nodal
