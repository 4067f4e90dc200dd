// SPDX-License-Identifier: LGPL-2.1-or-later
#include "small_system.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/gather.h>
#include <nodal/core/registry.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  namespace
  {
    /// The sum of what ranks have for the same entry, in the order of ranks.
    void add_up(std::vector<SmallSystem::Entry> &entries)
    {
      using Entry = SmallSystem::Entry;
      std::stable_sort(entries.begin(), entries.end(),
                       [](const Entry &a, const Entry &b) {
                         return a.row < b.row ||
                                (a.row == b.row && a.column < b.column);
                       });
      std::size_t n = 0;
      for (const Entry &entry : entries)
        if (n > 0 && entries[n - 1].row == entry.row &&
            entries[n - 1].column == entry.column)
          entries[n - 1].value += entry.value;
        else
          entries[n++] = entry;
      entries.resize(n);
    }
  } // namespace

  SmallSystem::SmallSystem(std::vector<Entry> entries, const int n_rows,
                           const std::string &what, MPI_Comm comm)
      : comm(comm), n_rows(n_rows)
  {
    if (size_of(comm) > 1)
    {
      entries = gather_on_all(entries, comm);
      add_up(entries);
    }
    std::vector<PetscInt> offsets(n_rows + 1, 0), columns(entries.size());
    std::vector<double> values(entries.size());
    bool is_finite = true;
    for (std::size_t t = 0; t < entries.size(); ++t)
    {
      is_finite = is_finite && std::isfinite(entries[t].value);
      ++offsets[entries[t].row + 1];
      columns[t] = entries[t].column;
      values[t] = entries[t].value;
    }
    if (!is_finite)
      throw NumericalFailure(what +
                             ": the matrix has entries that are no numbers.");
    std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
    MatHandle matrix;
    NODAL_PETSC(MatCreate(PETSC_COMM_SELF, matrix.put()));
    NODAL_PETSC(MatSetSizes(matrix, n_rows, n_rows, n_rows, n_rows));
    NODAL_PETSC(MatSetType(matrix, MATSEQAIJ));
    NODAL_PETSC(MatSeqAIJSetPreallocationCSR(matrix, offsets.data(),
                                             columns.data(), values.data()));
    NODAL_PETSC(MatSetOption(matrix, MAT_SPD, PETSC_TRUE));
    factorize(matrix, what);
    NODAL_PETSC(MatCreateVecs(matrix, load.put(), solution.put()));
  }

  void SmallSystem::factorize(Mat matrix, const std::string &what)
  {
    inverse = Registry<Preconditioner>::create("cholesky");
    inverse->ignore_run_time_options();
    int has_failed = 0;
    std::string why;
    try
    {
      inverse->update(matrix, true);
    }
    catch (const NumericalFailure &failure)
    {
      has_failed = 1;
      why = failure.what();
    }
    inverse->finish();
    // Ranks may differ in rounding.
    MPI_Allreduce(MPI_IN_PLACE, &has_failed, 1, MPI_INT, MPI_MAX, comm);
    if (has_failed)
      throw NumericalFailure(what + " is singular. " + why);
  }

  void SmallSystem::solve(Vector &x) const
  {
    double *values = nullptr;
    NODAL_PETSC(VecGetArrayWrite(load, &values));
    std::copy(x.begin(), x.end(), values);
    NODAL_PETSC(VecRestoreArrayWrite(load, &values));
    inverse->apply(load, solution);
    const double *result = nullptr;
    NODAL_PETSC(VecGetArrayRead(solution, &result));
    std::copy(result, result + n_rows, x.begin());
    NODAL_PETSC(VecRestoreArrayRead(solution, &result));
  }

  void sum_over_ranks(std::vector<double> &x, MPI_Comm comm)
  {
    if (size_of(comm) > 1)
      MPI_Allreduce(MPI_IN_PLACE, x.data(), x.size(), MPI_DOUBLE, MPI_SUM,
                    comm);
  }
} // namespace nodal
