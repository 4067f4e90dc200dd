// SPDX-License-Identifier: LGPL-2.1-or-later
// Incomplete Cholesky by levels against plain loops.
#include <nodal/core/local_rows.h>

#include <source/solver/incomplete_cholesky.h>

#include <tests/solver/systems.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <random>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(incomplete_cholesky)

namespace
{
  /// L of L Lᵀ ≈ A + shift diag(A) with the pattern of A, row by row.
  Dense reference_factor(const Dense &A, const double shift)
  {
    const unsigned int n = A.n_rows;
    Dense L(n, n);
    for (unsigned int i = 0; i < n; ++i)
      for (unsigned int j = 0; j <= i; ++j)
      {
        if (A(i, j) == 0)
          continue;
        double sum = A(i, j) * (i == j ? 1 + shift : 1);
        for (unsigned int k = 0; k < j; ++k)
          sum -= L(i, k) * L(j, k);
        L(i, j) = i == j ? std::sqrt(sum) : sum / L(j, j);
      }
    return L;
  }

  std::vector<double> solve_with(const Dense &L, std::vector<double> x)
  {
    const int n = L.n_rows;
    for (int i = 0; i < n; ++i)
    {
      for (int j = 0; j < i; ++j)
        x[i] -= L(i, j) * x[j];
      x[i] /= L(i, i);
    }
    for (int i = n - 1; i >= 0; --i)
    {
      for (int j = i + 1; j < n; ++j)
        x[i] -= L(j, i) * x[j];
      x[i] /= L(i, i);
    }
    return x;
  }

  std::vector<double> random_numbers(const unsigned int n)
  {
    std::mt19937 generator(n);
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<double> result(n);
    for (double &x : result)
      x = uniform(generator);
    return result;
  }

  void check(const IncompleteCholesky &factors, const Dense &A)
  {
    const auto x = random_numbers(A.n_rows);
    const auto expected = solve_with(reference_factor(A, factors.shift()), x);
    std::vector<double> y(x.size());
    factors.apply(x.data(), y.data());
    double error = 0, size = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
    {
      error = std::max(error, std::abs(y[i] - expected[i]));
      size = std::max(size, std::abs(expected[i]));
    }
    BOOST_TEST(error < 1e-5 * size);
    BOOST_TEST(error > 0); // the factor is in single precision
  }

  MatHandle matrix(const PetscInt m, const double step)
  {
    systems::Grid grid;
    grid.m = m;
    grid.a = systems::log_smooth(2, step);
    return systems::matrix(PETSC_COMM_SELF, grid);
  }
} // namespace

BOOST_AUTO_TEST_CASE(it_is_what_plain_loops_give)
{
  IncompleteCholesky factors;
  // Another matrix, other values, another pattern with as many rows.
  for (const PetscInt m : {1, 2, 5, 9})
    for (const double step : {0., 10.})
    {
      const MatHandle A = matrix(m, step);
      BOOST_TEST(factors.update(LocalRows(A)));
      BOOST_TEST(factors.shift() == 0);
      if (m > 1)
        check(factors, systems::dense(A));
    }
  const MatHandle A = matrix(9, 0);
  for (PetscInt i = 0; i < 4; ++i)
    for (const auto &[row, column] : {std::pair(i, 70 - i), {70 - i, i}})
      NODAL_PETSC(MatSetOption(A, MAT_NEW_NONZERO_ALLOCATION_ERR, PETSC_FALSE)),
          NODAL_PETSC(MatSetValue(A, row, column, -0.01, INSERT_VALUES));
  NODAL_PETSC(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
  NODAL_PETSC(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
  BOOST_TEST(factors.update(LocalRows(A)));
  check(factors, systems::dense(A));
}

namespace
{
  MatHandle from_dense(const std::vector<std::vector<double>> &rows)
  {
    const PetscInt n = rows.size();
    MatHandle A = systems::empty_matrix(PETSC_COMM_SELF, n, n);
    for (PetscInt i = 0; i < n; ++i)
      for (PetscInt j = 0; j < n; ++j)
        if (rows[i][j] != 0)
          NODAL_PETSC(MatSetValue(A, i, j, rows[i][j], INSERT_VALUES));
    NODAL_PETSC(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
    return A;
  }
} // namespace

BOOST_AUTO_TEST_CASE(the_diagonal_is_raised_where_a_pivot_is_not_positive)
{
  // Positive definite, but not so is what is left of it (Kershaw, J. Comput.
  // Phys. 26, 1978).
  const MatHandle A = from_dense(
      {{3, -2, 0, 2}, {-2, 3, -2, 0}, {0, -2, 3, -2}, {2, 0, -2, 3}});
  IncompleteCholesky factors;
  BOOST_TEST(factors.update(LocalRows(A)));
  BOOST_TEST(factors.shift() > 0);
  BOOST_TEST(factors.shift() < 1);
  check(factors, systems::dense(A));
}

BOOST_AUTO_TEST_CASE(what_has_no_factors_is_refused)
{
  const double nan = std::numeric_limits<double>::quiet_NaN();
  IncompleteCholesky factors;
  for (const double bad : {nan, -nan, 1 / 0., 0., -1.})
  {
    const MatHandle A = from_dense({{2, -1, 0}, {-1, bad, -1}, {0, -1, 2}});
    BOOST_TEST(!factors.update(LocalRows(A)));
  }
  const MatHandle A = matrix(4, 0);
  BOOST_TEST(factors.update(LocalRows(A)));
  check(factors, systems::dense(A));
}

BOOST_AUTO_TEST_SUITE_END()
