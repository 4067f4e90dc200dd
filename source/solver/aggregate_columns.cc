// SPDX-License-Identifier: LGPL-2.1-or-later
#include "orthonormalize.h"

#include <nodal/solver/aggregates.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  RowsOfAggregates::RowsOfAggregates(const Aggregates &aggregates)
      : offsets(aggregates.n + 1, 0)
  {
    for (const int k : aggregates.of_row)
      if (k >= 0)
        ++offsets[k + 1];
    std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
    rows.resize(offsets.back());
    std::vector<int> next = offsets;
    for (std::size_t i = 0; i < aggregates.of_row.size(); ++i)
      if (aggregates.of_row[i] >= 0)
        rows[next[aggregates.of_row[i]]++] = i;
  }

  std::vector<std::vector<double>> near_null_space(Mat A)
  {
    PetscInt n = 0;
    NODAL_PETSC(MatGetLocalSize(A, &n, nullptr));
    std::vector<std::vector<double>> result;
    MatNullSpace space = nullptr;
    NODAL_PETSC(MatGetNearNullSpace(A, &space));
    if (!space)
    {
      PetscInt block_size = 1;
      NODAL_PETSC(MatGetBlockSize(A, &block_size));
      for (PetscInt c = 0; c < block_size; ++c)
      {
        result.emplace_back(n, 0.);
        for (int i = c; i < n; i += block_size)
          result.back()[i] = 1;
      }
      return result;
    }
    PetscBool has_constant = PETSC_FALSE;
    PetscInt n_vectors = 0;
    const Vec *vectors = nullptr;
    NODAL_PETSC(
        MatNullSpaceGetVecs(space, &has_constant, &n_vectors, &vectors));
    if (has_constant)
      result.emplace_back(n, 1.);
    for (PetscInt k = 0; k < n_vectors; ++k)
    {
      result.push_back(owned_entries(vectors[k]));
    }
    return result;
  }

  AggregateColumns columns_on(const Aggregates &aggregates,
                              const std::vector<std::vector<double>> &vectors)
  {
    const int n_vectors = vectors.size();
    const RowsOfAggregates sets(aggregates);
    AggregateColumns result;
    result.of_row = aggregates.of_row;
    result.width = n_vectors == 1 ? 1 : (n_vectors + 3) / 4 * 4;
    result.values.assign(aggregates.of_row.size() * result.width, 0.);
    std::vector<double> basis;
    for (int k = 0; k < aggregates.n; ++k)
    {
      const int *const rows = sets.rows.data() + sets.offsets[k];
      const int n_rows = sets.offsets[k + 1] - sets.offsets[k];
      basis.clear();
      for (const std::vector<double> &vector : vectors)
        for (int i = 0; i < n_rows; ++i)
          basis.push_back(vector[rows[i]]);
      const int n_left = orthonormalize(basis.data(), n_rows, n_vectors);
      result.n_columns.push_back(n_left);
      for (int i = 0; i < n_rows; ++i)
        for (int c = 0; c < n_left; ++c)
          result.values[rows[i] * std::size_t(result.width) + c] =
              basis[c * n_rows + i];
    }
    return result;
  }

  MatHandle as_matrix(const AggregateColumns &columns, Mat A)
  {
    const int n = columns.of_row.size();
    MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(A));
    const PetscInt n_columns =
        std::accumulate(columns.n_columns.begin(), columns.n_columns.end(), 0);
    PetscInt first = 0;
    MPI_Scan(&n_columns, &first, 1, MPIU_INT, MPI_SUM, comm);
    first -= n_columns;
    std::vector<PetscInt> first_column, offsets = {0}, numbers;
    std::vector<double> values;
    for (const int n_here : columns.n_columns)
    {
      first_column.push_back(first);
      first += n_here;
    }
    for (int i = 0; i < n; ++i)
    {
      const int k = columns.of_row[i];
      for (int c = 0; k >= 0 && c < columns.n_columns[k]; ++c)
      {
        numbers.push_back(first_column[k] + c);
        values.push_back(columns.values[i * std::size_t(columns.width) + c]);
      }
      offsets.push_back(numbers.size());
    }
    MatHandle result;
    NODAL_PETSC(MatCreate(comm, result.put()));
    NODAL_PETSC(
        MatSetSizes(result, n, n_columns, PETSC_DETERMINE, PETSC_DETERMINE));
    MatType type = nullptr;
    NODAL_PETSC(MatGetType(A, &type));
    NODAL_PETSC(MatSetType(result, type));
    NODAL_PETSC(MatSeqAIJSetPreallocationCSR(result, offsets.data(),
                                             numbers.data(), values.data()));
    NODAL_PETSC(MatMPIAIJSetPreallocationCSR(result, offsets.data(),
                                             numbers.data(), values.data()));
    return result;
  }
} // namespace nodal
