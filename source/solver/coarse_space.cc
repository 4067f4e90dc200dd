// SPDX-License-Identifier: LGPL-2.1-or-later
#include "coarse_space.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/gather.h>
#include <nodal/core/local_rows.h>
#include <nodal/core/registry.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace nodal
{
  /// Rows with global columns.
  struct CoarseSpace::Rows
  {
    Rows() = default;

    explicit Rows(const LocalRows &all)
        : offsets(all.offsets, all.offsets + all.n + 1),
          columns(all.columns, all.columns + all.offsets[all.n]),
          values(all.values, all.values + all.offsets[all.n])
    {
    }

    int size() const
    {
      return int(offsets.size()) - 1;
    }

    /// The column of the only entry of each row, -1 if it has none; empty if a
    /// row has more.
    std::vector<int> only_columns() const
    {
      std::vector<int> result(size(), -1);
      for (int i = 0; i < size(); ++i)
      {
        if (offsets[i + 1] > offsets[i] + 1)
          return {};
        if (offsets[i + 1] > offsets[i])
          result[i] = columns[offsets[i]];
      }
      return result;
    }

    std::vector<int> offsets = {0}, columns;
    std::vector<double> values;
  };

  namespace
  {
    /// The rows @p wanted of @p W, which other ranks own. Collective.
    MatHandle fetch_rows(Mat W, const PetscInt n_wanted, const PetscInt *wanted)
    {
      PetscInt n_columns = 0;
      NODAL_PETSC(MatGetSize(W, nullptr, &n_columns));
      IS rows = nullptr, columns = nullptr;
      Mat *result = nullptr;
      NODAL_PETSC(ISCreateGeneral(PETSC_COMM_SELF, n_wanted, wanted,
                                  PETSC_COPY_VALUES, &rows));
      NODAL_PETSC(ISCreateStride(PETSC_COMM_SELF, n_columns, 0, 1, &columns));
      NODAL_PETSC(MatCreateSubMatrices(W, 1, &rows, &columns,
                                       MAT_INITIAL_MATRIX, &result));
      MatHandle kept;
      NODAL_PETSC(PetscObjectReference(reinterpret_cast<PetscObject>(*result)));
      *kept.put() = *result;
      NODAL_PETSC(MatDestroySubMatrices(1, &result));
      NODAL_PETSC(ISDestroy(&rows));
      NODAL_PETSC(ISDestroy(&columns));
      return kept;
    }
  } // namespace

  /// Adds up the rows of A W. What branches there would be go either way about
  /// as often, so that there are none.
  class CoarseSpace::Sum
  {
  public:
    Sum(const std::size_t n_columns, const std::size_t n_rows, Rows &result)
        : result(result), sums(n_columns, 0.), last_row(n_columns, -1)
    {
      result.offsets.reserve(n_rows + 1);
    }

    void add(const LocalRows &A, const Rows &factor, const int i)
    {
      const int *const offsets = factor.offsets.data();
      for (PetscInt t = A.offsets[i]; t < A.offsets[i + 1]; ++t)
      {
        const int j = A.columns[t];
        const std::size_t most = n_met + offsets[j + 1] - offsets[j];
        if (met.size() < most)
          met.resize(2 * most);
        for (int k = offsets[j]; k < offsets[j + 1]; ++k)
          add(factor.columns[k], A.values[t] * factor.values[k]);
      }
    }

    /// The same for a factor of which @p only has at most one entry per row.
    void add(const LocalRows &A, const Rows &factor,
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
          add(only[j], A.values[t] * factor.values[offsets[j]]);
      }
    }

    /// The next row of the result, without what is zero to rounding.
    void end_row()
    {
      if (result.columns.size() < n_entries + n_met)
      {
        result.columns.resize(2 * (n_entries + n_met));
        result.values.resize(2 * (n_entries + n_met));
      }
      for (std::size_t k = 0; k < n_met; ++k)
      {
        double &sum = sums[met[k]];
        result.columns[n_entries] = met[k];
        result.values[n_entries] = sum;
        // True for what is not finite.
        n_entries += !(std::abs(sum) <= 1e-14 * size && size <= largest);
        sum = 0;
      }
      result.offsets.push_back(n_entries);
      n_met = 0;
      size = 0;
      ++row;
    }

    void finish()
    {
      result.columns.resize(n_entries);
      result.values.resize(n_entries);
    }

  private:
    void add(const int column, const double term)
    {
      size = std::max(size, std::abs(term));
      sums[column] += term;
      met[n_met] = column;
      n_met += last_row[column] != row;
      last_row[column] = row;
    }

    static constexpr double largest = std::numeric_limits<double>::max();

    Rows &result;
    std::vector<double> sums; ///< of the present row, by column
    std::vector<int> last_row, met;
    std::size_t n_met = 0, n_entries = 0;
    double size = 0; ///< of the terms
    int row = 0;
  };

  /// The rows of A W, one after the other.
  class CoarseSpace::Product
  {
  public:
    Product(Mat A, Mat W_matrix)
    {
      if (n_ranks(reinterpret_cast<PetscObject>(A)) == 1)
      {
        // Of type mpiaij, too.
        Mat own_of_W = nullptr;
        NODAL_PETSC(MatGetDiagonalBlock(A, &own));
        NODAL_PETSC(MatGetDiagonalBlock(W_matrix, &own_of_W));
        W = Rows(LocalRows(own_of_W));
        return;
      }
      const PetscInt *numbers = nullptr;
      PetscInt n_others = 0;
      MatHandle of_W;
      NODAL_PETSC(MatMPIAIJGetSeqAIJ(A, &own, &others, &numbers));
      NODAL_PETSC(MatGetSize(others, nullptr, &n_others));
      NODAL_PETSC(
          MatMPIAIJGetLocalMat(W_matrix, MAT_INITIAL_MATRIX, of_W.put()));
      W = Rows(LocalRows(of_W));
      W_of_others = Rows(LocalRows(fetch_rows(W_matrix, n_others, numbers)));
    }

    /// Entries that are zero to rounding, as a constant gives them in rows of a
    /// Laplacian, are left out.
    Rows rows(const std::size_t n_columns) const
    {
      const LocalRows of_own(own);
      const auto of_others =
          others ? std::make_unique<LocalRows>(others) : nullptr;
      Rows result;
      Sum sum(n_columns, of_own.n, result);
      const std::vector<int> only = W.only_columns();
      for (int i = 0; i < of_own.n; ++i)
      {
        if (only.empty())
          sum.add(of_own, W, i);
        else
          sum.add(of_own, W, only, i);
        if (of_others)
          sum.add(*of_others, W_of_others, i);
        sum.end_row();
      }
      sum.finish();
      return result;
    }

    Rows W; ///< owned rows

  private:
    Mat own = nullptr, others = nullptr; ///< parts of the owned rows of A
    Rows W_of_others;
  };

  SparseColumns CoarseSpace::by_columns(const Rows &rows,
                                        const std::size_t n_columns)
  {
    std::vector<int> begin(n_columns + 1, 0);
    for (const int c : rows.columns)
      ++begin[c + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    SparseColumns result;
    result.rows.resize(rows.columns.size());
    result.values.resize(rows.columns.size());
    std::vector<int> next = begin;
    for (int i = 0; i < rows.size(); ++i)
      for (int t = rows.offsets[i]; t < rows.offsets[i + 1]; ++t)
      {
        const int at = next[rows.columns[t]]++;
        result.rows[at] = i;
        result.values[at] = rows.values[t];
      }
    for (std::size_t c = 0; c < n_columns; ++c)
      if (begin[c + 1] > begin[c])
      {
        result.numbers.push_back(c);
        result.offsets.push_back(begin[c + 1]);
      }
    return result;
  }

  CoarseSpace::CoarseSpace(Mat A, Mat W_matrix)
      : comm(PetscObjectComm(reinterpret_cast<PetscObject>(A)))
  {
    PetscInt n = 0;
    NODAL_PETSC(MatGetSize(W_matrix, nullptr, &n));
    n_columns = n;
    if (n_columns == 0)
      return;
    const Product product(A, W_matrix);
    W = by_columns(product.W, n_columns);
    AW = by_columns(product.rows(n_columns), n_columns);
    const MatHandle E = coarse_matrix(product.W);
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

  MatHandle CoarseSpace::coarse_matrix(const Rows &of_W) const
  {
    struct Entry
    {
      int row, column;
      double value;
    };
    // What the owned rows give to E, row by row: it is symmetric.
    std::vector<Entry> entries;
    std::vector<int> place(n_columns, -1);
    for (std::size_t k = 0; k < AW.numbers.size(); ++k)
    {
      const int begin = entries.size();
      for (int t = AW.offsets[k]; t < AW.offsets[k + 1]; ++t)
      {
        const int i = AW.rows[t];
        for (int u = of_W.offsets[i]; u < of_W.offsets[i + 1]; ++u)
        {
          int &at = place[of_W.columns[u]];
          if (at < begin)
          {
            at = entries.size();
            entries.push_back({AW.numbers[k], of_W.columns[u], 0.});
          }
          entries[at].value += AW.values[t] * of_W.values[u];
        }
      }
    }
    entries = gather_on_all(entries, comm);
    // By rows. Several ranks may give to one entry.
    std::vector<PetscInt> offsets(n_columns + 1, 0), columns(entries.size());
    std::vector<double> values(entries.size());
    bool is_finite = true;
    for (const Entry &entry : entries)
    {
      is_finite = is_finite && std::isfinite(entry.value);
      ++offsets[entry.row + 1];
    }
    if (!is_finite)
      throw NumericalFailure("The matrix has entries that are no numbers.");
    std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
    std::vector<PetscInt> next(offsets.begin(), offsets.end() - 1);
    for (const Entry &entry : entries)
    {
      columns[next[entry.row]] = entry.column;
      values[next[entry.row]++] = entry.value;
    }
    for (std::size_t row = 0; row < n_columns; ++row)
      next[row] =
          std::min<PetscInt>(offsets[row + 1] - offsets[row], n_columns);
    MatHandle E;
    NODAL_PETSC(MatCreateSeqAIJ(PETSC_COMM_SELF, n_columns, n_columns, 0,
                                next.data(), E.put()));
    for (PetscInt row = 0; row < PetscInt(n_columns); ++row)
      NODAL_PETSC(MatSetValues(E, 1, &row, offsets[row + 1] - offsets[row],
                               &columns[offsets[row]], &values[offsets[row]],
                               ADD_VALUES));
    NODAL_PETSC(MatAssemblyBegin(E, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(MatAssemblyEnd(E, MAT_FINAL_ASSEMBLY));
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
