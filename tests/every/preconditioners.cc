// SPDX-License-Identifier: LGPL-2.1-or-later
// What holds for every registered preconditioner.
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/solver/linear_solver.h>

#include <tests/solver/systems.h>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace nodal;

namespace
{
  systems::Grid grid(const double step, const double convection = 0)
  {
    systems::Grid result;
    result.m = 16;
    result.a = systems::log_smooth(1, step);
    result.convection = convection;
    return result;
  }

  /// Set up @p M; false if it says that it is not for @p A.
  bool takes(Preconditioner &M, Mat A, const bool is_spd)
  {
    try
    {
      M.update(A, is_spd);
    }
    catch (const BadInput &refusal)
    {
      BOOST_TEST(std::string(refusal.what()).size() > 20);
      return false;
    }
    return true;
  }

  /// Call @p test for every preconditioner of an SPD and another matrix.
  template <class Test>
  void for_every_preconditioner(const Test &test)
  {
    for (const RegistryEntry &entry : Registry<Preconditioner>::list())
      for (const bool is_spd : {true, false})
        BOOST_TEST_CONTEXT(entry.name << (is_spd ? ", SPD" : ""))
        {
          const auto M = Registry<Preconditioner>::create(entry.name);
          const MatHandle A =
              systems::matrix(PETSC_COMM_WORLD, grid(0, is_spd ? 0. : 30.));
          if (takes(*M, A, is_spd))
            test(*M, A, is_spd);
        }
  }

  VecHandle apply(const Preconditioner &M, Vec x)
  {
    VecHandle y = duplicate(x);
    M.apply(x, y);
    return y;
  }

  double dot(Vec x, Vec y)
  {
    double result = 0;
    NODAL_PETSC(VecDot(x, y, &result));
    return result;
  }

  double difference(Vec x, Vec y)
  {
    const VecHandle d = duplicate(x);
    NODAL_PETSC(VecWAXPY(d, -1., x, y));
    return std::sqrt(dot(d, d) / dot(x, x));
  }

  unsigned int iterations(const Preconditioner &M, Mat A, Vec b)
  {
    const auto method = Registry<KrylovSolver>::create("gcrodr");
    systems::configure(*method, "set Side = flexible");
    const VecHandle x = duplicate(b);
    const SolveResult result = method->solve(A, x, b, M, {1e-8, 500}, nullptr);
    BOOST_TEST(result.converged());
    return result.iterations;
  }
} // namespace

BOOST_AUTO_TEST_CASE(every_preconditioner_maps_zero_to_zero)
{
  for_every_preconditioner(
      [](const Preconditioner &M, Mat A, bool)
      {
        const VecHandle x = systems::vector_for(A);
        const VecHandle y = apply(M, x);
        BOOST_TEST(dot(y, y) == 0.);
      });
}

BOOST_AUTO_TEST_CASE(every_preconditioner_is_linear_and_spd_as_declared)
{
  for_every_preconditioner(
      [](const Preconditioner &M, Mat A, bool is_spd)
      {
        const VecHandle x = systems::random_vector(A, 1),
                        y = systems::random_vector(A, 2), sum = duplicate(x);
        const VecHandle Mx = apply(M, x), My = apply(M, y);
        if (M.traits().is_linear)
        {
          NODAL_PETSC(VecWAXPY(sum, 2., x, y));
          const VecHandle M_sum = apply(M, sum);
          NODAL_PETSC(VecWAXPY(sum, 2., Mx, My));
          BOOST_TEST(difference(M_sum, sum) < 1e-10);
        }
        if (M.traits().is_spd)
        {
          const double size = std::sqrt(dot(x, Mx) * dot(y, My));
          BOOST_TEST(std::abs(dot(x, My) - dot(y, Mx)) < 1e-10 * size);
          for (unsigned int seed = 0; seed < 20; ++seed)
          {
            const VecHandle v = systems::random_vector(A, seed);
            BOOST_TEST(dot(v, apply(M, v)) > 0);
          }
        }
        if (M.is_exact())
        {
          const VecHandle AMx = duplicate(x);
          NODAL_PETSC(MatMult(A, Mx, AMx));
          BOOST_TEST(difference(x, AMx) < 1e-10);
        }
        boost::ignore_unused(is_spd);
      });
}

BOOST_AUTO_TEST_CASE(every_preconditioner_follows_values_changed_in_place)
{
  for_every_preconditioner(
      [](Preconditioner &M, Mat A, const bool is_spd)
      {
        const double convection = is_spd ? 0. : 30.;
        const VecHandle x = systems::random_vector(A, 1);
        const VecHandle before = apply(M, x);
        const systems::Grid changed = grid(40, convection);
        systems::fill(A, changed);
        // Not told yet, it is what it was.
        BOOST_TEST(difference(before, apply(M, x)) < 1e-12);
        M.update(A, is_spd);
        // Told of the change, it is as good as one made for this matrix.
        const auto updated = iterations(M, A, x);
        const MatHandle fresh = systems::matrix(PETSC_COMM_WORLD, changed);
        M.update(fresh, is_spd);
        BOOST_TEST(updated <= 2 + 1.2 * iterations(M, fresh, x));
      });
}

