// SPDX-License-Identifier: LGPL-2.1-or-later
// Preconditioners as objects of deal.II.
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/solver/precondition.h>

#include <tests/solver/systems.h>

#include <deal.II/lac/dynamic_sparsity_pattern.h>
#include <deal.II/lac/la_parallel_vector.h>
#include <deal.II/lac/petsc_sparse_matrix.h>
#include <deal.II/lac/petsc_vector.h>
#include <deal.II/lac/precondition.h>
#include <deal.II/lac/solver_cg.h>
#include <deal.II/lac/sparse_matrix.h>
#include <deal.II/lac/trilinos_sparse_matrix.h>
#include <deal.II/lac/trilinos_vector.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(precondition)

namespace
{
  constexpr PetscInt m = 24; ///< points in a row of the grid

  MatHandle petsc_matrix(MPI_Comm comm)
  {
    systems::Grid grid;
    grid.m = m;
    grid.a = systems::log_smooth(1, 0);
    MatHandle A = systems::empty_matrix(comm, m * m, 5);
    systems::fill(A, grid);
    return A;
  }

  /// The entries of @p source, of which this rank has its own rows.
  template <class Matrix>
  void copy_rows(Mat source, Matrix &A)
  {
    PetscInt begin = 0, end = 0;
    NODAL_PETSC(MatGetOwnershipRange(source, &begin, &end));
    for (PetscInt row = begin; row < end; ++row)
    {
      PetscInt n = 0;
      const PetscInt *columns = nullptr;
      const double *values = nullptr;
      NODAL_PETSC(MatGetRow(source, row, &n, &columns, &values));
      for (PetscInt k = 0; k < n; ++k)
        A.set(row, columns[k], values[k]);
      NODAL_PETSC(MatRestoreRow(source, row, &n, &columns, &values));
    }
    A.compress(dealii::VectorOperation::insert);
  }

  dealii::IndexSet owned_rows(Mat A)
  {
    PetscInt begin = 0, end = 0, n = 0;
    NODAL_PETSC(MatGetOwnershipRange(A, &begin, &end));
    NODAL_PETSC(MatGetSize(A, &n, nullptr));
    dealii::IndexSet result(n);
    result.add_range(begin, end);
    return result;
  }

  dealii::DynamicSparsityPattern pattern(Mat A)
  {
    dealii::DynamicSparsityPattern result(m * m);
    PetscInt begin = 0, end = 0;
    NODAL_PETSC(MatGetOwnershipRange(A, &begin, &end));
    for (PetscInt row = begin; row < end; ++row)
      for (const PetscInt column : {row - m, row - 1, row, row + 1, row + m})
        if (column >= 0 && column < m * m)
          result.add(row, column);
    return result;
  }

  double noise(const PetscInt i)
  {
    return std::sin(12.9898 * i + 1);
  }

  /// What the registered preconditioner @p type makes of noise.
  std::vector<double> expected(Mat A, const std::string &type)
  {
    const auto M = Registry<Preconditioner>::create(type);
    M->update(A, true);
    VecHandle x, y;
    NODAL_PETSC(MatCreateVecs(A, x.put(), y.put()));
    PetscInt begin = 0, end = 0;
    NODAL_PETSC(VecGetOwnershipRange(x, &begin, &end));
    double *values = nullptr;
    NODAL_PETSC(VecGetArray(x, &values));
    for (PetscInt i = begin; i < end; ++i)
      values[i - begin] = noise(i);
    NODAL_PETSC(VecRestoreArray(x, &values));
    M->apply(x, y);
    NODAL_PETSC(VecGetArray(y, &values));
    const std::vector<double> result(values, values + (end - begin));
    NODAL_PETSC(VecRestoreArray(y, &values));
    return result;
  }

  template <class Matrix, class Vector>
  void compare(const Matrix &A, Mat same, Vector &x, const std::string &type)
  {
    Precondition M;
    Precondition::AdditionalData data;
    data.type = type;
    M.initialize(A, data);
    Vector y(x);
    const dealii::IndexSet owned = owned_rows(same);
    for (const auto i : owned)
      x(i) = noise(i);
    x.compress(dealii::VectorOperation::insert);
    M.vmult(y, x);
    const std::vector<double> result = expected(same, type);
    std::size_t k = 0;
    for (const auto i : owned)
    {
      BOOST_TEST(double(y(i)) == result[k],
                 boost::test_tools::tolerance(1e-12));
      ++k;
    }
    BOOST_TEST(k == result.size());
  }
} // namespace

