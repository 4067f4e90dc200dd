// SPDX-License-Identifier: LGPL-2.1-or-later
// GCRO-DR and recycling CG against dense linear algebra.
#include "systems.h"

#include <nodal/core/exceptions.h>
#include <nodal/solver/linear_solver.h>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace nodal;

namespace
{
  std::unique_ptr<KrylovSolver> make(const std::string &name,
                                     const std::string &entries)
  {
    auto result = Registry<KrylovSolver>::create(name);
    systems::configure(*result, entries);
    return result;
  }

  std::unique_ptr<Preconditioner> make(const std::string &name, Mat A,
                                       const bool is_spd)
  {
    auto result = Registry<Preconditioner>::create(name);
    result->update(A, is_spd);
    return result;
  }

  systems::Grid convection(const PetscInt m, const double step = 0)
  {
    systems::Grid grid;
    grid.m = m;
    grid.convection = 40;
    grid.a = systems::log_smooth(.5, step);
    return grid;
  }

  systems::Grid diffusion(const PetscInt m, const double step = 0)
  {
    systems::Grid grid;
    grid.m = m;
    grid.a = systems::log_smooth(1, step);
    return grid;
  }

  /// Iterations of each of a sequence of systems.
  std::vector<unsigned int> iterations(KrylovSolver &method,
                                       const std::string &preconditioner,
                                       const bool is_spd, RecycleSpace *space)
  {
    std::vector<unsigned int> result;
    for (unsigned int s = 0; s < 5; ++s)
    {
      const MatHandle A = systems::matrix(
          PETSC_COMM_WORLD, is_spd ? diffusion(40, s) : convection(40, s));
      const auto M = make(preconditioner, A, is_spd);
      const VecHandle b = systems::random_vector(A, s),
                      x = systems::vector_for(A);
      const SolveResult solved = method.solve(A, x, b, *M, {1e-8, 1000}, space);
      BOOST_TEST(solved.converged());
      BOOST_TEST(relative_residual(A, x, b) <= 1e-8);
      result.push_back(solved.iterations);
    }
    return result;
  }

  /// Largest sine between the columns of @p U and the span of @p basis.
  double distance_to_span(const Dense &U, const Dense &basis)
  {
    Dense Q, R;
    qr(U, Q, R);
    return systems::distance(multiply(basis, systems::solve(basis, Q)), Q);
  }
} // namespace

BOOST_AUTO_TEST_CASE(gcrodr_equals_dense_solve)
{
  for (const std::string side : {"left", "right", "flexible"})
    BOOST_TEST_CONTEXT(side)
    {
      const auto method = make(
          "gcrodr",
          "set Basis size = 10\nset Recycled vectors = 4\nset Side = " + side);
      RecycleSpace space;
      for (unsigned int s = 0; s < 4; ++s)
      {
        const MatHandle A =
            systems::matrix(PETSC_COMM_WORLD, convection(7, 3 * s));
        const auto M = make("jacobi", A, false);
        const VecHandle b = systems::random_vector(A, s),
                        x = systems::vector_for(A);
        const SolveResult result =
            method->solve(A, x, b, *M, {1e-11, 500}, &space);
        BOOST_TEST(result.converged());
        std::vector<VecHandle> right, found;
        right.push_back(duplicate(b));
        NODAL_PETSC(VecCopy(b, right[0]));
        found.push_back(duplicate(x));
        NODAL_PETSC(VecCopy(x, found[0]));
        const Dense exact =
            systems::solve(systems::dense(A), systems::dense(right));
        BOOST_TEST(systems::distance(exact, systems::dense(found)) < 1e-8);
      }
    }
}

