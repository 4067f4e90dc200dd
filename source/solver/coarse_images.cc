// SPDX-License-Identifier: LGPL-2.1-or-later
#include "coarse_images.h"
#include "ghost_values.h"

#include <nodal/core/gather.h>
#include <nodal/core/local_rows.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

namespace nodal
{
  std::vector<int> GroupedRows::only_groups() const
  {
    std::vector<int> result(size(), -1);
    for (int i = 0; i < size(); ++i)
    {
      if (offsets[i + 1] > offsets[i] + 1)
        return {};
      if (offsets[i + 1] > offsets[i])
        result[i] = groups[offsets[i]];
    }
    return result;
  }

  SparseColumns GroupedRows::by_columns(const std::vector<int> &first) const
  {
    const int n_groups = int(first.size()) - 1;
    std::vector<int> begin(n_groups + 1, 0);
    for (const int g : groups)
      ++begin[g + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    SparseColumns result;
    result.width = width;
    result.rows.resize(groups.size());
    result.values.resize(values.size());
    std::vector<int> next = begin;
    for (int i = 0; i < size(); ++i)
      for (int t = offsets[i]; t < offsets[i + 1]; ++t)
      {
        const std::size_t at = next[groups[t]]++;
        result.rows[at] = i;
        for (int s = 0; s < width; ++s)
          result.values[width * at + s] = values[std::size_t(width) * t + s];
      }
    for (int g = 0; g < n_groups; ++g)
      if (begin[g + 1] > begin[g])
      {
        result.numbers.push_back(first[g]);
        result.n_columns.push_back(first[g + 1] - first[g]);
        result.offsets.push_back(begin[g + 1]);
      }
    return result;
  }

  namespace
  {
    GroupedRows rows_of(Mat W)
    {
      const LocalRows all(W);
      GroupedRows result;
      result.offsets.assign(all.offsets, all.offsets + all.n + 1);
      result.groups.assign(all.columns, all.columns + all.offsets[all.n]);
      result.values.assign(all.values, all.values + all.offsets[all.n]);
      return result;
    }

    /// The rows @p wanted of @p W, which other ranks own. Collective.
    GroupedRows fetch_rows(Mat W, const PetscInt n_wanted,
                           const PetscInt *wanted)
    {
      PetscInt n_columns = 0;
      NODAL_PETSC(MatGetSize(W, nullptr, &n_columns));
      IS rows = nullptr, columns = nullptr;
      Mat *matrix = nullptr;
      NODAL_PETSC(ISCreateGeneral(PETSC_COMM_SELF, n_wanted, wanted,
                                  PETSC_COPY_VALUES, &rows));
      NODAL_PETSC(ISCreateStride(PETSC_COMM_SELF, n_columns, 0, 1, &columns));
      NODAL_PETSC(MatCreateSubMatrices(W, 1, &rows, &columns,
                                       MAT_INITIAL_MATRIX, &matrix));
      const GroupedRows result = rows_of(*matrix);
      NODAL_PETSC(MatDestroySubMatrices(1, &matrix));
      NODAL_PETSC(ISDestroy(&rows));
      NODAL_PETSC(ISDestroy(&columns));
      return result;
    }

    /// The rows of columns of aggregates, of which @p groups names those of
    /// each row, or -1.
    GroupedRows grouped(const std::vector<int> &groups, const int width,
                        const std::vector<double> &values)
    {
      GroupedRows result;
      result.width = width;
      result.offsets.reserve(groups.size() + 1);
      result.groups.reserve(groups.size());
      result.values.reserve(values.size());
      for (std::size_t i = 0; i < groups.size(); ++i)
      {
        if (groups[i] >= 0)
        {
          result.groups.push_back(groups[i]);
          const auto begin = values.begin() + i * width;
          result.values.insert(result.values.end(), begin, begin + width);
        }
        result.offsets.push_back(result.groups.size());
      }
      return result;
    }

    /// The rows of A W, one after the other. What branches there would be go
    /// either way about as often, so that there are none.
    template <int fixed_width>
    class Product
    {
    public:
      Product(const std::size_t n_groups, const std::size_t n_rows,
              GroupedRows &result)
          : width(fixed_width > 0 ? fixed_width : result.width), result(result),
            sums(n_groups * width, 0.), last_row(n_groups, -1)
      {
        result.offsets.reserve(n_rows + 1);
      }

      void add(const LocalRows &A, const GroupedRows &factor, const int i)
      {
        const int *const offsets = factor.offsets.data();
        for (PetscInt t = A.offsets[i]; t < A.offsets[i + 1]; ++t)
        {
          const int j = A.columns[t];
          const std::size_t most = n_met + offsets[j + 1] - offsets[j];
          if (met.size() < most)
            met.resize(2 * most);
          for (int k = offsets[j]; k < offsets[j + 1]; ++k)
            add(factor.groups[k], A.values[t], value_of(factor, k));
        }
      }

      /// The same for a factor of which @p only has at most one entry per row.
      void add(const LocalRows &A, const GroupedRows &factor,
               const std::vector<int> &only, const int i)
      {
        const int *const offsets = factor.offsets.data();
        const int begin = A.offsets[i], end = A.offsets[i + 1];
        if (met.size() < n_met + end - begin)
          met.resize(2 * (n_met + end - begin));
        for (int t = begin; t < end; ++t)
        {
          const int j = A.columns[t];
          if (only[j] >= 0)
            add(only[j], A.values[t], value_of(factor, offsets[j]));
        }
      }

      /// The next row of the result, without what is zero to rounding.
      void end_row()
      {
        if (result.groups.size() < n_entries + n_met)
        {
          result.groups.resize(2 * (n_entries + n_met));
          result.values.resize(width * result.groups.size());
        }
        for (std::size_t k = 0; k < n_met; ++k)
        {
          double *const sum = sums.data() + std::size_t(width) * met[k];
          double *const entry = result.values.data() + width * n_entries;
          // Not finite if one of them is not.
          double total = 0;
          for (int s = 0; s < width; ++s)
          {
            total += std::abs(sum[s]);
            entry[s] = sum[s];
            sum[s] = 0;
          }
          result.groups[n_entries] = met[k];
          // True for what is not finite.
          n_entries += !(total <= 1e-14 * size && size <= largest);
        }
        result.offsets.push_back(n_entries);
        n_met = 0;
        size = 0;
        ++row;
      }

      void finish()
      {
        result.groups.resize(n_entries);
        result.values.resize(width * n_entries);
      }

    private:
      const double *value_of(const GroupedRows &factor, const int k) const
      {
        return factor.values.data() + std::size_t(width) * k;
      }

      void add(const int group, const double a, const double *const w)
      {
        double *const sum = sums.data() + std::size_t(width) * group;
        for (int s = 0; s < width; ++s)
        {
          const double term = a * w[s];
          size = std::max(size, std::abs(term));
          sum[s] += term;
        }
        met[n_met] = group;
        n_met += last_row[group] != row;
        last_row[group] = row;
      }

      static constexpr double largest = std::numeric_limits<double>::max();

      const int width;
      GroupedRows &result;
      std::vector<double> sums; ///< of the present row, by group
      std::vector<int> last_row, met;
      std::size_t n_met = 0, n_entries = 0;
      double size = 0; ///< of the terms
      int row = 0;
    };

    template <int width>
    void multiply_rows(const LocalRows &own, const LocalRows *const others,
                       const GroupedRows &W, const GroupedRows &W_of_others,
                       const std::size_t n_groups, GroupedRows &result)
    {
      Product<width> product(n_groups, own.n, result);
      const std::vector<int> only = W.only_groups();
      for (int i = 0; i < own.n; ++i)
      {
        if (only.empty())
          product.add(own, W, i);
        else
          product.add(own, W, only, i);
        if (others)
          product.add(*others, W_of_others, i);
        product.end_row();
      }
      product.finish();
    }
  } // namespace

  void CoarseImages::multiply(Mat A, const GroupedRows &W_of_others)
  {
    Mat own = nullptr, others = nullptr; // parts of the owned rows
    if (n_ranks(reinterpret_cast<PetscObject>(A)) == 1)
      NODAL_PETSC(MatGetDiagonalBlock(A, &own)); // of type mpiaij, too
    else
    {
      const PetscInt *numbers = nullptr;
      NODAL_PETSC(MatMPIAIJGetSeqAIJ(A, &own, &others, &numbers));
    }
    const LocalRows of_own(own);
    const auto of_others =
        others ? std::make_unique<LocalRows>(others) : nullptr;
    AW.width = W.width;
    const auto run = [&](const auto multiply_with)
    {
      multiply_with(of_own, of_others.get(), W, W_of_others, first.size() - 1,
                    AW);
    };
    if (W.width == 1)
      run(multiply_rows<1>);
    else if (W.width == 4)
      run(multiply_rows<4>);
    else if (W.width == 8)
      run(multiply_rows<8>);
    else
      run(multiply_rows<0>);
  }

  CoarseImages::CoarseImages(Mat A, Mat W_matrix)
  {
    PetscInt n = 0;
    NODAL_PETSC(MatGetSize(W_matrix, nullptr, &n));
    first.resize(n + 1);
    std::iota(first.begin(), first.end(), 0);
    GroupedRows W_of_others;
    if (n_ranks(reinterpret_cast<PetscObject>(A)) == 1)
    {
      Mat own = nullptr;
      NODAL_PETSC(MatGetDiagonalBlock(W_matrix, &own));
      W = rows_of(own);
    }
    else
    {
      Mat own = nullptr, others = nullptr;
      const PetscInt *numbers = nullptr;
      PetscInt n_others = 0;
      MatHandle of_W;
      NODAL_PETSC(MatMPIAIJGetSeqAIJ(A, &own, &others, &numbers));
      NODAL_PETSC(MatGetSize(others, nullptr, &n_others));
      NODAL_PETSC(
          MatMPIAIJGetLocalMat(W_matrix, MAT_INITIAL_MATRIX, of_W.put()));
      W = rows_of(of_W);
      W_of_others = fetch_rows(W_matrix, n_others, numbers);
    }
    multiply(A, W_of_others);
  }

  CoarseImages::CoarseImages(Mat A, const AggregateColumns &columns)
  {
    MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(A));
    const int n_groups = columns.n_columns.size();
    first = gather_on_all(columns.n_columns, comm);
    first.insert(first.begin(), 0);
    std::partial_sum(first.begin(), first.end(), first.begin());
    int first_group = 0, width = columns.width;
    MPI_Scan(&n_groups, &first_group, 1, MPI_INT, MPI_SUM, comm);
    first_group -= n_groups;
    std::vector<int> groups = columns.of_row;
    for (int &g : groups)
      g = g >= 0 && columns.n_columns[g] > 0 ? first_group + g : -1;
    W = grouped(groups, width, columns.values);
    GroupedRows W_of_others;
    if (n_ranks(reinterpret_cast<PetscObject>(A)) > 1)
    {
      const GhostValues halo(A);
      // One number of each row.
      const auto fetch = [&](const auto &own, const auto &use)
      {
        double *to = nullptr;
        const double *from = nullptr;
        NODAL_PETSC(VecGetArrayWrite(halo.own, &to));
        for (std::size_t i = 0; i < groups.size(); ++i)
          to[i] = own(i);
        NODAL_PETSC(VecRestoreArrayWrite(halo.own, &to));
        halo.update();
        NODAL_PETSC(VecGetArrayRead(halo.ghosts, &from));
        for (PetscInt i = 0; i < halo.n; ++i)
          use(i, from[i]);
        NODAL_PETSC(VecRestoreArrayRead(halo.ghosts, &from));
      };
      std::vector<int> ghost_groups(halo.n);
      std::vector<double> values(std::size_t(halo.n) * width);
      fetch([&](const std::size_t i) { return groups[i]; },
            [&](const PetscInt i, const double value)
            { ghost_groups[i] = int(value); });
      for (int s = 0; s < width; ++s)
        fetch([&](const std::size_t i)
              { return columns.values[i * width + s]; },
              [&](const PetscInt i, const double value)
              { values[std::size_t(i) * width + s] = value; });
      W_of_others = grouped(ghost_groups, width, values);
    }
    multiply(A, W_of_others);
  }
} // namespace nodal
