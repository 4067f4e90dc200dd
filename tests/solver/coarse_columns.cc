// SPDX-License-Identifier: LGPL-2.1-or-later
// Frames of aggregates, and the columns that coordinates give.
#include <nodal/core/coordinates.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/solver/coarse_basis.h>
#include <nodal/solver/linear_solver.h>
#include <nodal/solver/local_frames.h>

#include <tests/solver/systems.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <numeric>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(coarse_columns)

namespace
{
  constexpr PetscInt m = 24;

  MatHandle rough(MPI_Comm comm)
  {
    systems::Grid grid;
    grid.m = m;
    grid.a = systems::log_smooth(1, 0);
    return systems::matrix(comm, grid);
  }

  /// Owned rows' places on the grid, mapped by x ← a x + b y, y ← c x + d y.
  Coordinates places(Mat A, const double a = 1, const double b = 0,
                     const double c = 0, const double d = 1)
  {
    PetscInt first = 0, end = 0;
    NODAL_PETSC(MatGetOwnershipRange(A, &first, &end));
    Coordinates result;
    result.dim = 2;
    for (PetscInt row = first; row < end; ++row)
    {
      const double x = row % m + 1, y = row / m + 1;
      result.values.push_back(a * x + b * y);
      result.values.push_back(c * x + d * y);
    }
    return result;
  }

  MatHandle placed(MPI_Comm comm)
  {
    MatHandle A = rough(comm);
    attach_coordinates(A, [places = places(A)] { return places; });
    return A;
  }

  /// The largest entry of x − W Wᵀ x for the columns W of @p basis, on the
  /// aggregates.
  double missed(const std::string &basis, const std::string &parameters, Mat A,
                const std::function<double(double, double)> &f)
  {
    const Aggregates aggregates = aggregate_by_strength(A, 30, 0.25);
    const auto columns = Registry<CoarseBasis>::create(basis);
    systems::configure(*columns, parameters);
    std::vector<std::vector<double>> vectors = near_null_space(A);
    const unsigned int n_more = columns->prepare(A, nullptr, 0);
    const auto more = columns->vectors(A, aggregates);
    BOOST_TEST(more.size() == n_more);
    vectors.insert(vectors.end(), more.begin(), more.end());
    const MatHandle W = as_matrix(columns_on(aggregates, vectors), A);
    const VecHandle x = systems::vector_for(A), image = duplicate(x);
    VecHandle coarse;
    systems::set(x, [&](const PetscInt i) { return f(i % m, i / m); });
    NODAL_PETSC(MatCreateVecs(W, coarse.put(), nullptr));
    NODAL_PETSC(MatMultTranspose(W, x, coarse));
    NODAL_PETSC(MatMult(W, coarse, image));
    NODAL_PETSC(VecAXPY(image, -1., x));
    double result = 0;
    NODAL_PETSC(VecNorm(image, NORM_INFINITY, &result));
    return result;
  }

  unsigned int steps(Mat A, const std::string &columns)
  {
    LinearSolver solver;
    systems::configure(
        solver,
        "subsection Solver\nset Method = deflated cg\nset Preconditioner = two "
        "level\nsubsection Preconditioners\nsubsection two level\nset "
        "Aggregate size = 40\nset Columns = " +
            columns + "\nend\nend\nend\n");
    const VecHandle b = systems::random_vector(A, 1), x = duplicate(b);
    const SolveResult result = solver.solve(A, x, b, true);
    BOOST_TEST(result.converged());
    return result.iterations;
  }
} // namespace

BOOST_AUTO_TEST_CASE(frames_are_normal)
{
  const MatHandle A = rough(PETSC_COMM_WORLD);
  const Aggregates aggregates = aggregate_by_strength(A, 30, 0.25);
  const LocalFrames frames = local_frames(A, places(A), aggregates);
  BOOST_TEST(frames.members.offsets.size() == std::size_t(aggregates.n) + 1);
  for (int k = 0; k < aggregates.n; ++k)
  {
    const int begin = frames.members.offsets[k],
              end = frames.members.offsets[k + 1];
    double mean[2] = {}, square[3] = {}, tensor[3] = {}, cube[2] = {};
    for (int j = begin; j < end; ++j)
    {
      const double *const x = &frames.positions[2 * j];
      for (int d = 0; d < 2; ++d)
      {
        mean[d] += x[d] / (end - begin);
        cube[d] += std::pow(x[d], 3) / (end - begin);
      }
      square[0] += x[0] * x[0] / (end - begin);
      square[1] += x[0] * x[1] / (end - begin);
      square[2] += x[1] * x[1] / (end - begin);
      for (int p = 0; p < 3; ++p)
        tensor[p] += frames.tensors[3 * j + p];
    }
    for (int d = 0; d < 2; ++d)
    {
      BOOST_TEST(std::abs(mean[d]) < 1e-10);
      BOOST_TEST(cube[d] > -1e-10);
    }
    for (int p = 0; p < 3; ++p)
    {
      BOOST_TEST(std::abs(square[p] - (p == 1 ? 0 : 1)) < 1e-10);
      BOOST_TEST(std::abs(tensor[p] - (p == 1 ? 0 : 1)) < 1e-10);
    }
    BOOST_TEST(frames.extents[2 * k] >= frames.extents[2 * k + 1]);
  }
}

