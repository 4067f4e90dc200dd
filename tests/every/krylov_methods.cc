// SPDX-License-Identifier: LGPL-2.1-or-later
// What holds for every registered Krylov method.
#include <nodal/core/exceptions.h>
#include <nodal/solver/linear_solver.h>

#include <tests/solver/systems.h>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace nodal;

namespace
{
  struct System
  {
    explicit System(const bool is_spd, const PetscInt m = 14) : is_spd(is_spd)
    {
      systems::Grid grid;
      grid.m = m;
      grid.a = systems::log_smooth(.5, 0);
      grid.convection = is_spd ? 0. : 20.;
      A = systems::matrix(PETSC_COMM_WORLD, grid);
      exact = systems::random_vector(A, 7);
      x = systems::vector_for(A);
      b = systems::vector_for(A);
      NODAL_PETSC(MatMult(A, exact, b));
    }

    double error() const
    {
      const VecHandle e = duplicate(x);
      double size = 0, difference = 0;
      NODAL_PETSC(VecWAXPY(e, -1., x, exact));
      NODAL_PETSC(VecNorm(e, NORM_2, &difference));
      NODAL_PETSC(VecNorm(exact, NORM_2, &size));
      return difference / size;
    }

    bool is_spd;
    MatHandle A;
    VecHandle exact, x, b;
  };

  /// Call @p test for every method with every preconditioner that it accepts.
  template <class Test>
  void for_every_method(const Test &test)
  {
    int size = 1;
    MPI_Comm_size(PETSC_COMM_WORLD, &size);
    std::vector<std::string> preconditioners = {
        "none", "jacobi",    "icc",       "ic0",      "ssor",
        "ilu",  "boomeramg", "two level", "cholesky", "lu"};
    // On one rank also those that are no different on several.
    if (size == 1)
      for (const char *name : {"sor", "gamg", "ml"})
        preconditioners.push_back(name);
    if (size > 2)
      preconditioners = {"jacobi", "boomeramg", "two level", "lu"};
    for (const RegistryEntry &entry : Registry<KrylovSolver>::list())
    {
      unsigned int n_accepted = 0;
      for (const std::string &name : preconditioners)
        for (const bool is_spd : {true, false})
          BOOST_TEST_CONTEXT(entry.name << " with " << name
                                        << (is_spd ? ", SPD" : ""))
          {
            LinearSolver solver;
            solver.control.max_iterations = 500;
            solver.method.choose(entry.name);
            solver.preconditioner.choose(name);
            System system(is_spd);
            try
            {
              solver.check();
              test(solver, system);
              ++n_accepted;
            }
            catch (const BadInput &refusal)
            {
              BOOST_TEST(std::string(refusal.what()).size() > 20);
            }
          }
      BOOST_TEST(n_accepted > 0);
    }
  }
} // namespace

BOOST_AUTO_TEST_CASE(every_method_finds_the_solution)
{
  for_every_method(
      [](LinearSolver &solver, System &s)
      {
        const SolveResult result = solver.solve(s.A, s.x, s.b, s.is_spd);
        BOOST_TEST(result.converged());
        BOOST_TEST(result.true_residual <= 1e-8);
        BOOST_TEST(result.iterations > 0);
        BOOST_TEST(relative_residual(s.A, s.x, s.b) <= 1e-8);
        BOOST_TEST(s.error() < 1e-5);
        // Again from the solution: nothing to do.
        const SolveResult again = solver.solve_again(s.A, s.x, s.b);
        BOOST_TEST(again.converged());
        BOOST_TEST(again.iterations == 0);
      });
}

BOOST_AUTO_TEST_CASE(every_method_accepts_zero)
{
  for_every_method(
      [](LinearSolver &solver, System &s)
      {
        NODAL_PETSC(VecCopy(s.exact, s.x));
        NODAL_PETSC(VecSet(s.b, 0.));
        const SolveResult result = solver.solve(s.A, s.x, s.b, s.is_spd);
        double size = 1;
        NODAL_PETSC(VecNorm(s.x, NORM_INFINITY, &size));
        BOOST_TEST(result.converged());
        BOOST_TEST(result.iterations == 0);
        BOOST_TEST(size == 0.);
      });
}