BOOST_AUTO_TEST_CASE(matrices_and_vectors_of_deal_ii)
{
  for (const std::string type : {"two level", "ssor", "jacobi"})
  {
    const MatHandle own = petsc_matrix(MPI_COMM_SELF);
    dealii::SparsityPattern sparsity;
    sparsity.copy_from(pattern(own));
    dealii::SparseMatrix<double> A(sparsity);
    copy_rows(own, A);
    dealii::Vector<double> x(m * m);
    compare(A, own, x, type);
    dealii::LinearAlgebra::distributed::Vector<double> y(m * m);
    compare(A, own, y, type);
  }
}

BOOST_AUTO_TEST_CASE(distributed_matrices)
{
  const MPI_Comm comm = MPI_COMM_WORLD;
  const MatHandle A = petsc_matrix(comm);
  const dealii::IndexSet owned = owned_rows(A);
  dealii::TrilinosWrappers::SparseMatrix of_trilinos;
  of_trilinos.reinit(owned, owned, pattern(A), comm);
  copy_rows(A, of_trilinos);
  dealii::PETScWrappers::MPI::SparseMatrix of_petsc;
  of_petsc.reinit(owned, owned, pattern(A), comm);
  copy_rows(A, of_petsc);
  for (const std::string type : {"two level", "ssor", "boomeramg"})
  {
    dealii::TrilinosWrappers::MPI::Vector x(owned, comm);
    compare(of_trilinos, A, x, type);
    dealii::LinearAlgebra::distributed::Vector<double> y(owned, comm);
    compare(of_trilinos, A, y, type);
    dealii::PETScWrappers::MPI::Vector z(owned, comm);
    compare(of_petsc, A, z, type);
  }
  // Also on one rank this is of type mpiaij.
  Precondition M;
  Precondition::AdditionalData data;
  data.parameters = "Columns = quadratic; Aggregate size = 30";
  for (const auto i : owned)
  {
    data.coordinates.push_back(i % m);
    data.coordinates.push_back(i / m);
  }
  dealii::PETScWrappers::MPI::Vector x(owned, comm), y(owned, comm);
  x = 1.;
  M.initialize(of_petsc, data);
  M.vmult(y, x);
  BOOST_TEST(y.l2_norm() > 0);
}

BOOST_AUTO_TEST_CASE(solver_of_deal_ii)
{
  const MPI_Comm comm = MPI_COMM_WORLD;
  const MatHandle A = petsc_matrix(comm);
  const dealii::IndexSet owned = owned_rows(A);
  dealii::TrilinosWrappers::SparseMatrix matrix;
  matrix.reinit(owned, owned, pattern(A), comm);
  copy_rows(A, matrix);
  using Vector = dealii::TrilinosWrappers::MPI::Vector;
  Vector x(owned, comm), b(owned, comm), r(owned, comm);
  b = 1;
  const auto solve = [&](const auto &M)
  {
    x = 0;
    dealii::SolverControl control(1000, 1e-10 * b.l2_norm());
    dealii::SolverCG<Vector> solver(control);
    solver.solve(matrix, x, b, M);
    BOOST_TEST(matrix.residual(r, x, b) <= 1.1e-10 * b.l2_norm());
    return control.last_step();
  };
  Precondition M;
  M.initialize(matrix);
  const unsigned int n_steps = solve(M);
  BOOST_TEST(3 * n_steps < solve(dealii::PreconditionIdentity()));
  // Other entries: made again.
  matrix *= 1e6;
  M.initialize(matrix);
  BOOST_TEST(solve(M) == n_steps);
}

BOOST_AUTO_TEST_CASE(vectors_with_ghosts_are_refused)
{
  const MPI_Comm comm = MPI_COMM_WORLD;
  const MatHandle A = petsc_matrix(comm);
  const dealii::IndexSet owned = owned_rows(A);
  Precondition M;
  M.initialize(static_cast<Mat>(A));
  const dealii::TrilinosWrappers::MPI::Vector own(owned, comm),
      ghosted(owned, dealii::complete_index_set(m * m), comm);
  dealii::TrilinosWrappers::MPI::Vector y(own);
  M.vmult(y, own);
  if (ghosted.has_ghost_elements())
    BOOST_CHECK_THROW(M.vmult(y, ghosted), BadInput);
}

