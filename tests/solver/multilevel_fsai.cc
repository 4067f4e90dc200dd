// SPDX-License-Identifier: LGPL-2.1-or-later
// Factorised sparse approximate inverses on levels, against dense matrices.
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/solver/aggregates.h>
#include <nodal/solver/fsai_levels.h>
#include <nodal/solver/linear_solver.h>

#include <source/solver/group_sums.h>
#include <source/solver/sliced_rows.h>

#include <tests/solver/systems.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <random>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(multilevel_fsai)

namespace
{
  MatHandle system(MPI_Comm comm, const PetscInt m, const double strength = 1)
  {
    systems::Grid grid;
    grid.m = m;
    grid.a = systems::log_smooth(strength, 3);
    return systems::matrix(comm, grid);
  }

  /// A dense copy of an operator on one rank.
  template <class Apply>
  Dense dense(Mat like, const Apply &apply)
  {
    const VecHandle x = systems::vector_for(like), y = duplicate(x);
    PetscInt n = 0;
    NODAL_PETSC(VecGetSize(x, &n));
    Dense result(n, n);
    for (PetscInt j = 0; j < n; ++j)
    {
      systems::set(x, [&](const PetscInt i) { return i == j ? 1. : 0.; });
      apply(x, y);
      const std::vector<double> column = owned_entries(y);
      for (PetscInt i = 0; i < n; ++i)
        result(i, j) = column[i];
    }
    return result;
  }

  Dense product(const Dense &A, const Dense &B)
  {
    Dense C(A.n_rows, B.n_columns);
    for (unsigned int i = 0; i < A.n_rows; ++i)
      for (unsigned int k = 0; k < A.n_columns; ++k)
        for (unsigned int j = 0; j < B.n_columns; ++j)
          C(i, j) += A(i, k) * B(k, j);
    return C;
  }

  Dense transposed(const Dense &A)
  {
    Dense B(A.n_columns, A.n_rows);
    for (unsigned int i = 0; i < A.n_rows; ++i)
      for (unsigned int j = 0; j < A.n_columns; ++j)
        B(j, i) = A(i, j);
    return B;
  }

  /// By elimination without pivots.
  Dense inverse(Dense A)
  {
    const unsigned int n = A.n_rows;
    Dense B(n, n);
    for (unsigned int i = 0; i < n; ++i)
      B(i, i) = 1;
    for (unsigned int k = 0; k < n; ++k)
    {
      const double pivot = A(k, k);
      for (unsigned int j = 0; j < n; ++j)
      {
        A(k, j) /= pivot;
        B(k, j) /= pivot;
      }
      for (unsigned int i = 0; i < n; ++i)
      {
        const double factor = A(i, k);
        if (i == k || factor == 0)
          continue;
        for (unsigned int j = 0; j < n; ++j)
        {
          A(i, j) -= factor * A(k, j);
          B(i, j) -= factor * B(k, j);
        }
      }
    }
    return B;
  }

  Dense dense_G(const FsaiLevel &level)
  {
    Dense G(level.n_rows(), level.n_rows());
    for (int i = 0; i < level.n_rows(); ++i)
      for (int t = level.lower_offsets[i]; t < level.lower_offsets[i + 1]; ++t)
        G(i, level.lower_columns[t]) = level.G[t];
    return G;
  }

  SolveResult solve(Mat A, const std::string &entries,
                    const std::string &preconditioner = "multilevel fsai")
  {
    LinearSolver solver;
    systems::configure(solver, "subsection Solver\nset Method = cg\nset "
                               "Preconditioner = " +
                                   preconditioner +
                                   "\nsubsection Preconditioners\nsubsection " +
                                   preconditioner + "\n" + entries +
                                   "\nend\nend\nend\n");
    const VecHandle b = systems::random_vector(A, 1), x = duplicate(b);
    const SolveResult result = solver.solve(A, x, b, true);
    BOOST_TEST(result.converged());
    BOOST_TEST(relative_residual(A, x, b) <= 1e-8);
    return result;
  }
} // namespace

