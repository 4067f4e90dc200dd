// SPDX-License-Identifier: LGPL-2.1-or-later
// Aggregates, the columns on them, and deflation with those.
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/solver/aggregates.h>
#include <nodal/solver/coarse_basis.h>
#include <nodal/solver/deflation.h>
#include <nodal/solver/linear_solver.h>

#include <tests/solver/systems.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <map>
#include <set>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(two_level)

namespace
{
  constexpr double weak = 1e-3;

  /// Diffusion on m × m points, across x weaker by @p ratio.
  MatHandle anisotropic(MPI_Comm comm, const PetscInt m, const double ratio)
  {
    MatHandle A = systems::empty_matrix(comm, m * m, 5);
    PetscInt first = 0, end = 0;
    NODAL_PETSC(MatGetOwnershipRange(A, &first, &end));
    for (PetscInt row = first; row < end; ++row)
    {
      const PetscInt i = row % m, j = row / m;
      const auto set = [&](const PetscInt column, const double value)
      { NODAL_PETSC(MatSetValue(A, row, column, value, INSERT_VALUES)); };
      set(row, 2 + 2 * ratio);
      if (i > 0)
        set(row - 1, -1);
      if (i < m - 1)
        set(row + 1, -1);
      if (j > 0)
        set(row - m, -ratio);
      if (j < m - 1)
        set(row + m, -ratio);
    }
    NODAL_PETSC(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
    return A;
  }

  /// What is near the null space, on aggregates.
  MatHandle columns_of(const Aggregates &aggregates, Mat A)
  {
    return as_matrix(columns_on(aggregates, near_null_space(A)), A);
  }

  systems::Grid grid(const PetscInt m)
  {
    systems::Grid result;
    result.m = m;
    result.a = systems::log_smooth(1, 0);
    return result;
  }

  std::map<int, std::vector<int>> sets_of(const Aggregates &aggregates)
  {
    std::map<int, std::vector<int>> result;
    for (std::size_t i = 0; i < aggregates.of_row.size(); ++i)
      if (aggregates.of_row[i] >= 0)
        result[aggregates.of_row[i]].push_back(i);
    return result;
  }

  /// A vector whose owned entries are f(i).
  VecHandle vector(Mat A, const std::function<double(PetscInt)> &f)
  {
    VecHandle x = systems::vector_for(A);
    systems::set(x, f);
    return x;
  }

  double norm(Vec x)
  {
    double result = 0;
    NODAL_PETSC(VecNorm(x, NORM_2, &result));
    return result;
  }

  unsigned int iterations(const std::string &preconditioner,
                          const std::string &parameters, Mat A)
  {
    const auto M = Registry<Preconditioner>::create(preconditioner);
    systems::configure(*M, parameters);
    M->update(A, true);
    const VecHandle b = systems::random_vector(A, 1), x = duplicate(b);
    const SolveResult result = Registry<KrylovSolver>::create("cg")->solve(
        A, x, b, *M, {1e-8, 2000}, nullptr);
    BOOST_TEST(result.converged());
    return result.iterations;
  }
} // namespace

BOOST_AUTO_TEST_CASE(aggregates_are_connected_and_of_the_size_asked_for)
{
  const PetscInt m = 40;
  const MatHandle A = systems::matrix(PETSC_COMM_SELF, grid(m));
  for (const unsigned int size : {2u, 10u, 45u})
    BOOST_TEST_CONTEXT("size " << size)
    {
      const Aggregates aggregates = aggregate_by_strength(A, size, 0.25);
      const auto sets = sets_of(aggregates);
      BOOST_TEST(sets.size() == std::size_t(aggregates.n));
      std::size_t n_rows = 0;
      for (const auto &[k, rows] : sets)
      {
        n_rows += rows.size();
        BOOST_TEST(rows.size() <= std::max<std::size_t>(2, size * 4 / 3));
        // Neighbours on the grid reach all of a set from its first row.
        std::set<int> left(rows.begin() + 1, rows.end());
        std::vector<int> front = {rows[0]};
        while (!front.empty())
        {
          const int i = front.back();
          front.pop_back();
          for (const int j : {i - 1, i + 1, i - int(m), i + int(m)})
            if (std::abs(i % m - j % m) <= 1 && left.erase(j))
              front.push_back(j);
        }
        BOOST_TEST(left.empty());
      }
      BOOST_TEST(n_rows == std::size_t(m * m));
      const double mean = double(n_rows) / aggregates.n;
      BOOST_TEST(mean > 0.5 * size);
    }
}

BOOST_AUTO_TEST_CASE(so_they_are_where_rows_have_many_couplings)
{
  // 26 neighbours in space.
  const PetscInt m = 14;
  const MatHandle A = systems::empty_matrix(PETSC_COMM_SELF, m * m * m, 27);
  const auto number = [](const PetscInt i, const PetscInt j, const PetscInt k)
  {
    const auto inside = [](const PetscInt x) { return x >= 0 && x < m; };
    return inside(i) && inside(j) && inside(k) ? i + m * (j + m * k) : -1;
  };
  for (PetscInt row = 0; row < m * m * m; ++row)
    for (PetscInt s = 0; s < 27; ++s)
    {
      const PetscInt column =
          number(row % m + s % 3 - 1, row / m % m + s / 3 % 3 - 1,
                 row / (m * m) + s / 9 - 1);
      if (column >= 0)
        NODAL_PETSC(MatSetValue(A, row, column, column == row ? 26 : -1,
                                INSERT_VALUES));
    }
  NODAL_PETSC(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
  NODAL_PETSC(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
  for (const unsigned int size : {20u, 100u})
  {
    const auto sets = sets_of(aggregate_by_strength(A, size, 0.25));
    std::size_t n_rows = 0;
    for (const auto &[k, rows] : sets)
    {
      n_rows += rows.size();
      BOOST_TEST(rows.size() <= size * 4 / 3);
    }
    BOOST_TEST(n_rows == std::size_t(m * m * m));
    BOOST_TEST(double(n_rows) / sets.size() > 0.5 * size);
  }
}

BOOST_AUTO_TEST_CASE(zeros_that_are_stored_are_no_couplings)
{
  // Two halves of a grid with diagonals, hardly coupled, and rows alone
  // between them whose entries are there as zeros.
  const PetscInt m = 24;
  const auto column_of = [=](const PetscInt row) { return row % m; };
  const MatHandle A = systems::empty_matrix(PETSC_COMM_SELF, m * m, 9);
  std::vector<PetscInt> alone;
  for (PetscInt row = 0; row < m * m; ++row)
  {
    if (column_of(row) == m / 2)
      alone.push_back(row);
    for (PetscInt s = 0; s < 9; ++s)
    {
      const PetscInt i = row % m + s % 3 - 1, j = row / m + s / 3 - 1;
      if (i >= 0 && i < m && j >= 0 && j < m)
        NODAL_PETSC(MatSetValue(A, row, i + m * j, i + m * j == row ? 8 : -1,
                                INSERT_VALUES));
    }
  }
  NODAL_PETSC(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
  NODAL_PETSC(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
  NODAL_PETSC(
      MatZeroRowsColumns(A, alone.size(), alone.data(), 1, nullptr, nullptr));
  for (const double threshold : {0., 0.25})
  {
    const Aggregates aggregates = aggregate_by_strength(A, 30, threshold);
    for (const PetscInt row : alone)
      BOOST_TEST(aggregates.of_row[row] == -1);
    for (const auto &[k, rows] : sets_of(aggregates))
      for (const int row : rows)
        BOOST_TEST((column_of(row) < m / 2) == (column_of(rows[0]) < m / 2));
  }
}

BOOST_AUTO_TEST_CASE(aggregates_follow_strong_couplings)
{
  const PetscInt m = 24;
  const MatHandle A = anisotropic(PETSC_COMM_SELF, m, weak);
  const auto sets = sets_of(aggregate_by_strength(A, 12, 0.25));
  for (const auto &[k, rows] : sets)
    for (const int i : rows)
      BOOST_TEST(i / m == rows[0] / m);
  BOOST_TEST(sets.size() < std::size_t(m * m / 6));
  // At the threshold a coupling still counts.
  const MatHandle equal = systems::matrix(PETSC_COMM_SELF, systems::Grid());
  BOOST_TEST(aggregate_by_strength(equal, 12, 1).n < 20);
}

BOOST_AUTO_TEST_CASE(rows_that_are_alone_are_in_no_aggregate)
{
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid(12));
  const std::vector<PetscInt> alone = {3, 40, 41, 143};
  NODAL_PETSC(MatZeroRowsColumns(A, rank_of(PETSC_COMM_WORLD) == 0 ? 4 : 0,
                                 alone.data(), 1, nullptr, nullptr));
  // The entries are still there, as zeros.
  const Aggregates aggregates = aggregate_by_strength(A, 10, 0.25);
  PetscInt first = 0, end = 0;
  NODAL_PETSC(MatGetOwnershipRange(A, &first, &end));
  for (PetscInt i = first; i < end; ++i)
    BOOST_TEST((aggregates.of_row[i - first] < 0) ==
               (std::find(alone.begin(), alone.end(), i) != alone.end()));
  BOOST_TEST(iterations("two level", "set Aggregate size = 10", A) < 60u);
}

namespace
{
  /// WᵀW = I, and W Wᵀ x = x.
  void check_columns(Mat W, const std::vector<Vec> &smooth)
  {
    MatHandle gram;
    NODAL_PETSC(MatTransposeMatMult(W, W, MAT_INITIAL_MATRIX, PETSC_DEFAULT,
                                    gram.put()));
    const Dense G = systems::dense(gram);
    BOOST_TEST(systems::distance(G, Dense::identity(G.n_rows)) < 1e-13);
    for (const Vec x : smooth)
    {
      VecHandle coarse;
      const VecHandle image = duplicate(x);
      NODAL_PETSC(MatCreateVecs(W, coarse.put(), nullptr));
      NODAL_PETSC(MatMultTranspose(W, x, coarse));
      NODAL_PETSC(MatMult(W, coarse, image));
      NODAL_PETSC(VecAXPY(image, -1., x));
      BOOST_TEST(norm(image) < 1e-12 * norm(x));
    }
  }
} // namespace

BOOST_AUTO_TEST_CASE(columns_are_orthonormal_and_hold_constants)
{
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid(18));
  const MatHandle W = columns_of(aggregate_by_strength(A, 12, 0.25), A);
  check_columns(W, {vector(A, [](PetscInt) { return 1.; })});
}

BOOST_AUTO_TEST_CASE(columns_of_systems_hold_what_is_near_the_null_space)
{
  // Two components, each with its own equation.
  const PetscInt m = 12;
  const MatHandle scalar = systems::matrix(PETSC_COMM_WORLD, grid(m));
  PetscInt n = 0, first = 0, end = 0;
  NODAL_PETSC(MatGetLocalSize(scalar, &n, nullptr));
  NODAL_PETSC(MatGetOwnershipRange(scalar, &first, &end));
  MatHandle A;
  NODAL_PETSC(MatCreate(PETSC_COMM_WORLD, A.put()));
  NODAL_PETSC(MatSetSizes(A, 2 * n, 2 * n, PETSC_DETERMINE, PETSC_DETERMINE));
  NODAL_PETSC(MatSetBlockSize(A, 2));
  NODAL_PETSC(MatSetType(A, MATAIJ));
  NODAL_PETSC(MatSetUp(A));
  for (PetscInt i = first; i < end; ++i)
  {
    PetscInt n_entries = 0;
    const PetscInt *columns = nullptr;
    const double *values = nullptr;
    NODAL_PETSC(MatGetRow(scalar, i, &n_entries, &columns, &values));
    for (PetscInt t = 0; t < n_entries; ++t)
      for (PetscInt c = 0; c < 2; ++c)
        NODAL_PETSC(MatSetValue(A, 2 * i + c, 2 * columns[t] + c, values[t],
                                INSERT_VALUES));
    NODAL_PETSC(MatRestoreRow(scalar, i, &n_entries, &columns, &values));
  }
  NODAL_PETSC(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
  NODAL_PETSC(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));

  const Aggregates aggregates = aggregate_by_strength(A, 12, 0.25);
  for (std::size_t i = 0; i < aggregates.of_row.size(); i += 2)
    BOOST_TEST(aggregates.of_row[i] == aggregates.of_row[i + 1]);
  const VecHandle right = vector(A, [](const PetscInt i) { return i % 2; }),
                  up = vector(A, [](const PetscInt i) { return 1 - i % 2; });
  check_columns(columns_of(aggregates, A), {right, up});

  // Displacements and the rotation of points in the plane.
  VecHandle points =
      vector(A, [=](const PetscInt i)
             { return 1. / m * (i % 2 == 0 ? i / 2 % m : i / 2 / m); });
  NODAL_PETSC(VecSetBlockSize(points, 2));
  MatNullSpace space = nullptr;
  NODAL_PETSC(MatNullSpaceCreateRigidBody(points, &space));
  NODAL_PETSC(MatSetNearNullSpace(A, space));
  NODAL_PETSC(MatNullSpaceDestroy(&space));
  const VecHandle turn = vector(
      A, [=](const PetscInt i)
      { return i % 2 == 0 ? -1. / m * (i / 2 / m) : 1. / m * (i / 2 % m); });
  const MatHandle W = columns_of(aggregates, A);
  PetscInt n_columns = 0, n_sets = aggregates.n;
  NODAL_PETSC(MatGetSize(W, nullptr, &n_columns));
  MPI_Allreduce(MPI_IN_PLACE, &n_sets, 1, MPIU_INT, MPI_SUM, PETSC_COMM_WORLD);
  BOOST_TEST(n_columns == 3 * n_sets);
  check_columns(W, {right, up, turn});
}

namespace
{
  /// "two level" on @p A, applied to noise, against its definition.
  void check_balancing(Mat A, const std::string &smoother)
  {
    const auto M = Registry<Preconditioner>::create("two level"),
               S = Registry<Preconditioner>::create(smoother);
    systems::configure(*M,
                       "set Aggregate size = 9\nset Smoother = " + smoother);
    M->update(A, true);
    S->update(A, true);
    const MatHandle W = columns_of(aggregate_by_strength(A, 9, 0.25), A);
    MatHandle AW, E;
    NODAL_PETSC(MatMatMult(A, W, MAT_INITIAL_MATRIX, PETSC_DEFAULT, AW.put()));
    NODAL_PETSC(
        MatTransposeMatMult(W, AW, MAT_INITIAL_MATRIX, PETSC_DEFAULT, E.put()));
    const Dense inverse = systems::solve(
        systems::dense(E), Dense::identity(systems::dense(E).n_rows));
    // W E⁻¹ Wᵀ x by way of its dense middle.
    const auto corrected = [&](Vec x)
    {
      VecHandle coarse;
      NODAL_PETSC(MatCreateVecs(W, coarse.put(), nullptr));
      NODAL_PETSC(MatMultTranspose(W, x, coarse));
      Dense load(inverse.n_rows, 1);
      const std::vector<double> all = systems::gather(coarse);
      std::copy(all.begin(), all.end(), load.data());
      const Dense solution = multiply(inverse, load);
      systems::set(coarse, [&](const PetscInt i) { return solution(i, 0); });
      VecHandle result = duplicate(x);
      NODAL_PETSC(MatMult(W, coarse, result));
      return result;
    };
    const VecHandle x = systems::random_vector(A, 3), y = duplicate(x),
                    r = duplicate(x), z = duplicate(x), Az = duplicate(x);
    const VecHandle first = corrected(x);
    NODAL_PETSC(MatMult(A, first, r));
    NODAL_PETSC(VecAYPX(r, -1., x)); // P x
    S->apply(r, z);
    NODAL_PETSC(MatMult(A, z, Az));
    const VecHandle second = corrected(Az); // (I − W E⁻¹ Wᵀ A) z
    NODAL_PETSC(VecAXPY(z, -1., second));
    NODAL_PETSC(VecAXPY(z, 1., first));
    M->apply(x, y);
    NODAL_PETSC(VecAXPY(y, -1., z));
    BOOST_TEST(norm(y) < 1e-11 * norm(z));
  }
} // namespace

BOOST_AUTO_TEST_CASE(it_is_the_balancing_preconditioner)
{
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid(11));
  for (const std::string smoother : {"jacobi", "icc", "ic0", "ssor"})
    check_balancing(A, smoother);
  // With several columns on each aggregate, of which small ones have fewer.
  for (const int n_vectors : {2, 3, 4, 6, 9})
  {
    std::vector<VecHandle> vectors;
    for (int k = 0; k < n_vectors; ++k)
      vectors.push_back(systems::random_vector(A, 20 + k));
    set_near_null_space(A, std::move(vectors));
    check_balancing(A, "ssor");
  }
}

BOOST_AUTO_TEST_CASE(a_few_rows_per_rank_are_enough)
{
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid(4));
  for (const std::string columns : {"constant", "smoothed"})
    for (const std::string size : {"2", "45"})
      BOOST_TEST(iterations("two level",
                            "set Columns = " + columns +
                                "\nset Aggregate size = " + size,
                            A) <= 16u);
}

BOOST_AUTO_TEST_CASE(deflated_conjugate_gradients_take_the_same_steps)
{
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid(60));
  const VecHandle b = systems::random_vector(A, 1);
  BOOST_TEST(Registry<Preconditioner>::create("two level")->deflation(A) ==
             nullptr);
  for (const auto &[name, parameters] :
       {std::pair<std::string, std::string>("two level", ""),
        {"two level", "set Smoother = ic0"},
        {"two level", "set Columns = smoothed"},
        {"ssor", "set Relaxation = 1.6"}})
  {
    const auto M = Registry<Preconditioner>::create(name);
    systems::configure(*M, parameters);
    M->update(A, true);
    BOOST_TEST(M->deflation(A) != nullptr);
    std::vector<unsigned int> n_steps;
    for (const std::string method : {"cg", "deflated cg"})
      for (const bool has_guess : {false, true})
      {
        const VecHandle x =
            has_guess ? systems::random_vector(A, 2) : systems::vector_for(A);
        const SolveResult result =
            Registry<KrylovSolver>::create(method)->solve(
                A, x, b, *M, {1e-10, 500}, nullptr);
        BOOST_TEST(result.converged());
        n_steps.push_back(result.iterations);
      }
    for (const unsigned int i : {0u, 1u})
      BOOST_TEST(std::abs(int(n_steps[i]) - int(n_steps[i + 2])) <= 2);
  }
  const auto M = Registry<Preconditioner>::create("two level");
  M->update(A, true);
  // What the coarse space holds, the first correction finds.
  VecHandle x = systems::vector_for(A), r = duplicate(b), z = duplicate(b);
  NODAL_PETSC(VecCopy(b, r));
  M->deflation(A)->correct(x, r);
  NODAL_PETSC(MatMult(A, x, z));
  NODAL_PETSC(VecAXPY(z, 1., r));
  NODAL_PETSC(VecAXPY(z, -1., b));
  BOOST_TEST(norm(z) < 1e-12 * norm(b));
  NODAL_PETSC(VecCopy(r, z));
  const VecHandle again = systems::vector_for(A);
  M->deflation(A)->correct(again, z);
  BOOST_TEST(norm(again) < 1e-10 * norm(x));
}

