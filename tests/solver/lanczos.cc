// SPDX-License-Identifier: LGPL-2.1-or-later
// Ritz pairs against eigenpairs of dense matrices.
#include "systems.h"

#include <nodal/core/exceptions.h>
#include <nodal/solver/lanczos.h>
#include <nodal/solver/linear_solver.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(lanczos)

namespace
{
  struct Pencil
  {
    Pencil()
    {
      systems::Grid grid;
      grid.m = 7;
      grid.a = systems::log_smooth(1, 0);
      A = systems::matrix(PETSC_COMM_WORLD, grid);
      D = systems::vector_for(A);
      systems::set(D, [](const PetscInt i) { return 1 + 0.5 * (i % 5); });
    }

    MatHandle A;
    VecHandle D;
  };

  double dot(Vec x, Vec y)
  {
    double result = 0;
    NODAL_PETSC(VecDot(x, y, &result));
    return result;
  }
} // namespace

BOOST_AUTO_TEST_CASE(all_steps_give_eigenpairs)
{
  const Pencil pencil;
  const VecHandle start = systems::random_vector(pencil.A, 1);
  const RitzPairs pairs(pencil.A, pencil.D, start, 100);
  BOOST_REQUIRE(pairs.values().size() == 49u);
  for (std::size_t i = 0; i < pairs.values().size(); ++i)
  {
    std::vector<double> factors(i + 1, 0.);
    factors[i] = 1;
    const VecHandle v = pairs.combination(factors), Av = duplicate(v),
                    Dv = duplicate(v);
    NODAL_PETSC(VecPointwiseMult(Dv, pencil.D, v));
    BOOST_TEST(std::abs(dot(v, Dv) - 1) < 1e-12);
    NODAL_PETSC(MatMult(pencil.A, v, Av));
    NODAL_PETSC(VecAXPY(Av, -pairs.values()[i], Dv));
    BOOST_TEST(std::sqrt(dot(Av, Av)) < 1e-11);
    if (i > 0)
      BOOST_TEST(pairs.values()[i] >= pairs.values()[i - 1]);
  }
}

BOOST_AUTO_TEST_CASE(few_steps_give_the_ends_of_the_spectrum)
{
  const Pencil pencil;
  const VecHandle start = systems::random_vector(pencil.A, 1);
  const std::vector<double>
      all = RitzPairs(pencil.A, pencil.D, start, 49).values(),
      few = RitzPairs(pencil.A, pencil.D, start, 22).values();
  BOOST_REQUIRE(few.size() == 22u);
  BOOST_TEST(few.front() >= all.front() * (1 - 1e-12));
  BOOST_TEST(few.back() <= all.back() * (1 + 1e-12));
  BOOST_TEST(std::abs(few.front() / all.front() - 1) < 0.01);
  BOOST_TEST(std::abs(few.back() / all.back() - 1) < 0.01);
}

BOOST_AUTO_TEST_CASE(it_ends_where_the_space_does)
{
  const Pencil pencil;
  const VecHandle start = systems::random_vector(pencil.A, 1);
  const RitzPairs all(pencil.A, pencil.D, start, 49);
  const VecHandle two = all.combination({0, 1, 0, 2});
  const RitzPairs pairs(pencil.A, pencil.D, two, 10);
  BOOST_REQUIRE(pairs.values().size() == 2u);
  BOOST_TEST(std::abs(pairs.values()[0] / all.values()[1] - 1) < 1e-9);
  BOOST_TEST(std::abs(pairs.values()[1] / all.values()[3] - 1) < 1e-9);
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_said)
{
  const Pencil pencil;
  const VecHandle start = systems::vector_for(pencil.A);
  NODAL_PETSC(VecSet(start, std::numeric_limits<double>::quiet_NaN()));
  BOOST_CHECK_THROW(RitzPairs(pencil.A, pencil.D, start, 5), NumericalFailure);
  NODAL_PETSC(VecSet(start, 0));
  BOOST_CHECK_THROW(RitzPairs(pencil.A, pencil.D, start, 5), NumericalFailure);
}

BOOST_AUTO_TEST_CASE(conjugate_gradients_leave_their_slowest_directions)
{
  // With the diagonal, vector by vector; with SSOR, in variables of its own.
  for (const std::string name : {"jacobi", "ssor"})
  {
    systems::Grid grid;
    grid.m = 16;
    grid.a = systems::log_smooth(1, 0);
    const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid);
    LinearSolver solver;
    systems::configure(solver,
                       "subsection Solver\nset Method = deflated cg\nset "
                       "Tolerance = 1e-12\nset Preconditioner = " +
                           name +
                           "\nsubsection Methods\nsubsection deflated "
                           "cg\nset Ritz vectors = 3\nend\nend\nend\n");
    BOOST_TEST(solver.method->uses_recycling());
    RecycleSpace recycle;
    const Preconditioner &M = *solver.preconditioner;
    for (unsigned int k = 1; k < 5; ++k)
    {
      const VecHandle x = systems::vector_for(A),
                      b = systems::random_vector(A, k);
      BOOST_TEST(solver.solve(A, x, b, true, &recycle).converged());
      BOOST_TEST(recycle.size() == std::min(k, 3u)); // one of each solve
      const VecHandle u = duplicate(recycle.U[0]), Au = duplicate(u),
                      w = duplicate(u);
      NODAL_PETSC(VecCopy(recycle.U[0], u));
      NODAL_PETSC(MatMult(A, u, Au));
      BOOST_TEST(std::abs(dot(u, Au) - 1) < 1e-2); // floats, and rounding
      // M A u = θ u, with the smallest θ.
      M.apply(Au, w);
      const double theta = dot(w, Au) / dot(u, Au);
      NODAL_PETSC(VecAXPY(w, -theta, u));
      BOOST_TEST(std::sqrt(dot(w, w)) < 0.1 * theta * std::sqrt(dot(u, u)));
      if (name == "jacobi")
      {
        const VecHandle D = duplicate(u);
        NODAL_PETSC(MatGetDiagonal(A, D));
        const RitzPairs pairs(A, D, b, 100);
        BOOST_TEST(std::abs(theta / pairs.values()[0] - 1) < 1e-2);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
