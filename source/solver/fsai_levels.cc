// SPDX-License-Identifier: LGPL-2.1-or-later
#include "group_sums.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/local_rows.h>
#include <nodal/solver/aggregates.h>
#include <nodal/solver/fsai_levels.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace nodal
{
  void FsaiSettings::add_parameters(Parameters &prm)
  {
    prm.add("Levels", n_levels,
            "Levels, of which the matrix is the first: 1 is a factorised "
            "sparse approximate inverse alone. 0: as many as it takes to come "
            "to 'Coarsest size'.",
            0, 100);
    prm.add("Aggregate size", size,
            "Unknowns of an aggregate; 0: 8, or 20 where rows have more than "
            "eight entries on average.",
            0, 100000);
    prm.add("Threshold", threshold,
            "Couplings below this share of the strongest one of a row, or of a "
            "set of rows, are weak: aggregates do not grow along them.",
            0., 1.);
    prm.add("Coarsest size", coarsest_size,
            "A level with at most as many unknowns is solved for exactly.", 1);
  }

  namespace
  {
    /// G of @p level, whose rows are there. False if a matrix between the rows
    /// of a row's pattern is not positive definite.
    bool make_inverse(FsaiLevel &level)
    {
      const int n = level.n_rows();
      level.lower_offsets.assign(1, 0);
      level.lower_columns.clear();
      level.lower_columns.reserve(level.columns.size() / 2 + n);
      std::vector<double> lower; // entries of A on that pattern
      lower.reserve(level.columns.size() / 2 + n);
      for (int i = 0; i < n; ++i)
      {
        for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
          if (level.columns[t] < i && level.values[t] != 0)
          {
            level.lower_columns.push_back(level.columns[t]);
            lower.push_back(level.values[t]);
          }
        level.lower_columns.push_back(i);
        lower.push_back(level.diagonal[i]);
        level.lower_offsets.push_back(level.lower_columns.size());
      }
      level.G.resize(lower.size());
      // The lower triangle of the matrix between the rows of a pattern, and
      // the factor L of it in its place.
      std::vector<double> L, inverse_pivots;
      std::vector<int> place(n, -1);
      for (int i = 0; i < n; ++i)
      {
        const int begin = level.lower_offsets[i],
                  m = level.lower_offsets[i + 1] - begin;
        const int *const rows = level.lower_columns.data() + begin;
        L.assign(std::size_t(m) * m, 0.);
        if (inverse_pivots.size() < std::size_t(m))
          inverse_pivots.resize(m);
        for (int p = 0; p < m; ++p)
          place[rows[p]] = p;
        for (int p = 0; p < m; ++p)
          for (int t = level.lower_offsets[rows[p]];
               t < level.lower_offsets[rows[p] + 1]; ++t)
            if (const int q = place[level.lower_columns[t]]; q >= 0)
              L[p * m + q] = lower[t];
        for (int p = 0; p < m; ++p)
          place[rows[p]] = -1;
        // L D Lᵀ, the rows of L D one after the other and then of L.
        for (int p = 0; p < m; ++p)
        {
          double *const row = L.data() + p * m;
          for (int q = 1; q < p; ++q)
          {
            const double *const other = L.data() + q * m;
            double sum = row[q];
            for (int k = 0; k < q; ++k)
              sum -= row[k] * other[k];
            row[q] = sum;
          }
          double pivot = row[p];
          for (int q = 0; q < p; ++q)
          {
            const double scaled = row[q] * inverse_pivots[q];
            pivot -= row[q] * scaled;
            row[q] = scaled;
          }
          if (!(pivot > 0) || !std::isfinite(pivot))
            return false;
          inverse_pivots[p] = 1 / pivot;
        }
        // The last row of D^(−1/2) L⁻¹: gᵀ L = d eᵀ.
        double *const g = level.G.data() + begin;
        std::fill_n(g, m, 0.);
        g[m - 1] = std::sqrt(inverse_pivots[m - 1]);
        for (int p = m - 1; p > 0; --p)
          for (int q = 0; q < p; ++q)
            g[q] -= g[p] * L[p * m + q];
      }
      return true;
    }

    /// The owned rows of @p A. False if a diagonal entry is not positive, a
    /// number not finite, or the columns of a row do not ascend.
    bool take_rows(Mat A, FsaiLevel &level)
    {
      Mat own = nullptr, others = nullptr;
      const PetscInt *numbers = nullptr; // of the columns of others
      if (n_ranks(reinterpret_cast<PetscObject>(A)) == 1)
        NODAL_PETSC(MatGetDiagonalBlock(A, &own)); // of type mpiaij, too
      else
        NODAL_PETSC(MatMPIAIJGetSeqAIJ(A, &own, &others, &numbers));
      bool is_good = true;
      {
        const LocalRows rows(own);
        level.offsets.assign(rows.offsets, rows.offsets + rows.n + 1);
        for (int i = 0; i < rows.n; ++i)
          is_good =
              is_good && std::is_sorted(rows.columns + rows.offsets[i],
                                        rows.columns + rows.offsets[i + 1]);
        level.columns.assign(rows.columns, rows.columns + rows.offsets[rows.n]);
        level.values.assign(rows.values, rows.values + rows.offsets[rows.n]);
      }
      const int n = level.n_rows();
      level.diagonal.assign(n, 0.);
      level.sums.assign(n, 0.);
      level.outside.assign(n, 0.);
      for (int i = 0; i < n; ++i)
      {
        for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
        {
          level.sums[i] += level.values[t];
          if (level.columns[t] == i)
            level.diagonal[i] = level.values[t];
        }
        is_good = is_good && level.diagonal[i] > 0;
      }
      if (others)
      {
        PetscInt block_size = 1;
        NODAL_PETSC(MatGetBlockSize(A, &block_size));
        const LocalRows rows(others);
        for (int i = 0; i < n; ++i)
          for (PetscInt t = rows.offsets[i]; t < rows.offsets[i + 1]; ++t)
          {
            level.sums[i] += rows.values[t];
            if (numbers[rows.columns[t]] % block_size == i % block_size)
              level.outside[i] += rows.values[t];
          }
      }
      for (const double sum : level.sums)
        is_good = is_good && std::isfinite(sum);
      return is_good;
    }

    /// Unknowns of the next level, for all ranks; 0 if there had better be
    /// none.
    int make_groups(Mat A, const FsaiSettings &settings, FsaiLevel &level)
    {
      MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(A));
      PetscInt block_size = 1;
      NODAL_PETSC(MatGetBlockSize(A, &block_size));
      unsigned int size = settings.size;
      if (size == 0)
        size = automatic_aggregate_size(A) > 45 ? 20 : 8;
      const Aggregates aggregates =
          aggregate_by_strength(A, size, settings.threshold);
      level.n_groups = aggregates.n * block_size;
      level.group.resize(level.n_rows());
      for (int i = 0; i < level.n_rows(); ++i)
      {
        const int k = aggregates.of_row[i];
        level.group[i] = k < 0 ? -1 : int(k * block_size + i % block_size);
      }
      int n_next = level.n_groups, n_here = level.n_rows();
      MPI_Allreduce(MPI_IN_PLACE, &n_next, 1, MPI_INT, MPI_SUM, comm);
      MPI_Allreduce(MPI_IN_PLACE, &n_here, 1, MPI_INT, MPI_SUM, comm);
      return n_next < 0.7 * n_here ? n_next : 0;
    }
  } // namespace

  std::vector<FsaiLevel> fsai_levels(Mat A, const FsaiSettings &settings,
                                     MatHandle &coarsest)
  {
    MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(A));
    coarsest = MatHandle();
    std::vector<FsaiLevel> levels;
    MatHandle owned;
    for (Mat present = A;;)
    {
      FsaiLevel level;
      level.depth = levels.size();
      int is_good = take_rows(present, level) && make_inverse(level);
      MPI_Allreduce(MPI_IN_PLACE, &is_good, 1, MPI_INT, MPI_MIN, comm);
      if (!is_good && !levels.empty())
      {
        // Rounding, where contrasts are extreme.
        levels.back().group.clear();
        levels.back().n_groups = 0;
        return levels;
      }
      if (!is_good)
        throw NumericalFailure(
            "The preconditioner 'multilevel fsai' does not exist for this "
            "matrix: it is not positive definite, or entries are not finite.");
      const bool is_last =
          settings.n_levels > 0 && levels.size() + 1 >= settings.n_levels;
      const int n_next = is_last ? 0 : make_groups(present, settings, level);
      if (n_next == 0)
      {
        level.group.clear();
        level.n_groups = 0;
        levels.push_back(std::move(level));
        return levels;
      }
      PetscInt block_size = 1;
      NODAL_PETSC(MatGetBlockSize(present, &block_size));
      MatHandle next =
          group_sums(present, level.group, level.n_groups, block_size);
      levels.push_back(std::move(level));
      owned = std::move(next);
      present = owned;
      if (n_next <= int(settings.coarsest_size))
      {
        coarsest = std::move(owned);
        return levels;
      }
    }
  }
} // namespace nodal
