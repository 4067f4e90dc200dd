// SPDX-License-Identifier: LGPL-2.1-or-later
#include "group_sums.h"
#include "ghost_values.h"

#include <nodal/core/local_rows.h>

#include <algorithm>
#include <memory>
#include <numeric>

namespace nodal
{
  namespace
  {
    /// Adds up one row of the result after the other.
    class Rows
    {
    public:
      explicit Rows(const std::size_t n_columns) : place(n_columns, -1)
      {
      }

      /// What row @p i of @p A gives, whose column j is in @p groups[j].
      void add(const LocalRows &A, const int i, const std::vector<int> &groups)
      {
        for (PetscInt t = A.offsets[i]; t < A.offsets[i + 1]; ++t)
        {
          const int g = groups[A.columns[t]];
          if (g < 0)
            continue;
          int &at = place[g];
          if (at < offsets.back())
          {
            at = columns.size();
            columns.push_back(g);
            values.push_back(0);
          }
          values[at] += A.values[t];
        }
      }

      void end_row()
      {
        const int begin = offsets.back();
        sorted.clear();
        for (std::size_t t = begin; t < columns.size(); ++t)
          sorted.emplace_back(columns[t], values[t]);
        std::sort(sorted.begin(), sorted.end());
        for (std::size_t t = begin; t < columns.size(); ++t)
          std::tie(columns[t], values[t]) = sorted[t - begin];
        offsets.push_back(columns.size());
      }

      std::vector<PetscInt> offsets = {0}, columns;
      std::vector<double> values;

    private:
      std::vector<int> place; ///< of a column in the present row
      std::vector<std::pair<PetscInt, double>> sorted;
    };

    /// The numbers of groups among those of all ranks, of the rows that this
    /// rank needs of others.
    std::vector<int> groups_of_ghosts(const GhostValues &halo,
                                      const std::vector<int> &numbers)
    {
      double *to = nullptr;
      const double *from = nullptr;
      NODAL_PETSC(VecGetArrayWrite(halo.own, &to));
      std::copy(numbers.begin(), numbers.end(), to);
      NODAL_PETSC(VecRestoreArrayWrite(halo.own, &to));
      halo.update();
      NODAL_PETSC(VecGetArrayRead(halo.ghosts, &from));
      const std::vector<int> result(from, from + halo.n);
      NODAL_PETSC(VecRestoreArrayRead(halo.ghosts, &from));
      return result;
    }
  } // namespace

  MatHandle group_sums(Mat A, const std::vector<int> &group, const int n_groups,
                       const PetscInt block_size)
  {
    MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(A));
    int first = 0, n_all = n_groups;
    MPI_Scan(&n_groups, &first, 1, MPI_INT, MPI_SUM, comm);
    MPI_Allreduce(MPI_IN_PLACE, &n_all, 1, MPI_INT, MPI_SUM, comm);
    first -= n_groups;
    std::vector<int> numbers = group;
    for (int &g : numbers)
      g += g >= 0 ? first : 0;

    // Rows by groups.
    std::vector<int> begin(n_groups + 1, 0), members;
    for (const int g : group)
      if (g >= 0)
        ++begin[g + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    members.resize(begin.back());
    std::vector<int> next(begin.begin(), begin.end() - 1);
    for (std::size_t i = 0; i < group.size(); ++i)
      if (group[i] >= 0)
        members[next[group[i]]++] = i;

    Mat own = nullptr, others = nullptr;
    std::vector<int> numbers_of_others;
    if (n_ranks(reinterpret_cast<PetscObject>(A)) == 1)
      NODAL_PETSC(MatGetDiagonalBlock(A, &own)); // of type mpiaij, too
    else
    {
      NODAL_PETSC(MatMPIAIJGetSeqAIJ(A, &own, &others, nullptr));
      numbers_of_others = groups_of_ghosts(GhostValues(A), numbers);
    }
    Rows rows(n_all);
    {
      const LocalRows of_own(own);
      const auto of_others =
          others ? std::make_unique<LocalRows>(others) : nullptr;
      for (int g = 0; g < n_groups; ++g)
      {
        for (int m = begin[g]; m < begin[g + 1]; ++m)
        {
          rows.add(of_own, members[m], numbers);
          if (others)
            rows.add(*of_others, members[m], numbers_of_others);
        }
        rows.end_row();
      }
    }
    MatHandle result;
    NODAL_PETSC(MatCreate(comm, result.put()));
    NODAL_PETSC(MatSetSizes(result, n_groups, n_groups, n_all, n_all));
    MatType type = nullptr;
    NODAL_PETSC(MatGetType(A, &type));
    NODAL_PETSC(MatSetType(result, type));
    NODAL_PETSC(MatSetBlockSize(result, block_size));
    NODAL_PETSC(MatSeqAIJSetPreallocationCSR(
        result, rows.offsets.data(), rows.columns.data(), rows.values.data()));
    NODAL_PETSC(MatMPIAIJSetPreallocationCSR(
        result, rows.offsets.data(), rows.columns.data(), rows.values.data()));
    return result;
  }
} // namespace nodal