BOOST_AUTO_TEST_CASE(every_method_reports_nan)
{
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for_every_method(
      [&](LinearSolver &solver, System &s)
      {
        systems::set(s.b, [&](const PetscInt i) { return i == 5 ? nan : 1.; });
        const SolveResult result = solver.solve(s.A, s.x, s.b, s.is_spd);
        BOOST_TEST(int(result.status) == int(SolveStatus::not_a_number));
      });
}

BOOST_AUTO_TEST_CASE(every_method_gives_up)
{
  for_every_method(
      [](LinearSolver &solver, System &s)
      {
        solver.control.tolerance = 1e-30;
        const SolveResult result = solver.solve(s.A, s.x, s.b, s.is_spd);
        BOOST_TEST(!result.converged());
        BOOST_TEST(result.iterations <= 510);
        BOOST_TEST(result.true_residual < 1e-6);
      });
}

BOOST_AUTO_TEST_CASE(every_method_survives_a_garbage_space)
{
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::function<double(PetscInt, unsigned int)>> garbage = {
      [](PetscInt i, unsigned int j) { return systems::noise(i, j); },
      [](PetscInt, unsigned int) { return 0.; },
      [&](PetscInt i, unsigned int j) { return i == 3 && j == 1 ? nan : 1.; },
      [](PetscInt i, unsigned int) { return systems::noise(i, 0); },
      [](PetscInt i, unsigned int j) { return 1e300 * systems::noise(i, j); },
      [](PetscInt i, unsigned int j) { return 1e-300 * systems::noise(i, j); },
      [](PetscInt i, unsigned int j)
      { return systems::noise(i, 0) + 1e-13 * systems::noise(i, j); }};
  for_every_method(
      [&](LinearSolver &solver, System &s)
      {
        if (!solver.method->uses_recycling())
          return;
        solver.solve(s.A, s.x, s.b, s.is_spd);
        for (unsigned int g = 0; g < garbage.size(); ++g)
          BOOST_TEST_CONTEXT("garbage number " << g)
          {
            RecycleSpace space;
            for (unsigned int j = 0; j < 6; ++j)
            {
              space.U.push_back(duplicate(s.x));
              systems::set(space.U.back(),
                           [&](const PetscInt i) { return garbage[g](i, j); });
            }
            if (g % 2 == 0)
              space.gram.assign(36, g == 2 ? nan : .5);
            NODAL_PETSC(VecSet(s.x, 0.));
            const SolveResult result =
                solver.solve_again(s.A, s.x, s.b, &space);
            BOOST_TEST(result.converged());
            BOOST_TEST(s.error() < 1e-5);
            // And what it leaves is of use again.
            NODAL_PETSC(VecSet(s.x, 0.));
            BOOST_TEST(solver.solve_again(s.A, s.x, s.b, &space).converged());
          }
        // Vectors of another size are no help, and no harm.
        const System other(true, 9);
        RecycleSpace space;
        space.U.push_back(duplicate(other.x));
        NODAL_PETSC(VecSet(s.x, 0.));
        BOOST_TEST(solver.solve_again(s.A, s.x, s.b, &space).converged());
      });
}

BOOST_AUTO_TEST_CASE(every_method_starts_from_earlier_solutions)
{
  for_every_method(
      [](LinearSolver &solver, System &s)
      {
        solver.n_solutions = 2;
        RecycleSpace space;
        const auto solve = [&]
        {
          NODAL_PETSC(VecSet(s.x, 0.));
          const SolveResult result =
              solver.solve(s.A, s.x, s.b, s.is_spd, &space);
          BOOST_TEST(result.converged());
          BOOST_TEST(s.error() < 1e-5);
          return result.iterations;
        };
        const unsigned int first = solve();
        BOOST_TEST(space.solutions.size() == 1);
        BOOST_TEST(solve() <= 1 + first / 2);
      });
}
