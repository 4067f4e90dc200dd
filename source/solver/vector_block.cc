// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vector_block.h"

#include <petscblaslapack.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace
  {
    /// A vector of the type of @p like in memory of ours.
    VecHandle wrap(Vec like, double *memory)
    {
      const auto object = reinterpret_cast<PetscObject>(like);
      const MPI_Comm comm = PetscObjectComm(object);
      PetscInt n = 0, n_global = 0;
      NODAL_PETSC(VecGetLocalSize(like, &n));
      NODAL_PETSC(VecGetSize(like, &n_global));
      PetscBool is_seq = PETSC_FALSE;
      NODAL_PETSC(PetscObjectTypeCompare(object, VECSEQ, &is_seq));
      VecHandle result;
      if (is_seq)
        NODAL_PETSC(VecCreateSeqWithArray(comm, 1, n, memory, result.put()));
      else
        NODAL_PETSC(
            VecCreateMPIWithArray(comm, 1, n, n_global, memory, result.put()));
      return result;
    }
  } // namespace

  void VectorBlock::reinit(Vec like, const unsigned int n_columns)
  {
    const auto object = reinterpret_cast<PetscObject>(like);
    PetscInt n = 0, n_all = 0;
    NODAL_PETSC(VecGetLocalSize(like, &n));
    NODAL_PETSC(VecGetSize(like, &n_all));
    int fits = !columns.empty() && columns.size() >= n_columns &&
               n == n_local && n_all == n_global &&
               n_processes == n_ranks(object);
    MPI_Allreduce(MPI_IN_PLACE, &fits, 1, MPI_INT, MPI_MIN,
                  PetscObjectComm(object));
    if (fits)
      return;
    columns.clear();
    n_local = n;
    n_global = n_all;
    n_processes = n_ranks(object);
    memory.assign(std::size_t(n_columns) * n_local, 0.);
    for (unsigned int j = 0; j < n_columns; ++j)
      columns.push_back(wrap(like, column_data(j)));
    if (!columns.empty())
      comm = PetscObjectComm(reinterpret_cast<PetscObject>(Vec(columns[0])));
  }

  void VectorBlock::touch(const unsigned int j)
  {
    // PETSc remembers norms of vectors that it believes unchanged.
    PetscScalar *values = nullptr;
    NODAL_PETSC(VecGetArray(columns[j], &values));
    NODAL_PETSC(VecRestoreArray(columns[j], &values));
  }

  void VectorBlock::sum(std::vector<double> &values) const
  {
    if (n_processes > 1 && !values.empty())
      MPI_Allreduce(MPI_IN_PLACE, values.data(), values.size(), MPI_DOUBLE,
                    MPI_SUM, comm);
  }

  void VectorBlock::share(Dense &matrix) const
  {
    if (n_processes < 2)
      return;
    unsigned int sizes[2] = {matrix.n_rows, matrix.n_columns};
    MPI_Bcast(sizes, 2, MPI_UNSIGNED, 0, comm);
    if (sizes[0] != matrix.n_rows || sizes[1] != matrix.n_columns)
      matrix = Dense(sizes[0], sizes[1]);
    MPI_Bcast(matrix.data(), sizes[0] * sizes[1], MPI_DOUBLE, 0, comm);
  }

  double VectorBlock::share(double value) const
  {
    if (n_processes > 1)
      MPI_Bcast(&value, 1, MPI_DOUBLE, 0, comm);
    return value;
  }

  void VectorBlock::local_dot(const unsigned int first,
                              const unsigned int count, Vec y,
                              double *out) const
  {
    const PetscBLASInt n = n_local, k = count, ld = std::max(n, 1), stride = 1;
    const double one = 1, zero = 0;
    std::fill_n(out, count, 0.);
    if (count == 0 || n == 0)
      return;
    const PetscScalar *values = nullptr;
    NODAL_PETSC(VecGetArrayRead(y, &values));
    BLASgemv_("T", &n, &k, &one, column_data(first), &ld, values, &stride,
              &zero, out, &stride);
    NODAL_PETSC(VecRestoreArrayRead(y, &values));
  }

  std::vector<double> VectorBlock::dot(const unsigned int first,
                                       const unsigned int count, Vec y) const
  {
    std::vector<double> result(count);
    local_dot(first, count, y, result.data());
    sum(result);
    return result;
  }

  void VectorBlock::add_to(Vec y, const unsigned int first,
                           const std::vector<double> &coefficients,
                           const double factor) const
  {
    const PetscBLASInt n = n_local, k = coefficients.size(),
                       ld = std::max(n, 1), stride = 1;
    const double one = 1;
    if (k == 0)
      return;
    PetscScalar *values = nullptr;
    NODAL_PETSC(VecGetArray(y, &values));
    if (n > 0)
      BLASgemv_("N", &n, &k, &factor, column_data(first), &ld,
                coefficients.data(), &stride, &one, values, &stride);
    NODAL_PETSC(VecRestoreArray(y, &values));
  }

  Dense VectorBlock::products(const unsigned int first,
                              const unsigned int count,
                              const VectorBlock &other,
                              const unsigned int other_first,
                              const unsigned int other_count) const
  {
    std::vector<double> values(std::size_t(count) * other_count, 0.);
    const PetscBLASInt n = n_local, k = count, l = other_count,
                       ld = std::max(n, 1), ldc = std::max(k, 1);
    const double one = 1, zero = 0;
    if (n > 0 && k > 0 && l > 0)
      BLASgemm_("T", "N", &k, &l, &n, &one, column_data(first), &ld,
                other.column_data(other_first), &ld, &zero, values.data(),
                &ldc);
    sum(values);
    Dense result(count, other_count);
    std::copy(values.begin(), values.end(), result.data());
    return result;
  }

  void VectorBlock::scale(const unsigned int j, const double factor)
  {
    double *values = column_data(j);
    for (PetscInt i = 0; i < n_local; ++i)
      values[i] *= factor;
    touch(j);
  }

  std::vector<unsigned int>
  VectorBlock::load(const std::vector<VecHandle> &vectors)
  {
    const unsigned int count =
        std::min<std::size_t>(vectors.size(), columns.size());
    std::vector<double> misfit(1, 0.);
    for (unsigned int j = 0; j < count; ++j)
    {
      PetscInt n = 0;
      NODAL_PETSC(VecGetLocalSize(vectors[j], &n));
      misfit[0] += n != n_local;
    }
    sum(misfit);
    if (misfit[0] > 0)
      return {};
    for (unsigned int j = 0; j < count; ++j)
    {
      const PetscScalar *values = nullptr;
      NODAL_PETSC(VecGetArrayRead(vectors[j], &values));
      std::copy_n(values, n_local, column_data(j));
      NODAL_PETSC(VecRestoreArrayRead(vectors[j], &values));
      touch(j);
    }
    const std::vector<unsigned int> chosen = usable(count);
    compress(chosen);
    return chosen;
  }

  void VectorBlock::save(std::vector<VecHandle> &vectors,
                         const unsigned int count) const
  {
    bool fits = vectors.size() == count;
    for (const VecHandle &u : vectors)
    {
      PetscInt n = 0;
      NODAL_PETSC(VecGetLocalSize(u, &n));
      fits = fits && n == n_local;
    }
    std::vector<double> misfit(1, fits ? 0. : 1.);
    sum(misfit);
    if (misfit[0] > 0)
    {
      vectors.clear();
      for (unsigned int j = 0; j < count; ++j)
        vectors.push_back(duplicate(columns[0]));
    }
    for (unsigned int j = 0; j < count; ++j)
    {
      PetscScalar *values = nullptr;
      NODAL_PETSC(VecGetArrayWrite(vectors[j], &values));
      std::copy_n(column_data(j), n_local, values);
      NODAL_PETSC(VecRestoreArrayWrite(vectors[j], &values));
    }
  }

  namespace
  {
    /// The columns in @p memory as a matrix of PETSc.
    MatHandle as_matrix(MPI_Comm comm, const PetscInt n,
                        const PetscInt n_global, const PetscInt n_columns,
                        double *memory)
    {
      MatHandle result;
      NODAL_PETSC(MatCreateDense(comm, n, PETSC_DECIDE, n_global, n_columns,
                                 memory, result.put()));
      NODAL_PETSC(MatAssemblyBegin(result, MAT_FINAL_ASSEMBLY));
      NODAL_PETSC(MatAssemblyEnd(result, MAT_FINAL_ASSEMBLY));
      return result;
    }
  } // namespace

  void VectorBlock::multiply(Mat A, const VectorBlock &other,
                             const unsigned int count)
  {
    if (count == 0)
      return;
    const MatHandle X = as_matrix(comm, n_local, n_global, count,
                                  const_cast<double *>(other.column_data(0)));
    const MatHandle Y =
        as_matrix(comm, n_local, n_global, count, column_data(0));
    NODAL_PETSC(MatProductCreateWithMat(A, X, nullptr, Y));
    NODAL_PETSC(MatProductSetType(Y, MATPRODUCT_AB));
    NODAL_PETSC(MatProductSetFromOptions(Y));
    NODAL_PETSC(MatProductSymbolic(Y));
    NODAL_PETSC(MatProductNumeric(Y));
    for (unsigned int j = 0; j < count; ++j)
      touch(j);
  }

  std::vector<unsigned int> VectorBlock::usable(const unsigned int count) const
  {
    std::vector<double> squares(count, 0.);
    for (unsigned int j = 0; j < count; ++j)
      for (PetscInt i = 0; i < n_local; ++i)
        squares[j] += column_data(j)[i] * column_data(j)[i];
    sum(squares);
    std::vector<unsigned int> result;
    for (unsigned int j = 0; j < count; ++j)
      if (std::isfinite(squares[j]) && squares[j] > 0)
        result.push_back(j);
    return result;
  }

  void VectorBlock::compress(const std::vector<unsigned int> &chosen)
  {
    for (unsigned int j = 0; j < chosen.size(); ++j)
      if (chosen[j] != j)
      {
        std::copy_n(column_data(chosen[j]), n_local, column_data(j));
        touch(j);
      }
  }

  void VectorBlock::combine(const std::vector<Term> &terms)
  {
    // In pieces of rows that stay in the cache, so that this block may be
    // among the terms.
    constexpr PetscInt piece = 256;
    const PetscBLASInt n_out = terms.at(0).coefficients.n_columns;
    std::vector<double> sums(std::size_t(piece) * n_out);
    for (PetscInt row = 0; row < n_local; row += piece)
    {
      const PetscBLASInt n = std::min(piece, n_local - row), ld = n_local;
      double keep = 0;
      for (const Term &term : terms)
      {
        const PetscBLASInt k = term.coefficients.n_rows;
        const double one = 1;
        if (k == 0)
          continue;
        BLASgemm_("N", "N", &n, &n_out, &k, &one,
                  term.block.column_data(term.first) + row, &ld,
                  term.coefficients.data(), &k, &keep, sums.data(), &n);
        keep = 1;
      }
      for (PetscBLASInt j = 0; j < n_out; ++j)
        std::copy_n(sums.data() + std::size_t(j) * n, n, column_data(j) + row);
    }
    for (PetscBLASInt j = 0; j < n_out; ++j)
      touch(j);
  }
} // namespace nodal
