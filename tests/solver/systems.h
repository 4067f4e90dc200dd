// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_solver_systems_h
#define nodal_tests_solver_systems_h

#include <tests/configure.h>

#include <nodal/core/dense.h>
#include <nodal/solver/krylov_solver.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

/// Small systems for tests, put together entry by entry.
namespace systems
{
  using Field = std::function<double(double, double)>;

  /// Finite volumes on the unit square, m × m unknowns, zero boundary values.
  struct Grid
  {
    PetscInt m = 10;
    Field a = [](double, double) { return 1.; }; ///< diffusion
    double convection = 0; ///< speed of the rotating, upwinded stream
    double shift = 0;      ///< multiple of the identity
  };

  inline nodal::MatHandle empty_matrix(MPI_Comm comm, const PetscInt n,
                                       const PetscInt row_length)
  {
    nodal::MatHandle A;
    NODAL_PETSC(MatCreate(comm, A.put()));
    NODAL_PETSC(MatSetSizes(A, PETSC_DECIDE, PETSC_DECIDE, n, n));
    NODAL_PETSC(MatSetType(A, MATAIJ));
    NODAL_PETSC(MatSeqAIJSetPreallocation(A, row_length, nullptr));
    NODAL_PETSC(
        MatMPIAIJSetPreallocation(A, row_length, nullptr, row_length, nullptr));
    return A;
  }

  /// (Over)write the entries of @p A.
  inline void fill(Mat A, const Grid &grid)
  {
    const PetscInt m = grid.m;
    const double h = 1. / (m + 1);
    PetscInt first = 0, end = 0;
    NODAL_PETSC(MatGetOwnershipRange(A, &first, &end));
    for (PetscInt row = first; row < end; ++row)
    {
      const PetscInt i = row % m, j = row / m;
      const double x = (i + 1) * h, y = (j + 1) * h;
      double diagonal = grid.shift * h * h;
      const int steps[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
      for (const auto &step : steps)
      {
        const double flux = grid.a(x + step[0] * h / 2, y + step[1] * h / 2);
        const double speed =
            grid.convection * (step[0] * (.5 - y) + step[1] * (x - .5)) * h;
        const double value = -flux + std::min(speed, 0.);
        diagonal += flux + std::max(speed, 0.);
        const PetscInt ni = i + step[0], nj = j + step[1];
        if (ni >= 0 && ni < m && nj >= 0 && nj < m)
          NODAL_PETSC(MatSetValue(A, row, ni + m * nj, value, INSERT_VALUES));
      }
      NODAL_PETSC(MatSetValue(A, row, row, diagonal, INSERT_VALUES));
    }
    NODAL_PETSC(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
  }

  inline nodal::MatHandle matrix(MPI_Comm comm, const Grid &grid)
  {
    nodal::MatHandle A = empty_matrix(comm, grid.m * grid.m, 5);
    fill(A, grid);
    return A;
  }

  /// exp of a smooth field that changes slowly with @p step.
  inline Field log_smooth(const double strength, const double step)
  {
    return [=](const double x, const double y)
    {
      return std::exp(strength * (std::sin(5 * x + .05 * step) *
                                      std::cos(4 * y - .03 * step) +
                                  .5 * std::sin(11 * x * y + .08 * step)));
    };
  }

  inline nodal::VecHandle vector_for(Mat A)
  {
    nodal::VecHandle x;
    NODAL_PETSC(MatCreateVecs(A, x.put(), nullptr));
    return x;
  }

  /// Set x_i = f(i).
  inline void set(Vec x, const std::function<double(PetscInt)> &f)
  {
    PetscInt first = 0, end = 0;
    PetscScalar *values = nullptr;
    NODAL_PETSC(VecGetOwnershipRange(x, &first, &end));
    NODAL_PETSC(VecGetArrayWrite(x, &values));
    for (PetscInt i = first; i < end; ++i)
      values[i - first] = f(i);
    NODAL_PETSC(VecRestoreArrayWrite(x, &values));
  }

  /// A number in (-1, 1) that depends on @p i and @p seed only.
  inline double noise(const PetscInt i, const unsigned int seed)
  {
    const double v =
        std::sin(12.9898 * (i + 1) + 78.233 * (seed + 1)) * 43758.5453;
    return 2 * (v - std::floor(v)) - 1;
  }

  inline nodal::VecHandle random_vector(Mat A, const unsigned int seed)
  {
    nodal::VecHandle x = vector_for(A);
    set(x, [&](const PetscInt i) { return noise(i, seed); });
    return x;
  }

  /// All entries of a vector, on every rank.
  inline std::vector<double> gather(Vec x)
  {
    VecScatter scatter = nullptr;
    nodal::VecHandle all;
    NODAL_PETSC(VecScatterCreateToAll(x, &scatter, all.put()));
    NODAL_PETSC(
        VecScatterBegin(scatter, x, all, INSERT_VALUES, SCATTER_FORWARD));
    NODAL_PETSC(VecScatterEnd(scatter, x, all, INSERT_VALUES, SCATTER_FORWARD));
    NODAL_PETSC(VecScatterDestroy(&scatter));
    return nodal::owned_entries(all);
  }

  /// The whole matrix, on every rank.
  inline nodal::Dense dense(Mat A)
  {
    PetscInt n = 0;
    NODAL_PETSC(MatGetSize(A, &n, nullptr));
    nodal::Dense result(n, n);
    const nodal::VecHandle e = vector_for(A), column = vector_for(A);
    for (PetscInt j = 0; j < n; ++j)
    {
      set(e, [&](const PetscInt i) { return i == j ? 1. : 0.; });
      NODAL_PETSC(MatMult(A, e, column));
      const std::vector<double> values = gather(column);
      std::copy(values.begin(), values.end(), &result(0, j));
    }
    return result;
  }

  inline nodal::Dense dense(const std::vector<nodal::VecHandle> &columns)
  {
    PetscInt n = 0;
    NODAL_PETSC(VecGetSize(columns.at(0), &n));
    nodal::Dense result(n, columns.size());
    for (unsigned int j = 0; j < columns.size(); ++j)
    {
      const std::vector<double> values = gather(columns[j]);
      std::copy(values.begin(), values.end(), &result(0, j));
    }
    return result;
  }

  /// The least-squares solution of A X = B by Householder's QR.
  inline nodal::Dense solve(const nodal::Dense &A, const nodal::Dense &B)
  {
    nodal::Dense Q, R;
    nodal::qr(A, Q, R);
    return nodal::solve_upper(R, nodal::multiply(Q, B, true));
  }

  /// max |A − B|
  inline double distance(const nodal::Dense &A, const nodal::Dense &B)
  {
    double result = 0;
    for (unsigned int j = 0; j < A.n_columns; ++j)
      for (unsigned int i = 0; i < A.n_rows; ++i)
        result = std::max(result, std::abs(A(i, j) - B(i, j)));
    return result;
  }

  using ::configure;
} // namespace systems

#endif
