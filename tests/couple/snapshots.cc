// SPDX-License-Identifier: LGPL-2.1-or-later
// Localised snapshots as columns of a coarse space.
#include <nodal/core/exceptions.h>
#include <nodal/core/run.h>
#include <nodal/couple/snapshots.h>
#include <nodal/solver/leading_pieces.h>
#include <nodal/solver/linear_solver.h>

#include <tests/solver/systems.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(snapshots)

namespace
{
  constexpr PetscInt m = 32;

  MatHandle system(MPI_Comm comm, const double step, const double shift = 0)
  {
    systems::Grid grid;
    grid.m = m;
    grid.a = systems::log_smooth(2, step);
    MatHandle A = systems::matrix(comm, grid);
    PetscInt first = 0, end = 0;
    NODAL_PETSC(MatGetOwnershipRange(A, &first, &end));
    Coordinates places;
    places.dim = 2;
    for (PetscInt row = first; row < end; ++row)
    {
      places.values.push_back(row % m + shift);
      places.values.push_back(row / m);
    }
    attach_coordinates(A, [places] { return places; });
    return A;
  }

  std::vector<std::vector<double>> solutions(Mat A, const unsigned int number)
  {
    LinearSolver solver;
    solver.method.choose("direct");
    solver.preconditioner.choose("cholesky");
    std::vector<std::vector<double>> result;
    for (unsigned int s = 0; s < number; ++s)
    {
      const VecHandle b = systems::random_vector(A, s), x = duplicate(b);
      solver.solve(A, x, b, true);
      result.push_back(owned_entries(x));
    }
    return result;
  }

  SnapshotCollection collected(const SnapshotSettings &settings)
  {
    SnapshotCollection result(settings);
    for (unsigned int step = 0; step < 6; ++step)
    {
      const MatHandle A = system(PETSC_COMM_SELF, 10 * step);
      result.add(A, solutions(A, 2), step == 5);
    }
    return result;
  }

  std::string folder_of(const std::string &name)
  {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    const std::string folder = "snapshots-" + name + std::to_string(rank);
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return folder;
  }

  unsigned int solve(Mat A, const std::string &entries)
  {
    LinearSolver solver;
    systems::configure(
        solver,
        "subsection Solver\nset Method = deflated cg\nset Preconditioner = two "
        "level\nsubsection Preconditioners\nsubsection two level\nset "
        "Aggregate size = 30\n" +
            entries + "\nend\nend\nend\n");
    const VecHandle b = systems::random_vector(A, 1), x = duplicate(b);
    const SolveResult result = solver.solve(A, x, b, true);
    BOOST_TEST(result.converged());
    BOOST_TEST(relative_residual(A, x, b) <= 1e-8);
    return result.iterations;
  }

  std::string columns(const std::string &folder)
  {
    return "set Columns = snapshots\nsubsection snapshots\nset Model = " +
           folder + "\nend";
  }
} // namespace

