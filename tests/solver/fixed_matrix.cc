// SPDX-License-Identifier: LGPL-2.1-or-later
// Many right-hand sides for one matrix: blocks through a factorisation, and
// sums of earlier solutions.
#include "systems.h"

#include <nodal/core/exceptions.h>
#include <nodal/solver/fixed_matrix_solver.h>
#include <nodal/solver/linear_solver.h>

#include <source/solver/solution_span.h>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace nodal;

namespace
{
  constexpr unsigned int n_dimensions = 5;

  MatHandle grid_matrix(const bool is_spd)
  {
    systems::Grid grid;
    grid.m = 12;
    grid.a = systems::log_smooth(.5, 0);
    grid.convection = is_spd ? 0 : 30;
    MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid);
    if (is_spd)
      NODAL_PETSC(MatSetOption(A, MAT_SPD, PETSC_TRUE));
    return A;
  }

  /// Right-hand side @p k: in a space of few dimensions, or in all.
  void set_rhs(Vec b, const bool has_few, const unsigned int k)
  {
    systems::set(b,
                 [&](const PetscInt i)
                 {
                   if (!has_few)
                     return systems::noise(i, k);
                   double sum = 0;
                   for (unsigned int d = 0; d < n_dimensions; ++d)
                     sum += std::cos(1. + k * (d + 1)) * systems::noise(i, d);
                   return sum;
                 });
  }

  /// Solve for @p n right-hand sides and check each solution.
  void solve_all(Mat A, FixedMatrixSolver &solver, const bool has_few,
                 const unsigned int n)
  {
    SolveControl control;
    control.tolerance = 1e-10;
    const VecHandle b = systems::vector_for(A);
    for (unsigned int k = 0; k < n;)
    {
      const unsigned int m = std::min(n - k, solver.block());
      for (unsigned int j = 0; j < m; ++j)
        set_rhs(solver.rhs(j), has_few, k + j);
      const std::vector<SolveResult> results = solver.solve(m, control);
      BOOST_TEST_REQUIRE(results.size() == m);
      for (unsigned int j = 0; j < m; ++j)
      {
        BOOST_TEST(results[j].converged(), results[j].message);
        set_rhs(b, has_few, k + j);
        const double residual = relative_residual(A, solver.solution(j), b);
        BOOST_TEST(residual <= control.tolerance);
        BOOST_TEST(std::abs(residual - results[j].true_residual) < 1e-12);
      }
      k += m;
    }
  }
} // namespace

BOOST_AUTO_TEST_SUITE(fixed_matrix)

BOOST_AUTO_TEST_CASE(every_column_meets_the_tolerance)
{
  for (const bool is_spd : {true, false})
    for (const bool has_few : {true, false})
      for (const unsigned int most : {0, 3, 20})
        BOOST_TEST_CONTEXT((is_spd ? "SPD, " : "general, ")
                           << (has_few ? "few dimensions, " : "")
                           << "span of at most " << most)
        {
          const MatHandle A = grid_matrix(is_spd);
          FixedMatrixSolver::Settings settings;
          settings.block = 4;
          settings.most_span = most;
          FixedMatrixSolver solver(A, is_spd, is_spd, settings);
          solve_all(A, solver, has_few, 11);
          // Two blocks of four bring all dimensions, where there is room.
          if (has_few && most == 20)
          {
            BOOST_TEST(solver.n_superposed() == 3U);
            BOOST_TEST(solver.span_dimension() == n_dimensions);
          }
          else
            BOOST_TEST(solver.n_superposed() == 0U);
        }
}