BOOST_AUTO_TEST_CASE(iterations_hardly_grow_as_the_grid_is_refined)
{
  const MatHandle coarse = systems::matrix(PETSC_COMM_WORLD, grid(72)),
                  fine = systems::matrix(PETSC_COMM_WORLD, grid(144));
  for (const std::string columns : {"constant", "smoothed"})
    BOOST_TEST(iterations("two level", "set Columns = " + columns, fine) <
               1.3 *
                   iterations("two level", "set Columns = " + columns, coarse));
  BOOST_TEST(iterations("icc", "", fine) > 1.7 * iterations("icc", "", coarse));
  BOOST_TEST(iterations("two level", "", fine) <
             0.6 * iterations("icc", "", fine));
}

namespace
{
  /// Steps of each of @p n_systems systems that change little by little, of
  /// diffusion weaker by @p ratio across, with @p entries for "two level" and
  /// @p kept for the solver.
  std::vector<unsigned int>
  steps_of_sequence(const std::string &entries, const double ratio,
                    const unsigned int n_systems,
                    const std::string &kept = "set Recycled solutions = 2\n")
  {
    LinearSolver solver;
    systems::configure(solver, "subsection Solver\nset Method = deflated cg\n" +
                                   kept +
                                   "set Preconditioner = two level\nsubsection "
                                   "Preconditioners\nsubsection two level\n" +
                                   entries + "end\nend\nend\n");
    RecycleSpace recycle;
    std::vector<unsigned int> result;
    for (unsigned int k = 0; k < n_systems; ++k)
    {
      const MatHandle A =
          anisotropic(PETSC_COMM_WORLD, 60, ratio * (1 + 0.05 * k));
      const VecHandle b = vector(A, [](PetscInt) { return 1.; }),
                      x = systems::vector_for(A);
      const SolveResult solved = solver.solve(A, x, b, true, &recycle);
      BOOST_TEST(solved.converged());
      BOOST_TEST(solved.true_residual <= 1e-8);
      result.push_back(solved.iterations);
    }
    return result;
  }
} // namespace

