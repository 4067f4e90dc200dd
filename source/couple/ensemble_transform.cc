// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ensemble_transform.h"

#include <nodal/core/exceptions.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  EnsembleTransform::EnsembleTransform(const Dense &S)
  {
    Dense C = multiply(S, S, true);
    for (unsigned int i = 0; i < C.n_rows; ++i)
      C(i, i) += 1;
    if (!C.is_finite() || !symmetric_eigenvectors(C, eigenvalues, vectors))
      throw NumericalFailure("The ensemble holds numbers that are not finite, "
                             "or spreads too far.");
    for (double &value : eigenvalues)
      value = std::max(value, 1.);
  }

  std::vector<double>
  EnsembleTransform::apply_inverse(const std::vector<double> &x) const
  {
    const unsigned int n = eigenvalues.size();
    std::vector<double> result(n, 0.);
    for (unsigned int k = 0; k < n; ++k)
    {
      double share = 0;
      for (unsigned int i = 0; i < n; ++i)
        share += vectors(i, k) * x[i];
      share /= eigenvalues[k];
      for (unsigned int i = 0; i < n; ++i)
        result[i] += vectors(i, k) * share;
    }
    return result;
  }

  std::vector<double>
  EnsembleTransform::weights(const Dense &S,
                             const std::vector<double> &innovations) const
  {
    const unsigned int n = eigenvalues.size();
    const double scale = 1 / std::sqrt(n - 1.);
    std::vector<double> products(n, 0.);
    for (unsigned int j = 0; j < n; ++j)
      for (unsigned int k = 0; k < S.n_rows; ++k)
        products[j] += scale * S(k, j) * innovations[k];
    return apply_inverse(products);
  }

  Dense EnsembleTransform::transform() const
  {
    const unsigned int n = eigenvalues.size();
    Dense scaled = vectors, transposed(n, n);
    for (unsigned int k = 0; k < n; ++k)
      for (unsigned int i = 0; i < n; ++i)
      {
        transposed(k, i) = vectors(i, k);
        scaled(i, k) /= std::sqrt(eigenvalues[k]);
      }
    return multiply(scaled, transposed);
  }

  namespace
  {
    std::vector<int> all_of(const Observations &observations)
    {
      std::vector<int> result(observations.size());
      std::iota(result.begin(), result.end(), 0);
      return result;
    }
  } // namespace

  ScaledObservations::ScaledObservations(const Ensemble &anomalies,
                                         const std::vector<double> &mean,
                                         const Observations &observations)
      : ScaledObservations(anomalies, mean, observations, all_of(observations),
                           std::vector<double>(observations.size(), 1.))
  {
  }

  ScaledObservations::ScaledObservations(const Ensemble &anomalies,
                                         const std::vector<double> &mean,
                                         const Observations &observations,
                                         const std::vector<int> &chosen,
                                         const std::vector<double> &weights)
      : S(chosen.size(), anomalies.n_members), innovations(chosen.size())
  {
    const double share = 1 / std::sqrt(anomalies.n_members - 1.);
    for (std::size_t k = 0; k < chosen.size(); ++k)
    {
      const int i = chosen[k];
      const double scale = std::sqrt(weights[k] / observations.variances[i]);
      innovations[k] = scale * (observations.values[i] - mean[i]);
      for (unsigned int m = 0; m < anomalies.n_members; ++m)
        S(k, m) = scale * share * anomalies.member(m)[i];
    }
  }

  Dense random_rotation(const unsigned int n, Random &random)
  {
    // An orthonormal basis that begins with the vector of ones, and another
    // one of the rest, at random.
    Dense start(n, n), basis, unused, normal(n - 1, n - 1), rotation;
    for (unsigned int i = 0; i < n; ++i)
    {
      start(i, 0) = 1;
      if (i + 1 < n)
        start(i, i + 1) = 1;
    }
    if (n == 1)
      return Dense::identity(1);
    qr(start, basis, unused);
    for (unsigned int j = 0; j + 1 < n; ++j)
      for (unsigned int i = 0; i + 1 < n; ++i)
        normal(i, j) = random.normal();
    Dense R;
    qr(normal, rotation, R);
    // Haar's measure needs a positive diagonal (Mezzadri, Notices AMS 54,
    // 2007).
    for (unsigned int j = 0; j + 1 < n; ++j)
      if (R(j, j) < 0)
        for (unsigned int i = 0; i + 1 < n; ++i)
          rotation(i, j) = -rotation(i, j);
    Dense inner(n, n), transposed(n, n);
    inner(0, 0) = 1;
    for (unsigned int j = 1; j < n; ++j)
      for (unsigned int i = 1; i < n; ++i)
        inner(i, j) = rotation(i - 1, j - 1);
    for (unsigned int j = 0; j < n; ++j)
      for (unsigned int i = 0; i < n; ++i)
        transposed(i, j) = basis(j, i);
    return multiply(multiply(basis, inner), transposed);
  }

  void combine_members(Ensemble &members, const Dense &B)
  {
    const unsigned int n = members.n_members;
    std::vector<double> row(n);
    for (std::size_t r = 0; r < members.n_rows; ++r)
    {
      for (unsigned int i = 0; i < n; ++i)
        row[i] = members.member(i)[r];
      for (unsigned int j = 0; j < n; ++j)
      {
        double sum = 0;
        for (unsigned int i = 0; i < n; ++i)
          sum += B(i, j) * row[i];
        members.member(j)[r] = sum;
      }
    }
  }
} // namespace nodal