BOOST_AUTO_TEST_CASE(near_null_space)
{
  const MatHandle own = petsc_matrix(MPI_COMM_SELF);
  dealii::SparsityPattern sparsity;
  sparsity.copy_from(pattern(own));
  dealii::SparseMatrix<double> A(sparsity);
  copy_rows(own, A);
  // With the solution among the columns, one application solves.
  dealii::Vector<double> solution(m * m), b(m * m), x(m * m);
  for (unsigned int i = 0; i < solution.size(); ++i)
    solution(i) = 2 + noise(i);
  A.vmult(b, solution);
  Precondition M;
  Precondition::AdditionalData data;
  data.near_null_space = {
      std::vector<double>(m * m, 1.),
      std::vector<double>(solution.begin(), solution.end())};
  M.initialize(A, data);
  M.vmult(x, b);
  x -= solution;
  BOOST_TEST(x.l2_norm() <= 1e-9 * solution.l2_norm());
  // The same for a matrix of PETSc; what is dependent is left out.
  data.near_null_space.push_back(data.near_null_space[1]);
  M.initialize(static_cast<Mat>(own), data);
  dealii::Vector<double> y(m * m);
  M.vmult(y, b);
  y -= solution;
  BOOST_TEST(y.l2_norm() <= 1e-9 * solution.l2_norm());
  MatNullSpace space = nullptr;
  PetscInt n_vectors = 0;
  NODAL_PETSC(MatGetNearNullSpace(own, &space));
  NODAL_PETSC(MatNullSpaceGetVecs(space, nullptr, &n_vectors, nullptr));
  BOOST_TEST(n_vectors == 2);
  data.near_null_space[1].pop_back();
  BOOST_CHECK_THROW(M.initialize(A, data), BadInput);
}

BOOST_AUTO_TEST_CASE(mistakes)
{
  const MatHandle own = petsc_matrix(MPI_COMM_SELF);
  dealii::SparsityPattern sparsity;
  sparsity.copy_from(pattern(own));
  dealii::SparseMatrix<double> A(sparsity);
  copy_rows(own, A);
  dealii::Vector<double> x(m * m), y(m * m);
  Precondition M;
  BOOST_CHECK_THROW(M.vmult(y, x), BadInput);
  Precondition::AdditionalData data;
  data.type = "two levels";
  BOOST_CHECK_THROW(M.initialize(A, data), BadInput);
  data.type = "two level";
  data.parameters = "Agregate size = 30";
  BOOST_CHECK_THROW(M.initialize(A, data), BadInput);
  data.parameters = "Aggregate size = 30; Smoother = ic0";
  M.initialize(A, data);
  M.vmult(y, x);
  dealii::Vector<double> too_short(m * m - 1);
  BOOST_CHECK_THROW(M.vmult(too_short, too_short), BadInput);
  A.diag_element(5) = std::numeric_limits<double>::quiet_NaN();
  BOOST_CHECK_THROW(M.initialize(A, data), NumericalFailure);
  // Nothing half made is applied.
  BOOST_CHECK_THROW(M.vmult(y, x), BadInput);
  copy_rows(own, A);
  M.initialize(A, data);
  M.vmult(y, x);
  M.clear();
  BOOST_CHECK_THROW(M.vmult(y, x), BadInput);
  data.block_size = 5;
  BOOST_CHECK_THROW(M.initialize(A, data), BadInput);
  data.block_size = 1;
  // Columns that need to know where the nodes are.
  data.parameters = "Columns = linear; Aggregate size = 30";
  BOOST_CHECK_THROW(M.initialize(A, data), BadInput);
  for (PetscInt i = 0; i < m * m; ++i)
  {
    data.coordinates.push_back(i % m);
    data.coordinates.push_back(i / m);
  }
  M.initialize(A, data);
  M.vmult(y, x);
  data.parameters = "Columns = quadratic; quadratic/Number = 5";
  M.initialize(A, data);
  data.parameters = "Columns = quadratic; quadratic/Nunber = 5";
  BOOST_CHECK_THROW(M.initialize(A, data), BadInput);
  for (const std::string broken : {"Columns", "=", "/", "a/b/ = 2", ";;"})
  {
    data.parameters = broken;
    if (broken == ";;")
      M.initialize(A, data);
    else
      BOOST_CHECK_THROW(M.initialize(A, data), BadInput);
  }
  data.parameters = "Columns = quadratic";
  data.coordinates[7] = std::numeric_limits<double>::quiet_NaN();
  BOOST_CHECK_THROW(M.initialize(A, data), BadInput);
  data.coordinates.resize(7);
  BOOST_CHECK_THROW(M.initialize(A, data), BadInput);
}

BOOST_AUTO_TEST_SUITE_END()