BOOST_AUTO_TEST_CASE(columns_are_recycled_where_they_save_steps)
{
  constexpr unsigned int n = 8;
  const std::string coarse =
                        "set Smoother = jacobi\nset Aggregate size = 200\n",
                    recycled = "set Columns = recycled\n",
                    always = recycled +
                             "subsection recycled\nset Always = true\nend\n";
  const std::string fine = "set Aggregate size = 5\n";
  const auto easy = steps_of_sequence(fine, 1, n),
             easy_always = steps_of_sequence(fine + always, 1, n),
             easy_chosen = steps_of_sequence(fine + recycled, 1, n),
             hard = steps_of_sequence(coarse, 1, n),
             hard_chosen = steps_of_sequence(coarse + recycled, 1, n);
  // Two systems have to be solved before.
  for (unsigned int k = 0; k < 2; ++k)
  {
    BOOST_TEST(easy_always[k] == easy[k]);
    BOOST_TEST(easy_chosen[k] == easy[k]);
    BOOST_TEST(hard_chosen[k] == hard[k]);
  }
  for (unsigned int k = 2; k < n; ++k)
  {
    BOOST_TEST(easy_always[k] < easy[k]);
    BOOST_TEST(hard_chosen[k] < 0.8 * hard[k]);
  }
  // A few steps less are not worth it: they are tried once.
  BOOST_TEST(easy_chosen[2] == easy_always[2]);
  for (unsigned int k = 3; k < n; ++k)
    BOOST_TEST(std::abs(int(easy_chosen[k]) - int(easy[k])) <= 2);
}