BOOST_AUTO_TEST_CASE(gcrodr_recycles_harmonic_ritz_vectors)
{
  // One cycle from x = 0: U must solve the harmonic Ritz problem of the
  // Krylov space, (AK)ᵀAU = (AK)ᵀU Θ, and have its smallest values.
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, convection(7));
  const auto M = make("none", A, false);
  const VecHandle b = systems::random_vector(A, 1), x = systems::vector_for(A);
  const auto method =
      make("gcrodr", "set Basis size = 12\nset Recycled vectors = 5");
  RecycleSpace space;
  const SolveResult result = method->solve(A, x, b, *M, {1e-12, 12}, &space);
  BOOST_TEST(int(result.status) == int(SolveStatus::iteration_limit));
  BOOST_TEST(result.iterations == 12);
  BOOST_TEST_REQUIRE(space.size() >= 4);

  const Dense full = systems::dense(A), U = systems::dense(space.U);
  Dense K(full.n_rows, 12), Q, R;
  const std::vector<double> start = systems::gather(b);
  std::copy(start.begin(), start.end(), &K(0, 0));
  for (unsigned int j = 1; j < 12; ++j)
  {
    // Orthogonal at every step: the power basis itself is useless.
    Dense previous(K.n_rows, j);
    std::copy_n(K.data(), K.n_rows * j, previous.data());
    qr(previous, Q, R);
    std::copy_n(Q.data(), K.n_rows * j, K.data());
    Dense last(K.n_rows, 1);
    std::copy_n(&K(0, j - 1), K.n_rows, last.data());
    const Dense next = multiply(full, last);
    std::copy_n(next.data(), K.n_rows, &K(0, j));
  }
  qr(K, Q, R);
  BOOST_TEST(distance_to_span(U, Q) < 1e-8);
  const Dense AK = multiply(full, Q), AU = multiply(full, U);
  const Dense left = multiply(AK, AU, true), right = multiply(AK, U, true);
  const Dense Theta = systems::solve(right, left);
  BOOST_TEST(systems::distance(left, multiply(right, Theta)) < 1e-8);
  // The 1/θ of U are the dominant eigenvalues of (AK)⁺K.
  const Dense T = systems::solve(multiply(AK, AK, true), multiply(AK, Q, true));
  const Dense dominant = multiply(Q, dominant_eigenvectors(T, space.size()));
  BOOST_TEST(dominant.n_columns == space.size());
  BOOST_TEST(distance_to_span(dominant, U) < 1e-7);
}

BOOST_AUTO_TEST_CASE(rcg_recycles_harmonic_ritz_vectors)
{
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, diffusion(7));
  const auto M = make("jacobi", A, true);
  const VecHandle b = systems::random_vector(A, 1), x = systems::vector_for(A);
  const auto method =
      make("rcg", "set Cycle length = 5\nset Recycled vectors = 20");
  RecycleSpace space;
  // All 14 directions are kept: they span the Krylov space.
  method->solve(A, x, b, *M, {1e-2, 14}, &space);
  BOOST_TEST_REQUIRE(space.size() >= 5);
  const unsigned int n = space.size();
  const Dense full = systems::dense(A), Y = systems::dense(space.U);
  const Dense AY = multiply(full, Y);
  // YᵀAY = I, and (AY)ᵀM⁻¹(AY) is what gram says.
  BOOST_TEST(distance_from_identity(multiply(Y, AY, true)) < 1e-8);
  Dense scaled = AY, gram(n, n);
  for (unsigned int j = 0; j < n; ++j)
    for (unsigned int i = 0; i < scaled.n_rows; ++i)
      scaled(i, j) /= full(i, i);
  for (unsigned int i = 0; i < n; ++i)
    for (unsigned int j = 0; j < n; ++j)
      gram(i, j) = space.gram[i * n + j];
  BOOST_TEST(systems::distance(multiply(AY, scaled, true), gram) < 1e-8);
}

BOOST_AUTO_TEST_CASE(recycled_space_becomes_invariant)
{
  // Solving with one matrix again and again finds its lowest eigenvectors.
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, diffusion(12));
  const auto M = make("none", A, true);
  std::vector<double> eigenvalues;
  Dense vectors;
  BOOST_TEST(symmetric_eigenvectors(systems::dense(A), eigenvalues, vectors));
  Dense lowest(vectors.n_rows, 3);
  std::copy_n(vectors.data(), 3 * vectors.n_rows, lowest.data());
  for (const std::string entries :
       {"gcrodr:set Basis size = 24\nset Recycled vectors = 8",
        "gcrodr:set Basis size = 24\nset Recycled vectors = 8\n"
        "set Side = left",
        "rcg:set Cycle length = 10\nset Recycled vectors = 8"})
    BOOST_TEST_CONTEXT(entries)
    {
      const auto colon = entries.find(':');
      const auto method =
          make(entries.substr(0, colon), entries.substr(colon + 1));
      RecycleSpace space;
      for (unsigned int s = 0; s < 6; ++s)
      {
        const VecHandle b = systems::random_vector(A, s),
                        x = systems::vector_for(A);
        BOOST_TEST(
            method->solve(A, x, b, *M, {1e-10, 500}, &space).converged());
      }
      BOOST_TEST(distance_to_span(lowest, systems::dense(space.U)) < 1e-2);
    }
}