BOOST_AUTO_TEST_CASE(pieces_are_leading_singular_vectors)
{
  // On an aggregate of four rows, with the constant taken out, the snapshots
  // are 3 e, 2 f and e + f for orthogonal e and f.
  const MatHandle A = systems::empty_matrix(PETSC_COMM_SELF, 4, 1);
  for (PetscInt i = 0; i < 4; ++i)
    NODAL_PETSC(MatSetValue(A, i, i, 1, INSERT_VALUES));
  NODAL_PETSC(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
  NODAL_PETSC(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
  Aggregates all;
  all.of_row.assign(4, 0);
  all.n = 1;
  const double e[] = {1, -1, 1, -1}, f[] = {1, 1, -1, -1};
  std::vector<float> values;
  for (int i = 0; i < 4; ++i)
    for (const double value : {3 * e[i] + 7, 2 * f[i] - 5, e[i] + f[i]})
      values.push_back(float(value));
  const auto pieces = leading_pieces(A, all, values, 3, 2);
  BOOST_REQUIRE(pieces.size() == 2u);
  // The matrix of the snapshots in (e, f) is (3, 0, 1; 0, 2, 1).
  const double angle = 0.5 * std::atan2(2. * 1, 10. - 5.);
  for (const auto &[piece, x, y] :
       {std::make_tuple(pieces[0], std::cos(angle), std::sin(angle)),
        std::make_tuple(pieces[1], -std::sin(angle), std::cos(angle))})
  {
    double along = 0, square = 0;
    for (int i = 0; i < 4; ++i)
    {
      along += piece[i] * (x * e[i] + y * f[i]) / 2;
      square += piece[i] * piece[i];
    }
    BOOST_TEST(square > 0);
    BOOST_TEST(std::abs(along) > 0.99 * std::sqrt(square));
  }
  // Two that are the same do not hide the third.
  std::vector<float> twice;
  for (int i = 0; i < 4; ++i)
    for (const double value : {3 * e[i], -2.9 * e[i], 2 * f[i]})
      twice.push_back(float(value));
  const auto both = leading_pieces(A, all, twice, 3, 2);
  double in_f = 0;
  for (int i = 0; i < 4; ++i)
    in_f += both[1][i] * f[i];
  BOOST_TEST(std::abs(in_f) > 1);
  // More than there are: the others are nothing.
  const auto many = leading_pieces(A, all, values, 3, 3);
  BOOST_REQUIRE(many.size() == 3u);
  for (const double value : many[2])
    BOOST_TEST(std::abs(value) < 1e-4);
}

BOOST_AUTO_TEST_CASE(they_save_steps_on_other_coefficients)
{
  const SnapshotSettings settings;
  const std::string folder = folder_of("steps");
  const Snapshots made = collected(settings).snapshots();
  BOOST_TEST(made.description.n_vectors == 10u);
  made.write(folder);
  const Snapshots same = Snapshots::read(folder);
  BOOST_TEST(same.points == made.points, boost::test_tools::per_element());
  BOOST_TEST(same.vectors == made.vectors, boost::test_tools::per_element());
  const MatHandle A = system(PETSC_COMM_WORLD, 33);
  MPI_Barrier(MPI_COMM_WORLD);
  BOOST_TEST(solve(A, columns(folder)) <
             0.8 * solve(A, "set Columns = constant"));
}

BOOST_AUTO_TEST_CASE(a_collection_tells_what_is_missed)
{
  SnapshotSettings settings;
  const std::string folder = folder_of("missed");
  Parameters prm;
  unsigned int unused = 0;
  prm.add("Unused", unused, "For a file that is not empty.");
  Run run(MPI_COMM_SELF, folder, false, ParameterFile::parse("", "test.prm"),
          prm);
  const auto missed = [&](const unsigned int n_columns)
  {
    settings.n_columns = n_columns;
    double result = -1;
    collected(settings).fit(
        {},
        [&](const Snapshots &made)
        { result = made.description.validation_error; },
        run);
    return result;
  };
  const double one = missed(1), three = missed(3);
  BOOST_TEST(three > 0);
  BOOST_TEST(three < one);
  BOOST_TEST(one < 1);
  SnapshotCollection nothing(settings);
  BOOST_CHECK_THROW(nothing.fit(
                        {}, [](const Snapshots &) {}, run),
                    BadInput);
  // Another mesh.
  SnapshotCollection mixed(settings);
  const MatHandle A = system(PETSC_COMM_SELF, 0),
                  B = system(PETSC_COMM_SELF, 0, 0.5);
  mixed.add(A, solutions(A, 1), false);
  BOOST_CHECK_THROW(mixed.add(B, solutions(B, 1), false), BadInput);
}

BOOST_AUTO_TEST_CASE(mistakes)
{
  const SnapshotSettings settings;
  const std::string folder = folder_of("mistakes");
  const MatHandle A = system(PETSC_COMM_SELF, 7);
  BOOST_CHECK_THROW(solve(A, "set Columns = snapshots"), BadInput);
  BOOST_CHECK_THROW(solve(A, columns(folder + "/nothing")), BadInput);
  const Snapshots good = collected(settings).snapshots();
  good.write(folder);
  solve(A, columns(folder));
  // Of another mesh.
  BOOST_CHECK_THROW(solve(system(PETSC_COMM_SELF, 7, 0.5), columns(folder)),
                    BadInput);
  Snapshots other = good;
  other.description.block_size = 2;
  other.vectors.resize(2 * other.vectors.size());
  other.write(folder);
  BOOST_CHECK_THROW(solve(A, columns(folder)), BadInput);
  other = good;
  other.description.n_vectors = 9;
  other.vectors.resize(other.vectors.size() / 10 * 9);
  other.points.pop_back();
  other.points.pop_back();
  other.write(folder);
  BOOST_CHECK_THROW(Snapshots::read(folder), BadInput);
  other = good;
  other.vectors[5] = std::nanf("");
  other.write(folder);
  BOOST_CHECK_THROW(Snapshots::read(folder), BadInput);
  good.write(folder);
  const std::string file = folder + "/model.json";
  std::string text;
  {
    std::ifstream in(file);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  for (std::size_t length = 0; length + 2 < text.size(); length += 37)
  {
    std::ofstream(file) << text.substr(0, length);
    BOOST_CHECK_THROW(Snapshots::read(folder), BadInput);
  }
  good.write(folder);
  std::filesystem::resize_file(folder + "/weights.pt", 100);
  BOOST_CHECK_THROW(Snapshots::read(folder), BadInput);
}

BOOST_AUTO_TEST_SUITE_END()
