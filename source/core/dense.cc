// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/dense.h>

#include <nodal/core/petsc.h>

#include <petscblaslapack.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  Dense Dense::identity(const unsigned int n)
  {
    Dense result(n, n);
    for (unsigned int i = 0; i < n; ++i)
      result(i, i) = 1;
    return result;
  }

  Dense Dense::rows(const unsigned int first, const unsigned int count) const
  {
    Dense result(count, n_columns);
    for (unsigned int j = 0; j < n_columns; ++j)
      for (unsigned int i = 0; i < count; ++i)
        result(i, j) = (*this)(first + i, j);
    return result;
  }

  bool Dense::is_finite() const
  {
    return std::all_of(values.begin(), values.end(),
                       [](const double v) { return std::isfinite(v); });
  }

  Dense multiply(const Dense &A, const Dense &B, const bool transpose_A)
  {
    Dense C(transpose_A ? A.n_columns : A.n_rows, B.n_columns);
    const PetscBLASInt m = C.n_rows, n = C.n_columns, k = B.n_rows;
    const PetscBLASInt lda = A.n_rows;
    const double one = 1, zero = 0;
    if (m > 0 && n > 0 && k > 0)
      BLASgemm_(transpose_A ? "T" : "N", "N", &m, &n, &k, &one, A.data(), &lda,
                B.data(), &k, &zero, C.data(), &m);
    return C;
  }

  void qr(const Dense &A, Dense &Q, Dense &R)
  {
    Q = A;
    const PetscBLASInt m = A.n_rows, n = A.n_columns, size = 64 * (n + 1);
    std::vector<double> tau(n), work(size);
    PetscBLASInt info = 0;
    LAPACKgeqrf_(&m, &n, Q.data(), &m, tau.data(), work.data(), &size, &info);
    R = Dense(n, n);
    for (int j = 0; j < n; ++j)
      for (int i = 0; i <= j; ++i)
        R(i, j) = Q(i, j);
    LAPACKorgqr_(&m, &n, &n, Q.data(), &m, tau.data(), work.data(), &size,
                 &info);
  }

  namespace
  {
    Dense solve_triangular(const char *side, const Dense &R, const Dense &B)
    {
      Dense X = B;
      const PetscBLASInt m = X.n_rows, n = X.n_columns, ld = R.n_rows;
      const double one = 1;
      if (m > 0 && n > 0)
        BLAStrsm_(side, "U", "N", "N", &m, &n, &one, R.data(), &ld, X.data(),
                  &m);
      return X;
    }
  } // namespace

  Dense solve_upper(const Dense &R, const Dense &B)
  {
    return solve_triangular("L", R, B);
  }

  Dense divide_upper(const Dense &B, const Dense &R)
  {
    return solve_triangular("R", R, B);
  }

  bool symmetric_eigenvectors(const Dense &A, std::vector<double> &eigenvalues,
                              Dense &vectors)
  {
    vectors = A;
    const PetscBLASInt n = A.n_rows, size = 64 * (n + 1);
    eigenvalues.resize(n);
    std::vector<double> work(size);
    PetscBLASInt info = 0;
    if (n == 0)
      return true;
    if (!A.is_finite())
      return false;
    LAPACKsyev_("V", "U", &n, vectors.data(), &n, eigenvalues.data(),
                work.data(), &size, &info);
    return info == 0 && vectors.is_finite();
  }

  Dense dominant_eigenvectors(const Dense &A, const unsigned int n_wanted)
  {
    const PetscBLASInt n = A.n_rows, size = 64 * (n + 1), one = 1;
    if (n == 0 || !A.is_finite())
      return Dense(n, 0);
    Dense copy = A, vectors(n, n);
    std::vector<double> re(n), im(n), work(size);
    double unused = 0;
    PetscBLASInt info = 0;
    LAPACKgeev_("N", "V", &n, copy.data(), &n, re.data(), im.data(), &unused,
                &one, vectors.data(), &n, work.data(), &size, &info);
    if (info != 0 || !vectors.is_finite())
      return Dense(n, 0);
    // The columns of a pair are neighbours and equal in modulus.
    std::vector<unsigned int> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(
        order.begin(), order.end(),
        [&](const auto a, const auto b)
        { return std::hypot(re[a], im[a]) > std::hypot(re[b], im[b]); });
    unsigned int count = std::min<unsigned int>(n_wanted, n);
    if (count > 0 && count < order.size() && im[order[count - 1]] > 0)
      --count;
    Dense result(n, count);
    for (unsigned int j = 0; j < count; ++j)
      std::copy_n(&vectors(0, order[j]), n, result.data() + std::size_t(j) * n);
    return result;
  }

  Dense orthonormaliser(const Dense &G, const double tolerance,
                        double *condition)
  {
    const unsigned int n = G.n_rows;
    std::vector<double> scale(n, 0.), lambda;
    for (unsigned int i = 0; i < n; ++i)
      if (G(i, i) > 0 && std::isfinite(1 / std::sqrt(G(i, i))))
        scale[i] = 1 / std::sqrt(G(i, i));
    Dense scaled(n, n), Q;
    for (unsigned int j = 0; j < n; ++j)
      for (unsigned int i = 0; i < n; ++i)
        scaled(i, j) = scale[i] * G(i, j) * scale[j];
    if (!symmetric_eigenvectors(scaled, lambda, Q) || n == 0)
      return Dense(n, 0);
    unsigned int first = 0;
    while (first < n &&
           !(lambda[first] > tolerance * lambda[n - 1] && lambda[first] > 0))
      ++first;
    if (condition)
      *condition = first < n ? lambda[n - 1] / lambda[first] : 1;
    Dense T(n, n - first);
    for (unsigned int j = first; j < n; ++j)
      for (unsigned int i = 0; i < n; ++i)
        T(i, j - first) = scale[i] * Q(i, j) / std::sqrt(lambda[j]);
    return T;
  }

  double distance_from_identity(const Dense &A)
  {
    double result = 0;
    for (unsigned int j = 0; j < A.n_columns; ++j)
      for (unsigned int i = 0; i < A.n_rows; ++i)
        result = std::max(result, std::abs(A(i, j) - (i == j ? 1. : 0.)));
    return result;
  }
} // namespace nodal