BOOST_AUTO_TEST_CASE(several_preconditioners_do_not_disturb_each_other)
{
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid(0)),
                  B = systems::matrix(PETSC_COMM_WORLD, grid(30));
  const VecHandle x = systems::random_vector(A, 1);
  for_every_preconditioner(
      [&](const Preconditioner &M, Mat, bool)
      {
        const VecHandle before = apply(M, x);
        for (const RegistryEntry &entry : Registry<Preconditioner>::list())
        {
          const auto other = Registry<Preconditioner>::create(entry.name);
          if (takes(*other, B, true))
            apply(*other, x);
        }
        BOOST_TEST(difference(before, apply(M, x)) < 1e-14);
      });
}

BOOST_AUTO_TEST_CASE(a_preconditioner_that_does_not_exist_is_a_failure)
{
  // A zero row: no factorisation exists.
  systems::Grid small = grid(0);
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, small);
  PetscInt row = 3;
  NODAL_PETSC(MatZeroRows(A, 1, &row, 0., nullptr, nullptr));
  const VecHandle b = systems::random_vector(A, 1), x = systems::vector_for(A);
  for (const std::string name : {"lu", "cholesky"})
    BOOST_TEST_CONTEXT(name)
    {
      LinearSolver solver;
      solver.method.choose("direct");
      solver.preconditioner.choose(name);
      SolveResult result;
      BOOST_CHECK_NO_THROW(result = solver.solve(A, x, b, true));
      BOOST_TEST(!result.converged());
      BOOST_TEST(!result.message.empty());
    }
}

BOOST_AUTO_TEST_CASE(every_preconditioner_recovers_from_a_matrix_with_a_nan)
{
  const MatHandle broken = systems::matrix(PETSC_COMM_WORLD, grid(0));
  if (rank_of(PETSC_COMM_WORLD) == 0)
    NODAL_PETSC(MatSetValue(
        broken, 5, 5, std::numeric_limits<double>::quiet_NaN(), INSERT_VALUES));
  NODAL_PETSC(MatAssemblyBegin(broken, MAT_FINAL_ASSEMBLY));
  NODAL_PETSC(MatAssemblyEnd(broken, MAT_FINAL_ASSEMBLY));
  for_every_preconditioner(
      [&](Preconditioner &M, Mat A, const bool is_spd)
      {
        const VecHandle x = systems::random_vector(A, 1);
        const auto before = iterations(M, A, x);
        try
        {
          M.update(broken, is_spd);
        }
        catch (const NumericalFailure &)
        {
        }
        // As good as before, not the same: GAMG estimates eigenvalues anew.
        M.update(A, is_spd);
        BOOST_TEST(iterations(M, A, x) <= 2 + 1.2 * before);
      });
}

BOOST_AUTO_TEST_CASE(every_preconditioner_follows_a_share_that_changes_alone)
{
  // The chain -1, 3, -1 with so many rows on this rank.
  const auto chain = [](const PetscInt n_local)
  {
    MatHandle A;
    NODAL_PETSC(MatCreate(PETSC_COMM_WORLD, A.put()));
    NODAL_PETSC(
        MatSetSizes(A, n_local, n_local, PETSC_DETERMINE, PETSC_DETERMINE));
    NODAL_PETSC(MatSetType(A, MATAIJ));
    NODAL_PETSC(MatSetUp(A));
    PetscInt begin = 0, end = 0, n = 0;
    NODAL_PETSC(MatGetOwnershipRange(A, &begin, &end));
    NODAL_PETSC(MatGetSize(A, &n, nullptr));
    for (PetscInt i = begin; i < end; ++i)
      for (const PetscInt j : {i - 1, i, i + 1})
        if (j >= 0 && j < n)
          NODAL_PETSC(MatSetValue(A, i, j, i == j ? 3 : -1, INSERT_VALUES));
    NODAL_PETSC(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(MatSetOption(A, MAT_SPD, PETSC_TRUE));
    return A;
  };
  const MatHandle even = chain(40);
  const MatHandle uneven = chain(rank_of(PETSC_COMM_WORLD) == 0 ? 44 : 40);
  for_every_preconditioner(
      [&](Preconditioner &M, Mat, const bool is_spd)
      {
        for (const MatHandle *A : {&even, &uneven, &even})
        {
          M.update(*A, is_spd);
          VecHandle x;
          NODAL_PETSC(MatCreateVecs(*A, x.put(), nullptr));
          NODAL_PETSC(VecSet(x, 1));
          BOOST_TEST(dot(x, apply(M, x)) > 0);
        }
      });
}