BOOST_AUTO_TEST_CASE(columns_are_recycled_from_ritz_vectors)
{
  constexpr unsigned int n = 8;
  const std::string coarse =
                        "set Smoother = jacobi\nset Aggregate size = 200\n",
                    always = coarse + "set Columns = recycled\nsubsection "
                                      "recycled\nset Always = true\nend\n",
                    kept = "subsection Methods\nsubsection deflated cg\nset "
                           "Ritz vectors = 8\nend\nend\n";
  const auto without = steps_of_sequence(coarse, 1, n, ""),
             with = steps_of_sequence(always, 1, n, kept);
  // One solve leaves enough.
  BOOST_TEST(with[0] == without[0]);
  for (unsigned int k = 1; k < n; ++k)
    BOOST_TEST(with[k] < 0.9 * without[k]);
}

BOOST_AUTO_TEST_CASE(columns_are_not_recycled_from_nothing)
{
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid(12));
  const auto M = Registry<Preconditioner>::create("two level");
  systems::configure(*M, "set Columns = recycled");
  BOOST_CHECK_EXCEPTION(
      M->update(A, true), BadInput,
      [](const BadInput &error)
      {
        return std::string(error.what()).find("Recycled solutions") !=
               std::string::npos;
      });
  // Solutions of another system are none.
  RecycleSpace others;
  others.solutions.push_back(
      systems::vector_for(systems::matrix(PETSC_COMM_WORLD, grid(7))));
  others.solutions.push_back(duplicate(others.solutions[0]));
  M->recall(&others, 2);
  M->update(A, true);
  BOOST_TEST(M->deflation(A) != nullptr);
  // One is less than two.
  M->recall(&others, 1);
  BOOST_CHECK_THROW(M->update(A, true), BadInput);
}

