// SPDX-License-Identifier: LGPL-2.1-or-later
// Initial guesses from earlier solutions, and a matrix for the preconditioner.
#include "systems.h"

#include <nodal/solver/linear_solver.h>

#include <source/solver/solution_space.h>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace nodal;

namespace
{
  MatHandle system_matrix(const bool is_spd, const double step = 0)
  {
    systems::Grid grid;
    grid.a = systems::log_smooth(.5, step);
    grid.convection = is_spd ? 0 : 30;
    return systems::matrix(PETSC_COMM_WORLD, grid);
  }

  void configure(LinearSolver &solver, const bool is_spd,
                 const unsigned int n_solutions)
  {
    solver.method.choose(is_spd ? "cg" : "gmres");
    solver.preconditioner.choose("jacobi");
    solver.n_solutions = n_solutions;
  }

  /// b = b₀ + c b₁ + c² b₂
  VecHandle quadratic(Mat A, const double c)
  {
    const VecHandle first = systems::random_vector(A, 1),
                    second = systems::random_vector(A, 2);
    VecHandle b = systems::random_vector(A, 0);
    NODAL_PETSC(VecAXPY(b, c, first));
    NODAL_PETSC(VecAXPY(b, c * c, second));
    return b;
  }
} // namespace

BOOST_AUTO_TEST_SUITE(solution_space)

BOOST_AUTO_TEST_CASE(guess_is_the_best_in_the_space)
{
  for (const bool is_spd : {true, false})
    BOOST_TEST_CONTEXT((is_spd ? "SPD" : "general"))
    {
      const MatHandle A = system_matrix(is_spd);
      const VecHandle x = systems::vector_for(A);
      RecycleSpace space;
      for (unsigned int j = 0; j < 3; ++j)
        space.solutions.push_back(systems::random_vector(A, 10 + j));
      std::vector<VecHandle> b;
      b.push_back(systems::random_vector(A, 1));
      SolutionSpace solutions;
      solutions.improve(A, x, b[0], is_spd, space, 3);

      const Dense full = systems::dense(A), S = systems::dense(space.solutions),
                  AS = multiply(full, S), rhs = systems::dense(b);
      const Dense &test = is_spd ? S : AS;
      const Dense y =
          systems::solve(multiply(test, AS, true), multiply(test, rhs, true));
      std::vector<VecHandle> found;
      found.push_back(duplicate(x));
      NODAL_PETSC(VecCopy(x, found[0]));
      BOOST_TEST(systems::distance(multiply(S, y), systems::dense(found)) <
                 1e-9);
    }
}

BOOST_AUTO_TEST_CASE(what_depends_on_few_numbers_needs_few_solves)
{
  for (const bool is_spd : {true, false})
    BOOST_TEST_CONTEXT((is_spd ? "SPD" : "general"))
    {
      const MatHandle A = system_matrix(is_spd);
      LinearSolver solver;
      configure(solver, is_spd, 4);
      RecycleSpace space;
      for (unsigned int s = 0; s < 8; ++s)
      {
        if (s < 3)
          solver.control.tolerance = 1e-12;
        else
          solver.control.tolerance = 1e-8;
        const VecHandle b = quadratic(A, s - 3.5), x = systems::vector_for(A);
        const SolveResult result = solver.solve(A, x, b, is_spd, &space);
        BOOST_TEST(result.converged());
        BOOST_TEST((result.iterations == 0) == (s >= 3));
        BOOST_TEST(space.solutions.size() == std::min(s + 1, 3U));
      }
    }
}

BOOST_AUTO_TEST_CASE(the_space_keeps_to_its_dimension)
{
  for (const bool is_spd : {true, false})
    BOOST_TEST_CONTEXT((is_spd ? "SPD" : "general"))
    {
      LinearSolver solver, plain;
      configure(solver, is_spd, 3);
      configure(plain, is_spd, 0);
      RecycleSpace space;
      unsigned int n_iterations = 0, n_plain = 0;
      for (unsigned int s = 0; s < 8; ++s)
      {
        const MatHandle A = system_matrix(is_spd, .2 * s);
        const VecHandle b = systems::random_vector(A, 1),
                        x = systems::vector_for(A), y = systems::vector_for(A);
        BOOST_TEST(solver.solve(A, x, b, is_spd, &space).converged());
        BOOST_TEST(space.solutions.size() == std::min(s + 1, 3U));
        BOOST_TEST(space.weights.size() == space.solutions.size());
        NODAL_PETSC(VecSet(x, 0));
        n_iterations += solver.solve(A, x, b, is_spd, &space).iterations;
        n_plain += plain.solve(A, y, b, is_spd, &space).iterations;
      }
      BOOST_TEST(n_iterations < n_plain);
    }
}

BOOST_AUTO_TEST_CASE(garbage_gives_no_wrong_answer)
{
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::function<double(PetscInt, unsigned int)>> garbage = {
      [](PetscInt i, unsigned int j) { return systems::noise(i, j); },
      [](PetscInt, unsigned int) { return 0.; },
      [&](PetscInt i, unsigned int j) { return i == 3 && j == 1 ? nan : 1.; },
      [](PetscInt i, unsigned int j) { return 1e300 * systems::noise(i, j); },
      [](PetscInt i, unsigned int j)
      { return systems::noise(i, 0) + 1e-13 * systems::noise(i, j); }};
  for (const bool is_spd : {true, false})
    for (unsigned int g = 0; g < garbage.size(); ++g)
      BOOST_TEST_CONTEXT((is_spd ? "SPD" : "general") << ", garbage " << g)
      {
        const MatHandle A = system_matrix(is_spd);
        LinearSolver solver;
        configure(solver, is_spd, 6);
        RecycleSpace space;
        for (unsigned int j = 0; j < 6; ++j)
        {
          space.solutions.push_back(systems::vector_for(A));
          systems::set(space.solutions.back(),
                       [&](const PetscInt i) { return garbage[g](i, j); });
        }
        space.weights.assign(g % 2 ? 6 : 2, g == 3 ? nan : .5);
        const VecHandle b = systems::random_vector(A, 1);
        for (unsigned int s = 0; s < 2; ++s)
        {
          const VecHandle x = systems::vector_for(A);
          BOOST_TEST(solver.solve(A, x, b, is_spd, &space).converged());
          BOOST_TEST(relative_residual(A, x, b) <= 1e-8);
        }
      }
}

BOOST_AUTO_TEST_CASE(the_residual_is_of_A_not_of_the_preconditioners_matrix)
{
  const MatHandle A = system_matrix(false), P = system_matrix(true);
  const VecHandle b = systems::random_vector(A, 1);
  for (const std::string method : {"gmres", "gcrodr", "direct"})
    BOOST_TEST_CONTEXT(method)
    {
      LinearSolver solver;
      solver.method.choose(method);
      solver.preconditioner.choose("lu");
      const VecHandle x = systems::vector_for(A);
      const SolveResult result = solver.solve(A, x, b, false, nullptr, P);
      BOOST_TEST(result.converged());
      BOOST_TEST(relative_residual(A, x, b) <= 1e-8);
      // LU of P does not solve A at once, unless the method must have it so.
      BOOST_TEST((result.iterations > 2) == (method != "direct"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
