// SPDX-License-Identifier: LGPL-2.1-or-later
#include "solution_span.h"

#include <nodal/core/random.h>

#include <petscblaslapack.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace
  {
    /// Sums per solution: enough that the sketch of a difference is hardly ever
    /// much shorter than the difference.
    constexpr unsigned int oversampling = 4;

    /// A right-hand side closer than this to the span adds no direction.
    constexpr double least_distance = 1e-6;

    double norm(const std::vector<double> &s)
    {
      double sum = 0;
      for (const double value : s)
        sum += value * value;
      return std::sqrt(sum);
    }
  } // namespace

  SolutionSpan::SolutionSpan(Vec like, const unsigned int most)
      : Q(oversampling * most, most), R(most, most)
  {
    NODAL_PETSC(PetscObjectGetComm(reinterpret_cast<PetscObject>(like), &comm));
    PetscInt begin = 0, end = 0;
    NODAL_PETSC(VecGetOwnershipRange(like, &begin, &end));
    n_local = end - begin;
    for (PetscInt i = begin; i < end; ++i)
    {
      const std::uint64_t word = Random::philox(
          {std::uint32_t(i), std::uint32_t(std::uint64_t(i) >> 32), 0, 0},
          {0x6e6f6461, 0x6c}) // any key
          [0];
      sums.push_back(2 * ((word >> 1) % Q.n_rows) + (word & 1));
    }
  }

  Dense SolutionSpan::sketch(const double *vectors,
                             const unsigned int n_vectors) const
  {
    Dense result(Q.n_rows, n_vectors);
    for (unsigned int j = 0; j < n_vectors; ++j)
    {
      double *const s = result.data() + std::size_t(j) * Q.n_rows;
      const double *const v = vectors + j * n_local;
      for (std::int64_t i = 0; i < n_local; ++i)
        s[sums[i] >> 1] += sums[i] & 1 ? -v[i] : v[i];
    }
    MPI_Allreduce(MPI_IN_PLACE, result.data(), Q.n_rows * n_vectors, MPI_DOUBLE,
                  MPI_SUM, comm);
    return result;
  }

  double SolutionSpan::project(std::vector<double> &s,
                               std::vector<double> &shares) const
  {
    shares.assign(n, 0.);
    for (unsigned int pass = 0; pass < 2; ++pass)
      for (unsigned int j = 0; j < n; ++j)
      {
        const double *const q = Q.data() + std::size_t(j) * Q.n_rows;
        double share = 0;
        for (unsigned int i = 0; i < Q.n_rows; ++i)
          share += q[i] * s[i];
        for (unsigned int i = 0; i < Q.n_rows; ++i)
          s[i] -= share * q[i];
        shares[j] += share;
      }
    return norm(s);
  }

  bool SolutionSpan::find(const double *s, const double tolerance,
                          double *coefficients) const
  {
    std::vector<double> rest(s, s + Q.n_rows), shares;
    const double size = norm(rest);
    if (!(project(rest, shares) <= tolerance * size))
      return false;
    for (unsigned int i = n; i-- > 0;)
    {
      double sum = shares[i];
      for (unsigned int j = i + 1; j < n; ++j)
        sum -= R(i, j) * coefficients[j];
      coefficients[i] = sum / R(i, i);
    }
    return true;
  }

  void SolutionSpan::add(const double *s, const double *x)
  {
    if (n == most())
      return;
    std::vector<double> rest(s, s + Q.n_rows), shares;
    const double size = norm(rest), left = project(rest, shares);
    if (!(left > least_distance * size))
      return;
    for (unsigned int i = 0; i < Q.n_rows; ++i)
      Q(i, n) = rest[i] / left;
    for (unsigned int i = 0; i < n; ++i)
      R(i, n) = shares[i];
    R(n, n) = left;
    solutions.insert(solutions.end(), x, x + n_local);
    ++n;
  }

  void SolutionSpan::combine(const Dense &coefficients, double *X) const
  {
    const PetscBLASInt rows = n_local, columns = coefficients.n_columns, k = n,
                       ld = std::max<std::int64_t>(n_local, 1),
                       ld_coefficients = std::max(coefficients.n_rows, 1u);
    const double one = 1, zero = 0;
    BLASgemm_("N", "N", &rows, &columns, &k, &one, solutions.data(), &ld,
              coefficients.data(), &ld_coefficients, &zero, X, &ld);
  }
} // namespace nodal
