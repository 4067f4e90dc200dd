// SPDX-License-Identifier: LGPL-2.1-or-later
#include "solution_space.h"

#include "krylov_tools.h"

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace
  {
    /// By which the weight of solutions falls from system to system.
    constexpr double memory = 0.97;

    std::vector<double> times(const Dense &A, const std::vector<double> &x,
                              const bool transpose)
    {
      std::vector<double> y(transpose ? A.n_columns : A.n_rows, 0.);
      for (unsigned int j = 0; j < A.n_columns; ++j)
        for (unsigned int i = 0; i < A.n_rows; ++i)
          y[transpose ? j : i] += A(i, j) * x[transpose ? i : j];
      return y;
    }
  } // namespace

  void SolutionSpace::improve(Mat A, Vec x, Vec b, const bool is_spd_,
                              const RecycleSpace &recycle,
                              const unsigned int dimension_)
  {
    is_spd = is_spd_;
    dimension = dimension_;
    S.reinit(x, dimension + 1);
    image.reinit(x, dimension + 1);
    start = duplicate(x);
    rest = duplicate(x);
    load(A, recycle);
    shares.assign(T.n_columns, 0.);
    residual(A, x, b, rest);
    // Twice: the first pass leaves what rounding in G is to the large part.
    for (unsigned int pass = 0; pass < 2; ++pass)
      project(x, rest);
    NODAL_PETSC(VecCopy(x, start));
  }

  void SolutionSpace::load(Mat A, const RecycleSpace &recycle)
  {
    std::vector<unsigned int> chosen = S.load(recycle.solutions);
    chosen.resize(std::min<std::size_t>(chosen.size(), dimension));
    image.multiply(A, S, chosen.size());
    const std::vector<unsigned int> finite = image.usable(chosen.size());
    S.compress(finite);
    image.compress(finite);
    n_directions = finite.size();

    const Dense G =
        (is_spd ? S : image).products(0, n_directions, image, 0, n_directions);
    T = orthonormaliser(G, 1e-12);
    S.share(T);
    // Weights of the columns of S as a covariance in those of S T.
    const Dense R = multiply(T, G, true);
    Dense weighted = R;
    for (unsigned int j = 0; j < n_directions; ++j)
    {
      const unsigned int number = chosen[finite[j]];
      const double weight = number < recycle.weights.size()
                                ? memory * recycle.weights[number]
                                : 1;
      for (unsigned int i = 0; i < R.n_rows; ++i)
        weighted(i, j) *= weight;
    }
    covariance = Dense(R.n_rows, R.n_rows);
    for (unsigned int l = 0; l < n_directions; ++l)
      for (unsigned int j = 0; j < R.n_rows; ++j)
        for (unsigned int i = 0; i < R.n_rows; ++i)
          covariance(i, j) += weighted(i, l) * R(j, l);
  }

  void SolutionSpace::project(Vec x, Vec r)
  {
    const VectorBlock &test = is_spd ? S : image;
    const std::vector<double> y = times(T, test.dot(0, n_directions, r), true),
                              coefficients = times(T, y, false);
    S.add_to(x, 0, coefficients);
    image.add_to(r, 0, coefficients, -1);
    for (unsigned int j = 0; j < y.size(); ++j)
      shares[j] += y[j];
  }

  void SolutionSpace::keep(Vec x, RecycleSpace &recycle)
  {
    // The new direction: its image is the residual of the guess, which the
    // projection has made orthogonal to the others.
    const Vec d = S[n_directions];
    NODAL_PETSC(VecWAXPY(d, -1., start, x));
    double size = 0;
    NODAL_PETSC(VecDot(is_spd ? d : Vec(rest), rest, &size));
    size = std::sqrt(std::max(size, 0.));
    if (!(size > 0) || !std::isfinite(size))
      return;
    S.scale(n_directions, 1 / size);

    const unsigned int n = T.n_columns;
    shares.push_back(size);
    double square = 0;
    for (const double share : shares)
      square += share * share;
    Dense basis(n_directions + 1, n + 1), sum(n + 1, n + 1);
    for (unsigned int j = 0; j < n; ++j)
      for (unsigned int i = 0; i < n_directions; ++i)
        basis(i, j) = T(i, j);
    basis(n_directions, n) = 1;
    for (unsigned int j = 0; j <= n; ++j)
    {
      for (unsigned int i = 0; i <= n; ++i)
        sum(i, j) = shares[i] * shares[j] / square +
                    (i < n && j < n ? covariance(i, j) : 0.);
    }
    std::vector<double> eigenvalues;
    Dense vectors;
    if (!symmetric_eigenvectors(sum, eigenvalues, vectors))
      return;
    const unsigned int n_kept = std::min(dimension, n + 1);
    Dense chosen(n + 1, n_kept);
    recycle.weights.resize(n_kept);
    for (unsigned int j = 0; j < n_kept; ++j)
    {
      recycle.weights[j] = std::max(eigenvalues[n - j], 0.);
      for (unsigned int i = 0; i <= n; ++i)
        chosen(i, j) = vectors(i, n - j);
    }
    Dense change = multiply(basis, chosen);
    S.share(change);
    S.combine({{S, 0, change}});
    S.save(recycle.solutions, n_kept);
  }
} // namespace nodal