BOOST_AUTO_TEST_CASE(frames_do_not_see_how_the_domain_is_stretched_or_turned)
{
  // The same matrix belongs to all linear maps of the domain, if the diffusion
  // is mapped, too.
  const MatHandle A = rough(PETSC_COMM_WORLD);
  const Aggregates aggregates = aggregate_by_strength(A, 30, 0.25);
  const LocalFrames frames = local_frames(A, places(A), aggregates),
                    mapped = local_frames(A, places(A, 3, 1, -0.2, 0.05),
                                          aggregates);
  for (int k = 0; k < aggregates.n; ++k)
  {
    const double *const extents = &frames.extents[2 * k];
    for (int d = 0; d < 2; ++d)
      BOOST_TEST(std::abs(mapped.extents[2 * k + d] / extents[d] - 1) < 1e-8);
    // A circle has no directions of its own.
    if (extents[0] < 1.01 * extents[1])
      continue;
    for (int j = frames.members.offsets[k]; j < frames.members.offsets[k + 1];
         ++j)
      for (int d = 0; d < 2; ++d)
        BOOST_TEST(std::abs(std::abs(frames.positions[2 * j + d]) -
                            std::abs(mapped.positions[2 * j + d])) < 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(sets_without_extent_are_taken)
{
  // All nodes at one place, in one line, or nowhere; sets of two.
  const MatHandle A = rough(PETSC_COMM_WORLD);
  for (const double factor : {0., 1., std::nan("")})
    for (const unsigned int size : {2u, 30u})
    {
      const LocalFrames frames =
          local_frames(A, places(A, factor, factor, factor, factor),
                       aggregate_by_strength(A, size, 0.25));
      for (const double x : frames.positions)
        BOOST_TEST(std::isfinite(x));
      for (const double x : frames.tensors)
        BOOST_TEST((std::isfinite(x) || std::isnan(factor)));
    }
}

BOOST_AUTO_TEST_CASE(columns_hold_polynomials)
{
  const MatHandle A = placed(PETSC_COMM_WORLD);
  const auto linear = [](const double x, const double y)
  { return 3 - 0.2 * x + 0.5 * y; };
  const auto quadratic = [](const double x, const double y)
  { return 1 + 0.02 * x * x - 0.03 * x * y + 0.01 * y * y + x; };
  BOOST_TEST(missed("linear", "", A, linear) < 1e-11);
  BOOST_TEST(missed("linear", "", A, quadratic) > 1e-3);
  BOOST_TEST(missed("quadratic", "set Number = 2", A, linear) < 1e-11);
  BOOST_TEST(missed("quadratic", "", A, linear) < 1e-11);
  BOOST_TEST(missed("quadratic", "", A, quadratic) > 1e-3);
  // More than there are is all.
  for (const std::string number : {"5", "9"})
    BOOST_TEST(missed("quadratic", "set Number = " + number, A, quadratic) <
               1e-10);
}

BOOST_AUTO_TEST_CASE(they_save_steps)
{
  const MatHandle A = placed(PETSC_COMM_WORLD);
  const unsigned int constant = steps(A, "constant"),
                     linear = steps(A, "linear"),
                     quadratic = steps(A, "quadratic");
  BOOST_TEST(linear < constant);
  BOOST_TEST(quadratic < linear);
}

BOOST_AUTO_TEST_CASE(mistakes)
{
  const MatHandle nowhere = rough(PETSC_COMM_WORLD);
  for (const std::string columns : {"linear", "quadratic"})
    BOOST_CHECK_THROW(steps(nowhere, columns), BadInput);
  MatHandle A = rough(PETSC_COMM_SELF);
  NODAL_PETSC(MatSetBlockSize(A, 2));
  Coordinates half = places(A);
  half.values.resize(half.values.size() / 2);
  attach_coordinates(A, [half] { return half; });
  BOOST_CHECK_THROW(steps(A, "quadratic"), BadInput);
  steps(A, "linear");
}

BOOST_AUTO_TEST_SUITE_END()
