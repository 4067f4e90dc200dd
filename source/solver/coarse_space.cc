// SPDX-License-Identifier: LGPL-2.1-or-later
#include "coarse_space.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/gather.h>
#include <nodal/core/registry.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace nodal
{
  CoarseSpace::CoarseSpace(Mat A, const CoarseImages &images)
      : comm(PetscObjectComm(reinterpret_cast<PetscObject>(A))),
        n_columns(images.first.back())
  {
    if (n_columns == 0)
      return;
    W = images.W.by_columns(images.first);
    AW = images.AW.by_columns(images.first);
    const MatHandle E = coarse_matrix(images);
    factorize(E);
    NODAL_PETSC(MatCreateVecs(E, load.put(), solution.put()));
  }

  void CoarseSpace::factorize(Mat E)
  {
    inverse = Registry<Preconditioner>::create("cholesky");
    inverse->ignore_run_time_options();
    int has_failed = 0;
    std::string why;
    try
    {
      inverse->update(E, true);
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
      throw NumericalFailure("The coarse space is singular. " + why);
  }

  namespace
  {
    /// Rows of a matrix on every rank, of which several ranks may have a part.
    struct Entry
    {
      int row, column;
      double value;
    };

    /// What the owned rows give to Wᵀ A W, row by row.
    std::vector<Entry> owned_part(const CoarseImages &images,
                                  const SparseColumns &AW)
    {
      const GroupedRows &W = images.W;
      const std::vector<int> &first = images.first;
      const int width = W.width, n_groups = int(first.size()) - 1;
      std::vector<Entry> entries;
      // The blocks of the present rows, width × width, by group.
      std::vector<int> place(n_groups, -1), met;
      std::vector<double> blocks;
      for (std::size_t k = 0; k < AW.numbers.size(); ++k)
      {
        met.clear();
        blocks.clear();
        for (int t = AW.offsets[k]; t < AW.offsets[k + 1]; ++t)
        {
          const int i = AW.rows[t];
          const double *const image = AW.values.data() + std::size_t(width) * t;
          for (int u = W.offsets[i]; u < W.offsets[i + 1]; ++u)
          {
            int &at = place[W.groups[u]];
            if (at < 0)
            {
              at = blocks.size();
              met.push_back(W.groups[u]);
              blocks.resize(blocks.size() + std::size_t(width) * width, 0.);
            }
            const double *const column =
                W.values.data() + std::size_t(width) * u;
            double *const block = blocks.data() + at;
            for (int r = 0; r < width; ++r)
              for (int c = 0; c < width; ++c)
                block[r * width + c] += image[r] * column[c];
          }
        }
        std::sort(met.begin(), met.end());
        for (int r = 0; r < AW.n_columns[k]; ++r)
          for (const int g : met)
            for (int c = first[g]; c < first[g + 1]; ++c)
              entries.push_back(
                  {AW.numbers[k] + r, c,
                   blocks[place[g] + r * width + (c - first[g])]});
        for (const int g : met)
          place[g] = -1;
      }
      return entries;
    }

    /// The sum of what ranks have for the same entry, in the order of ranks.
    void add_up(std::vector<Entry> &entries)
    {
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

  MatHandle CoarseSpace::coarse_matrix(const CoarseImages &images) const
  {
    std::vector<Entry> entries = owned_part(images, AW);
    if (size_of(comm) > 1)
    {
      entries = gather_on_all(entries, comm);
      add_up(entries);
    }
    std::vector<PetscInt> offsets(n_columns + 1, 0), columns(entries.size());
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
      throw NumericalFailure("The matrix has entries that are no numbers.");
    std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
    MatHandle E;
    NODAL_PETSC(MatCreate(PETSC_COMM_SELF, E.put()));
    NODAL_PETSC(MatSetSizes(E, n_columns, n_columns, n_columns, n_columns));
    NODAL_PETSC(MatSetType(E, MATSEQAIJ));
    NODAL_PETSC(MatSeqAIJSetPreallocationCSR(E, offsets.data(), columns.data(),
                                             values.data()));
    NODAL_PETSC(MatSetOption(E, MAT_SPD, PETSC_TRUE));
    return E;
  }

  void CoarseSpace::sum_over_ranks(Vector &coarse) const
  {
    int size = 1;
    MPI_Comm_size(comm, &size);
    if (size > 1)
      MPI_Allreduce(MPI_IN_PLACE, coarse.data(), coarse.size(), MPI_DOUBLE,
                    MPI_SUM, comm);
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

  void CoarseSpace::restrict_to(const double *const x, Vector &coarse) const
  {
    coarse.assign(n_columns, 0.);
    W.products(x, coarse);
    sum_over_ranks(coarse);
  }

  void CoarseSpace::add_columns(const Vector &coarse, double *const x) const
  {
    W.add(coarse, 1, x);
  }

  void CoarseSpace::subtract_images(const Vector &coarse, double *const x) const
  {
    AW.add(coarse, -1, x);
  }

  void CoarseSpace::subtract_products(const double *const x,
                                      Vector &coarse) const
  {
    products.assign(n_columns, 0.);
    AW.products(x, products);
    sum_over_ranks(products);
    for (std::size_t c = 0; c < n_columns; ++c)
      coarse[c] -= products[c];
  }
} // namespace nodal