BOOST_AUTO_TEST_CASE(recycling_saves_iterations)
{
  const auto gcrodr = make("gcrodr", ""), rcg = make("rcg", "");
  const auto gmres = make("gmres", "set Restart = 40"), cg = make("cg", "");
  RecycleSpace general, spd;
  const auto with = iterations(*gcrodr, "ilu", false, &general),
             without = iterations(*gmres, "ilu", false, nullptr);
  const auto with_spd = iterations(*rcg, "icc", true, &spd),
             without_spd = iterations(*cg, "icc", true, nullptr);
  for (unsigned int s = 1; s < with.size(); ++s)
  {
    BOOST_TEST(with[s] < .75 * without[s]);
    BOOST_TEST(with_spd[s] < .75 * without_spd[s]);
  }
}

BOOST_AUTO_TEST_CASE(one_preconditioner_for_all_and_new_ones_agree)
{
  // Left and right recycle in the space of solutions: a preconditioner that
  // changes from system to system does no harm.
  for (const std::string side : {"left", "right"})
  {
    const auto method = make("gcrodr", "set Side = " + side);
    RecycleSpace space;
    const auto n = iterations(*method, "jacobi", false, &space);
    BOOST_TEST(n.back() < .8 * n.front());
  }
}

BOOST_AUTO_TEST_CASE(saved_space_gives_the_same_iterations)
{
  for (const std::string name : {"gcrodr", "rcg"})
    BOOST_TEST_CONTEXT(name)
    {
      const bool is_spd = name == "rcg";
      RecycleSpace space, loaded;
      iterations(*make(name, ""), "jacobi", is_spd, &space);
      const MatHandle A = systems::matrix(
          PETSC_COMM_WORLD, is_spd ? diffusion(40, 9) : convection(40, 9));
      const std::string file =
          "recycling-" + name + "-" +
          std::to_string(n_ranks(reinterpret_cast<PetscObject>(Mat(A))));
      space.save(file, "grid", PETSC_COMM_WORLD);
      const VecHandle b = systems::random_vector(A, 9);
      BOOST_TEST(loaded.load(file, "grid", b));
      const auto M = make("jacobi", A, is_spd);
      std::vector<double> solutions[2];
      unsigned int n[2];
      for (unsigned int i = 0; i < 2; ++i)
      {
        const VecHandle x = systems::vector_for(A);
        n[i] = make(name, "")
                   ->solve(A, x, b, *M, {1e-8, 1000}, i ? &loaded : &space)
                   .iterations;
        solutions[i] = systems::gather(x);
      }
      BOOST_TEST(n[0] == n[1]);
      BOOST_TEST(solutions[0] == solutions[1]);
    }
}

BOOST_AUTO_TEST_CASE(a_matrix_that_is_not_definite_breaks_rcg_down)
{
  systems::Grid grid = diffusion(10);
  grid.shift = -600;
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid);
  const auto M = make("none", A, true);
  const VecHandle b = systems::random_vector(A, 1);
  for (const std::string name : {"rcg", "cg"})
    BOOST_TEST_CONTEXT(name)
    {
      const VecHandle x = systems::vector_for(A);
      RecycleSpace space;
      const SolveResult result =
          make(name, "")->solve(A, x, b, *M, {1e-8, 1000}, &space);
      BOOST_TEST(int(result.status) == int(SolveStatus::breakdown));
      BOOST_TEST(result.message.find("not positive definite") !=
                 std::string::npos);
    }
}