BOOST_AUTO_TEST_CASE(sliced_rows_multiply_as_plain_loops_do)
{
  std::mt19937 generator(7);
  for (const int n : {0, 1, 7, 8, 9, 700})
  {
    FloatRows matrix;
    const int n_columns = 50;
    std::vector<double> x(n_columns), y(n, -1.);
    for (double &value : x)
      value = generator() % 1000 / 1000.;
    for (int i = 0; i < n; ++i)
    {
      const int length = generator() % 7;
      for (int t = 0; t < length; ++t)
      {
        matrix.columns.push_back(generator() % n_columns);
        matrix.values.push_back(generator() % 1000 / 1000.f);
      }
      matrix.offsets.push_back(matrix.columns.size());
    }
    SlicedRows(matrix).multiply(x.data(), y.data());
    for (int i = 0; i < n; ++i)
    {
      double sum = 0;
      for (int t = matrix.offsets[i]; t < matrix.offsets[i + 1]; ++t)
        sum += double(matrix.values[t]) * x[matrix.columns[t]];
      BOOST_TEST(std::abs(y[i] - sum) < 1e-14 * 8);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_approximate_inverse_is_the_best_on_its_pattern)
{
  const MatHandle A = system(PETSC_COMM_SELF, 7, 2);
  FsaiSettings settings;
  settings.n_levels = 1;
  MatHandle coarsest;
  const std::vector<FsaiLevel> levels = fsai_levels(A, settings, coarsest);
  BOOST_TEST(levels.size() == 1u);
  BOOST_TEST(!coarsest);
  const Dense dense_A =
      dense(A, [&](Vec x, Vec y) { NODAL_PETSC(MatMult(A, x, y)); });
  const Dense G = dense_G(levels[0]), GA = product(G, dense_A),
              GAG = product(GA, transposed(G));
  for (unsigned int i = 0; i < G.n_rows; ++i)
  {
    BOOST_TEST(std::abs(GAG(i, i) - 1) < 1e-12);
    for (unsigned int j = 0; j < i; ++j)
      if (dense_A(i, j) != 0)
        // Where it may choose, the product with A is that of the identity.
        BOOST_TEST(std::abs(GA(i, j)) < 1e-12);
      else
        BOOST_TEST(G(i, j) == 0.);
  }
}

BOOST_AUTO_TEST_CASE(sums_over_groups_are_galerkin_products)
{
  const MatHandle A = system(PETSC_COMM_WORLD, 20);
  const Aggregates aggregates = aggregate_by_strength(A, 8, 0.25);
  const MatHandle sums = group_sums(A, aggregates.of_row, aggregates.n, 1);
  // The columns of ones, which as_matrix() takes as they are.
  AggregateColumns ones;
  ones.of_row = aggregates.of_row;
  ones.n_columns.assign(aggregates.n, 1);
  ones.values.assign(aggregates.of_row.size(), 1.);
  const MatHandle P = as_matrix(ones, A);
  MatHandle expected;
  NODAL_PETSC(MatPtAP(A, P, MAT_INITIAL_MATRIX, PETSC_DEFAULT, expected.put()));
  NODAL_PETSC(MatAXPY(expected, -1., sums, DIFFERENT_NONZERO_PATTERN));
  double error = 0, size = 0;
  NODAL_PETSC(MatNorm(expected, NORM_FROBENIUS, &error));
  NODAL_PETSC(MatNorm(sums, NORM_FROBENIUS, &size));
  BOOST_TEST(size > 0);
  BOOST_TEST(error < 1e-13 * size);
}

BOOST_AUTO_TEST_CASE(an_application_is_the_sum_over_levels)
{
  const MatHandle A = system(PETSC_COMM_SELF, 9, 2);
  FsaiSettings settings;
  settings.coarsest_size = 20;
  MatHandle coarsest;
  const std::vector<FsaiLevel> levels = fsai_levels(A, settings, coarsest);
  BOOST_REQUIRE(levels.size() == 1u);
  BOOST_REQUIRE(coarsest);
  const FsaiLevel &level = levels[0];
  constexpr double smoothing = 0.6, scale = 1.7;
  const unsigned int n = level.n_rows(), m = level.n_groups;
  const Dense dense_A = dense(A, [&](Vec x, Vec y)
                              { NODAL_PETSC(MatMult(A, x, y)); }),
              dense_coarse = dense(coarsest, [&](Vec x, Vec y)
                                   { NODAL_PETSC(MatMult(coarsest, x, y)); });
  Dense P(n, m);
  for (unsigned int i = 0; i < n; ++i)
    for (unsigned int j = 0; j < n; ++j)
      if (level.group[j] >= 0)
        P(i, level.group[j]) +=
            (i == j ? 1 : 0) - smoothing * dense_A(i, j) / dense_A(i, i);
  const Dense G = dense_G(level);
  Dense expected = product(transposed(G), G);
  const Dense coarse =
      product(product(P, inverse(dense_coarse)), transposed(P));
  double size = 0;
  for (unsigned int i = 0; i < n; ++i)
    for (unsigned int j = 0; j < n; ++j)
    {
      expected(i, j) += scale * coarse(i, j);
      size = std::max(size, std::abs(expected(i, j)));
    }
  const auto M = Registry<Preconditioner>::create("multilevel fsai");
  systems::configure(*M, "set Coarsest size = 20\nsubsection constant\nset "
                         "Smoothing = 0.6\nset Scale = 1.7\nend\n");
  M->update(A, true);
  const Dense applied = dense(A, [&](Vec x, Vec y) { M->apply(x, y); });
  for (unsigned int i = 0; i < n; ++i)
    for (unsigned int j = 0; j < n; ++j)
      // In single precision.
      BOOST_TEST(std::abs(applied(i, j) - expected(i, j)) < 1e-6 * size);
}

BOOST_AUTO_TEST_CASE(many_levels_on_ranks_are_symmetric_and_positive)
{
  // With rows that are coupled to nothing, as those of Dirichlet values.
  const MatHandle A = system(PETSC_COMM_WORLD, 24, 2);
  std::vector<PetscInt> alone;
  PetscInt first = 0, end = 0;
  NODAL_PETSC(MatGetOwnershipRange(A, &first, &end));
  for (PetscInt i = first; i < end; ++i)
    if (i % 7 == 3)
      alone.push_back(i);
  NODAL_PETSC(
      MatZeroRowsColumns(A, alone.size(), alone.data(), 2., nullptr, nullptr));
  FsaiSettings settings;
  settings.coarsest_size = 3;
  MatHandle coarsest;
  BOOST_TEST(fsai_levels(A, settings, coarsest).size() >= 2u);
  const auto M = Registry<Preconditioner>::create("multilevel fsai");
  systems::configure(*M, "set Coarsest size = 3");
  M->update(A, true);
  for (unsigned int seed = 0; seed < 10; ++seed)
  {
    const VecHandle x = systems::random_vector(A, seed),
                    y = systems::random_vector(A, seed + 50), Mx = duplicate(x),
                    My = duplicate(x);
    M->apply(x, Mx);
    M->apply(y, My);
    double xMy = 0, yMx = 0, xMx = 0;
    NODAL_PETSC(VecDot(x, My, &xMy));
    NODAL_PETSC(VecDot(y, Mx, &yMx));
    NODAL_PETSC(VecDot(x, Mx, &xMx));
    BOOST_TEST(xMx > 0);
    BOOST_TEST(std::abs(xMy - yMx) < 1e-10 * xMx);
  }
  solve(A, "set Coarsest size = 3");
}

BOOST_AUTO_TEST_CASE(levels_pay)
{
  for (const PetscInt m : {40, 80})
  {
    const MatHandle A = system(PETSC_COMM_WORLD, m);
    const unsigned int one = solve(A, "set Levels = 1").iterations,
                       two = solve(A, "set Levels = 2").iterations,
                       all = solve(A, "").iterations,
                       jacobi = solve(A, "", "jacobi").iterations;
    BOOST_TEST(one < 0.6 * jacobi);
    BOOST_TEST(two < one);
    BOOST_TEST(all < 0.6 * one);
    BOOST_TEST(solve(A, "set Coarsest size = 1").iterations < one);
  }
}

BOOST_AUTO_TEST_CASE(components_of_a_block_are_kept_apart)
{
  // Two copies of a system, unknown by unknown side by side.
  const MatHandle A = system(PETSC_COMM_WORLD, 24);
  PetscInt first = 0, end = 0, n = 0;
  NODAL_PETSC(MatGetOwnershipRange(A, &first, &end));
  NODAL_PETSC(MatGetSize(A, &n, nullptr));
  MatHandle B;
  NODAL_PETSC(MatCreate(PETSC_COMM_WORLD, B.put()));
  NODAL_PETSC(
      MatSetSizes(B, 2 * (end - first), 2 * (end - first), 2 * n, 2 * n));
  NODAL_PETSC(MatSetType(B, MATAIJ));
  NODAL_PETSC(MatSetBlockSize(B, 2));
  NODAL_PETSC(MatSetUp(B));
  for (PetscInt i = first; i < end; ++i)
  {
    PetscInt n_here = 0;
    const PetscInt *columns = nullptr;
    const double *values = nullptr;
    NODAL_PETSC(MatGetRow(A, i, &n_here, &columns, &values));
    for (PetscInt t = 0; t < n_here; ++t)
      for (PetscInt c = 0; c < 2; ++c)
        NODAL_PETSC(MatSetValue(B, 2 * i + c, 2 * columns[t] + c,
                                (1 + c) * values[t], INSERT_VALUES));
    NODAL_PETSC(MatRestoreRow(A, i, &n_here, &columns, &values));
  }
  NODAL_PETSC(MatAssemblyBegin(B, MAT_FINAL_ASSEMBLY));
  NODAL_PETSC(MatAssemblyEnd(B, MAT_FINAL_ASSEMBLY));
  BOOST_TEST(solve(B, "").iterations <= 5 + 1.3 * solve(A, "").iterations);
}

BOOST_AUTO_TEST_CASE(what_is_not_positive_definite_is_said)
{
  systems::Grid grid;
  grid.m = 12;
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid);
  const auto M = Registry<Preconditioner>::create("multilevel fsai");
  M->update(A, true);
  BOOST_CHECK_THROW(M->update(A, false), BadInput);
  // Couplings that outweigh the diagonal, which stays positive.
  NODAL_PETSC(MatShift(A, -3.));
  BOOST_CHECK_THROW(M->update(A, true), NumericalFailure);
}

BOOST_AUTO_TEST_SUITE_END()
