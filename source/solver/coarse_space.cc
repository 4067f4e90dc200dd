// SPDX-License-Identifier: LGPL-2.1-or-later
#include "coarse_space.h"

#include "local_rows.h"

#include <nodal/core/registry.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  CoarseSpace::Rows::Rows(Mat matrix, const std::vector<double> &smallest)
  {
    MatHandle own;
    if (n_ranks(reinterpret_cast<PetscObject>(matrix)) > 1)
    {
      NODAL_PETSC(MatMPIAIJGetLocalMat(matrix, MAT_INITIAL_MATRIX, own.put()));
      matrix = own;
    }
    const LocalRows all(matrix);
    for (PetscInt i = 0; i < all.n; ++i)
    {
      for (PetscInt t = all.offsets[i]; t < all.offsets[i + 1]; ++t)
        if (std::abs(all.values[t]) > smallest[i])
        {
          columns.push_back(all.columns[t]);
          values.push_back(all.values[t]);
        }
      if (int(columns.size()) == offsets.back())
        continue;
      rows.push_back(i);
      offsets.push_back(columns.size());
    }
  }

  namespace
  {
    /// Work(entry of x, entry of coarse, value) for all entries of @p rows.
    template <class Rows, class Work>
    void for_entries(const Rows &rows, const Work &work)
    {
      const int n = rows.rows.size();
      for (int k = 0; k < n; ++k)
        for (int t = rows.offsets[k]; t < rows.offsets[k + 1]; ++t)
          work(rows.rows[k], rows.columns[t], rows.values[t]);
    }

    std::vector<double> entries(Vec x)
    {
      PetscInt n = 0;
      const double *values = nullptr;
      NODAL_PETSC(VecGetLocalSize(x, &n));
      NODAL_PETSC(VecGetArrayRead(x, &values));
      std::vector<double> result(values, values + n);
      NODAL_PETSC(VecRestoreArrayRead(x, &values));
      return result;
    }
  } // namespace

  CoarseSpace::CoarseSpace(Mat A, Mat W_matrix)
      : comm(PetscObjectComm(reinterpret_cast<PetscObject>(A)))
  {
    MatHandle images, E;
    NODAL_PETSC(MatMatMult(A, W_matrix, MAT_INITIAL_MATRIX, PETSC_DEFAULT,
                           images.put()));
    NODAL_PETSC(MatTransposeMatMult(W_matrix, images, MAT_INITIAL_MATRIX,
                                    PETSC_DEFAULT, E.put()));
    PetscInt n = 0;
    NODAL_PETSC(MatGetSize(E, &n, nullptr));
    n_columns = n;
    if (n_columns == 0)
      return;
    VecHandle diagonal;
    NODAL_PETSC(MatCreateVecs(A, diagonal.put(), nullptr));
    NODAL_PETSC(MatGetDiagonal(A, diagonal));
    std::vector<double> smallest = entries(diagonal);
    W = std::make_unique<Rows>(W_matrix,
                               std::vector<double>(smallest.size(), 0.));
    std::vector<double> of_columns(smallest.size(), 0.);
    for_entries(*W, [&](const int i, int, const double value)
                { of_columns[i] = std::max(of_columns[i], std::abs(value)); });
    for (std::size_t i = 0; i < smallest.size(); ++i)
      smallest[i] *= 1e-14 * of_columns[i];
    AW = std::make_unique<Rows>(images, smallest);
    factorize(E);
  }

  void CoarseSpace::factorize(Mat E)
  {
    MatHandle whole;
    const int n = n_ranks(reinterpret_cast<PetscObject>(E));
    if (n > 1)
    {
      NODAL_PETSC(MatCreateRedundantMatrix(E, n, MPI_COMM_NULL,
                                           MAT_INITIAL_MATRIX, whole.put()));
      E = whole;
    }
    NODAL_PETSC(MatSetOption(E, MAT_SPD, PETSC_TRUE));
    inverse = Registry<Preconditioner>::create("cholesky");
    inverse->update(E, true);
    inverse->finish();
    NODAL_PETSC(MatCreateVecs(E, load.put(), solution.put()));
  }

  void CoarseSpace::sum_over_ranks(Vector &coarse) const
  {
    int size = 1;
    MPI_Comm_size(comm, &size);
    if (size > 1)
      MPI_Allreduce(MPI_IN_PLACE, coarse.data(), coarse.size(), MPI_DOUBLE,
                    MPI_SUM, comm);
  }

  void CoarseSpace::restrict_to(const double *const x, Vector &coarse) const
  {
    coarse.assign(n_columns, 0.);
    for_entries(*W, [&](const int i, const int c, const double value)
                { coarse[c] += value * x[i]; });
    sum_over_ranks(coarse);
  }

  void CoarseSpace::solve(Vector &coarse) const
  {
    double *values = nullptr;
    NODAL_PETSC(VecGetArrayWrite(load, &values));
    std::copy(coarse.begin(), coarse.end(), values);
    NODAL_PETSC(VecRestoreArrayWrite(load, &values));
    inverse->apply(load, solution);
    const double *result = nullptr;
    NODAL_PETSC(VecGetArrayRead(solution, &result));
    std::copy(result, result + n_columns, coarse.begin());
    NODAL_PETSC(VecRestoreArrayRead(solution, &result));
  }

  void CoarseSpace::add_columns(const Vector &coarse, double *const x) const
  {
    for_entries(*W, [&](const int i, const int c, const double value)
                { x[i] += value * coarse[c]; });
  }

  void CoarseSpace::subtract_images(const Vector &coarse, double *const x) const
  {
    for_entries(*AW, [&](const int i, const int c, const double value)
                { x[i] -= value * coarse[c]; });
  }

  void CoarseSpace::subtract_products(const double *const x,
                                      Vector &coarse) const
  {
    products.assign(n_columns, 0.);
    for_entries(*AW, [&](const int i, const int c, const double value)
                { products[c] += value * x[i]; });
    sum_over_ranks(products);
    for (std::size_t c = 0; c < n_columns; ++c)
      coarse[c] -= products[c];
  }
} // namespace nodal