BOOST_AUTO_TEST_CASE(columns_do_not_spoil_each_other)
{
  const MatHandle A = grid_matrix(true);
  FixedMatrixSolver solver(A, true, true, {});
  for (unsigned int j = 0; j < 3; ++j)
    set_rhs(solver.rhs(j), false, j);
  NODAL_PETSC(VecSet(solver.rhs(1), 0));
  NODAL_PETSC(VecSetValue(solver.rhs(2), 0,
                          std::numeric_limits<double>::quiet_NaN(),
                          INSERT_VALUES));
  {
    const auto column = solver.rhs(2);
    NODAL_PETSC(VecAssemblyBegin(column));
    NODAL_PETSC(VecAssemblyEnd(column));
  }
  const std::vector<SolveResult> results = solver.solve(3, {});
  BOOST_TEST(results[0].converged());
  BOOST_TEST(results[1].converged());
  BOOST_TEST((results[2].status == SolveStatus::not_a_number));
  double norm = 1;
  NODAL_PETSC(VecNorm(solver.solution(1), NORM_2, &norm));
  BOOST_TEST(norm == 0);
}

BOOST_AUTO_TEST_CASE(a_tolerance_out_of_reach_is_not_met)
{
  const MatHandle A = grid_matrix(false);
  FixedMatrixSolver solver(A, false, false, {});
  set_rhs(solver.rhs(0), false, 0);
  SolveControl control;
  control.tolerance = 1e-300;
  const SolveResult result = solver.solve(1, control)[0];
  BOOST_TEST(!result.converged());
  BOOST_TEST(result.true_residual > 0);
  BOOST_TEST(result.iterations > 1U);
}

BOOST_AUTO_TEST_CASE(a_matrix_that_cannot_be_factored_is_reported)
{
  for (const bool is_spd : {true, false})
  {
    const MatHandle A = grid_matrix(is_spd);
    NODAL_PETSC(MatScale(A, 0));
    BOOST_TEST_CONTEXT(is_spd)
    BOOST_CHECK_THROW(FixedMatrixSolver(A, is_spd, is_spd, {}),
                      NumericalFailure);
  }
}

BOOST_AUTO_TEST_CASE(span_knows_what_is_in_it)
{
  const MatHandle A = grid_matrix(true);
  VecHandle b = systems::vector_for(A);
  SolutionSpan span(b, 8);
  const auto sketch_of = [&](const std::function<double(PetscInt)> &f)
  {
    systems::set(b, f);
    const double *values = nullptr;
    NODAL_PETSC(VecGetArrayRead(b, &values));
    Dense s = span.sketch(values, 1);
    NODAL_PETSC(VecRestoreArrayRead(b, &values));
    return s;
  };
  const auto one = [](const PetscInt i) { return systems::noise(i, 1); };
  const auto two = [](const PetscInt i) { return systems::noise(i, 2); };
  PetscInt n = 0;
  NODAL_PETSC(VecGetLocalSize(b, &n));
  const std::vector<double> x(n, 1.), y(n, 10.);
  span.add(sketch_of(one).data(), x.data());
  span.add(sketch_of(two).data(), y.data());
  span.add(sketch_of([&](const PetscInt i) { return one(i) - two(i); }).data(),
           y.data()); // is there already
  BOOST_TEST(span.size() == 2U);
  Dense coefficients(2, 1);
  const Dense sum =
      sketch_of([&](const PetscInt i) { return 3 * one(i) - 0.5 * two(i); });
  BOOST_TEST_REQUIRE(span.find(sum.data(), 1e-12, coefficients.data()));
  BOOST_TEST(coefficients(0, 0) == 3., boost::test_tools::tolerance(1e-12));
  BOOST_TEST(coefficients(1, 0) == -.5, boost::test_tools::tolerance(1e-12));
  std::vector<double> combined(n);
  span.combine(coefficients, combined.data());
  for (const double value : combined)
    BOOST_TEST(value == -2., boost::test_tools::tolerance(1e-11));
  const Dense other = sketch_of(
      [&](const PetscInt i) { return one(i) + 1e-5 * systems::noise(i, 3); });
  BOOST_TEST(!span.find(other.data(), 1e-6, coefficients.data()));
}

BOOST_AUTO_TEST_SUITE_END()