BOOST_AUTO_TEST_CASE(columns_that_fail_are_not_recycled_again)
{
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid(12));
  RecycleSpace earlier;
  for (unsigned int k = 0; k < 2; ++k)
    earlier.solutions.push_back(systems::random_vector(A, k));
  const auto basis = Registry<CoarseBasis>::create("recycled");
  const auto n_columns = [&] { return basis->prepare(A, &earlier, 2); };
  SolveResult good;
  good.status = SolveStatus::converged;
  good.iterations = 100;
  const SolveResult bad;
  BOOST_TEST(basis->prepare(A, nullptr, 2) == 0u);
  basis->judge(good);
  BOOST_TEST(n_columns() == 2u);
  basis->judge(bad);
  for (unsigned int k = 0; k < 10; ++k)
  {
    BOOST_TEST(n_columns() == 0u);
    basis->judge(good);
  }
  // Tried again, and good now; a failure without them does not matter.
  unsigned int n_tries = 0;
  while (n_columns() == 0 && n_tries < 30)
  {
    basis->judge(good);
    ++n_tries;
  }
  BOOST_TEST(n_tries < 30u);
  good.iterations = 20;
  basis->judge(good);
  BOOST_TEST(n_columns() == 2u);
}

BOOST_AUTO_TEST_CASE(rounding_in_the_coarse_space_is_survived)
{
  // Channels of contrast 1e8, and columns that hold hardly anything but the
  // constant there: the deflated form breaks down.
  systems::Grid channels = grid(24);
  channels.a = [](const double x, const double y)
  { return std::sin(25 * (y + 0.1 * std::sin(6 * x))) > 0.6 ? 1e8 : 1.; };
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, channels);
  const VecHandle zero = systems::vector_for(A);
  const VecHandle b = vector(A, [](PetscInt) { return 1.; });
  for (const int n_sweeps : {10, 30, 100})
  {
    std::vector<VecHandle> vectors;
    for (unsigned int k = 0; k < 3; ++k)
    {
      vectors.push_back(systems::random_vector(A, k));
      NODAL_PETSC(MatSOR(A, zero, 1, SOR_LOCAL_SYMMETRIC_SWEEP, 0, 1, n_sweeps,
                         vectors[k]));
    }
    set_near_null_space(A, std::move(vectors));
    for (const std::string smoother : {"ssor", "ic0", "jacobi"})
    {
      const auto M = Registry<Preconditioner>::create("two level");
      systems::configure(*M, "set Smoother = " + smoother);
      M->update(A, true);
      const VecHandle x = systems::vector_for(A);
      const SolveResult result =
          Registry<KrylovSolver>::create("deflated cg")
              ->solve(A, x, b, *M, {1e-8, 2000}, nullptr);
      BOOST_TEST(result.converged(), smoother << ": " << result.message);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
