// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/local_rows.h>
#include <nodal/solver/aggregates.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace nodal
{
  namespace
  {
    /// Couplings of rows, or of sets of them, in compressed rows.
    struct Couplings
    {
      std::vector<int> offsets = {0}, columns;
      std::vector<float> weights;

      int size() const
      {
        return int(offsets.size()) - 1;
      }
    };

    /// The couplings −a_ij of the rows of a matrix as they stand in it: what is
    /// not positive is none.
    class CouplingsOfMatrix
    {
    public:
      explicit CouplingsOfMatrix(const LocalRows &A)
          : offsets(A.offsets), columns(A.columns), weights{A.values}, n(A.n)
      {
      }

      int size() const
      {
        return n;
      }

      struct Negative
      {
        float operator[](const int t) const
        {
          return float(-values[t]);
        }

        const double *values;
      };

      const PetscInt *offsets, *columns;
      Negative weights;

    private:
      int n;
    };

    /// Adds up the couplings of one row after the other.
    class RowSum
    {
    public:
      RowSum(const int n_columns, const int n_rows, const std::size_t n_entries,
             Couplings &result)
          : place(n_columns, -1), result(result)
      {
        result.offsets.reserve(n_rows + 1);
        result.columns.resize(n_entries);
        result.weights.resize(n_entries);
      }

      void add(const int column, const float weight)
      {
        int &at = place[column];
        if (at < begin)
        {
          at = end++;
          result.columns[at] = column;
          result.weights[at] = weight;
        }
        else
          result.weights[at] += weight;
      }

      void end_row()
      {
        begin = end;
        result.offsets.push_back(end);
      }

      /// No rows come any more.
      void finish()
      {
        result.columns.resize(end);
        result.weights.resize(end);
      }

    private:
      std::vector<int> place;
      Couplings &result;
      int begin = 0, end = 0;
    };

    /// Couplings of the blocks of a system.
    Couplings couplings_of_blocks(const LocalRows &A, const int block_size)
    {
      const int n = A.n / block_size;
      Couplings result;
      RowSum sum(n, n, A.offsets[A.n], result);
      for (int i = 0; i < n; ++i)
      {
        for (int row = i * block_size; row < (i + 1) * block_size; ++row)
          for (PetscInt t = A.offsets[row]; t < A.offsets[row + 1]; ++t)
          {
            const int j = A.columns[t] / block_size;
            // Here, signs tell nothing.
            const float weight = std::abs(A.values[t]);
            if (j != i && weight > 0)
              sum.add(j, weight);
          }
        sum.end_row();
      }
      sum.finish();
      return result;
    }

    /// 0 where there is none.
    template <class AnyCouplings>
    float strongest_of(const AnyCouplings &couplings, const int i)
    {
      float result = 0;
      for (int t = couplings.offsets[i]; t < couplings.offsets[i + 1]; ++t)
        result = std::max(result, couplings.weights[t]);
      return result;
    }

    /// Sets of at most @p largest rows, of one or more of those of @p fine,
    /// whose sizes are in @p sizes, before and after. Returns the set of each.
    template <class AnyCouplings>
    std::vector<int> match(const AnyCouplings &fine, const int largest,
                           const float threshold, std::vector<int> &sizes)
    {
      const int n = fine.size();
      std::vector<int> set(n, -1), set_sizes;
      for (int i = 0; i < n; ++i)
      {
        if (set[i] >= 0)
          continue;
        const int begin = fine.offsets[i], end = fine.offsets[i + 1];
        const float weakest = threshold * strongest_of(fine, i);
        // A free neighbour rather than a set that is there.
        int free = -1, taken = -1;
        float free_weight = 0, taken_weight = 0;
        for (int t = begin; t < end; ++t)
        {
          const int j = fine.columns[t];
          const bool is_free = set[j] < 0;
          float &best = is_free ? free_weight : taken_weight;
          const int total = sizes[i] + (is_free ? sizes[j] : set_sizes[set[j]]);
          if (j == i || total > largest || fine.weights[t] <= best ||
              fine.weights[t] < weakest)
            continue;
          best = fine.weights[t];
          (is_free ? free : taken) = j;
        }
        if (free < 0 && taken >= 0)
        {
          set[i] = set[taken];
          set_sizes[set[i]] += sizes[i];
          continue;
        }
        set[i] = set_sizes.size();
        set_sizes.push_back(sizes[i]);
        if (free >= 0)
        {
          set[free] = set[i];
          set_sizes[set[i]] += sizes[free];
        }
      }
      sizes = std::move(set_sizes);
      return set;
    }

    /// Sets of a row and all that is strongly coupled to it, where none of that
    /// is in a set yet; the rest joins the set that it is coupled to most
    /// strongly (Vaněk, Mandel, Brezina, Computing 56, 1996), or is left alone.
    /// Sets are not larger than @p largest. Returns the set of each row.
    template <class AnyCouplings>
    std::vector<int>
    gather_neighbourhoods(const AnyCouplings &fine, const int largest,
                          const float threshold, std::vector<int> &sizes)
    {
      const int n = fine.size();
      std::vector<int> set(n, -1);
      std::vector<float> strong(n, 0);
      sizes.clear();
      for (int i = 0; i < n; ++i)
      {
        const int begin = fine.offsets[i], end = fine.offsets[i + 1];
        // What is stored as zero is no coupling, whatever the threshold.
        strong[i] = std::max(threshold * strongest_of(fine, i),
                             std::numeric_limits<float>::min());
        bool is_free = set[i] < 0;
        int size = 1;
        for (int t = begin; t < end && is_free; ++t)
          if (fine.weights[t] >= strong[i])
          {
            is_free = set[fine.columns[t]] < 0;
            ++size;
          }
        if (!is_free || size > largest)
          continue;
        set[i] = sizes.size();
        for (int t = begin; t < end; ++t)
          if (fine.weights[t] >= strong[i])
            set[fine.columns[t]] = set[i];
        sizes.push_back(size);
      }
      const int n_neighbourhoods = sizes.size();
      for (int i = 0; i < n; ++i)
      {
        if (set[i] >= 0)
          continue;
        float best = 0;
        for (int t = fine.offsets[i]; t < fine.offsets[i + 1]; ++t)
        {
          const int k = set[fine.columns[t]];
          if (k < 0 || k >= n_neighbourhoods || sizes[k] >= largest ||
              fine.weights[t] < std::max(strong[i], best))
            continue;
          best = fine.weights[t];
          set[i] = k;
        }
        if (set[i] >= 0)
          ++sizes[set[i]];
        else
        {
          set[i] = sizes.size();
          sizes.push_back(1);
        }
      }
      return set;
    }

    /// Couplings of the sets @p set of the rows of @p fine.
    template <class AnyCouplings>
    Couplings couplings_of_sets(const AnyCouplings &fine,
                                const std::vector<int> &set, const int n_sets)
    {
      const int n = fine.size();
      std::vector<int> first(n_sets, -1), next(n, -1);
      for (int i = n - 1; i >= 0; --i)
      {
        next[i] = first[set[i]];
        first[set[i]] = i;
      }
      Couplings result;
      RowSum sum(n_sets, n_sets, fine.offsets[n], result);
      for (int k = 0; k < n_sets; ++k)
      {
        for (int i = first[k]; i >= 0; i = next[i])
          for (int t = fine.offsets[i]; t < fine.offsets[i + 1]; ++t)
          {
            const int other = set[fine.columns[t]];
            const float weight = fine.weights[t];
            if (other != k && weight > 0)
              sum.add(other, weight);
          }
        sum.end_row();
      }
      sum.finish();
      return result;
    }

    bool rows_are_long(const LocalRows &A, const int block_size)
    {
      return A.offsets[A.n] > 8. * A.n * block_size;
    }
  } // namespace

  unsigned int automatic_aggregate_size(Mat A)
  {
    PetscInt block_size = 1;
    NODAL_PETSC(MatGetBlockSize(A, &block_size));
    Mat own = nullptr;
    NODAL_PETSC(MatGetDiagonalBlock(A, &own));
    return rows_are_long(LocalRows(own), block_size) ? 80 : 45;
  }

  Aggregates aggregate_by_strength(Mat A, unsigned int size,
                                   const double threshold)
  {
    PetscInt block_size = 1;
    NODAL_PETSC(MatGetBlockSize(A, &block_size));
    Mat own = nullptr; // the block between owned rows and columns
    NODAL_PETSC(MatGetDiagonalBlock(A, &own));
    const LocalRows local(own);
    const int n = local.n / block_size;
    std::vector<int> set, sizes(n, 1);
    std::vector<bool> is_alone(n);
    Couplings couplings;
    // Sets grow to between 2/3 and 4/3 of the size where couplings let them.
    const bool has_long_rows = rows_are_long(local, block_size);
    if (size == 0)
      size = automatic_aggregate_size(A);
    const int largest = std::max(1, int(size) * 4 / 3);
    const auto begin = [&](const auto &first_couplings)
    {
      for (int i = 0; i < n; ++i)
        is_alone[i] = strongest_of(first_couplings, i) == 0;
      // Pairs make the better sets, but a pass costs as much as there are
      // couplings: where rows have many, as in 3d, begin with a few passes
      // less.
      set = has_long_rows ? gather_neighbourhoods(first_couplings, largest / 2,
                                                  threshold, sizes)
                          : match(first_couplings, largest, threshold, sizes);
      couplings = couplings_of_sets(first_couplings, set, sizes.size());
    };
    if (block_size == 1)
      begin(CouplingsOfMatrix(local));
    else
      begin(couplings_of_blocks(local, block_size));
    while (true)
    {
      const int n_before = couplings.size();
      const std::vector<int> joined =
          match(couplings, largest, threshold, sizes);
      if (int(sizes.size()) == n_before)
        break;
      for (int &k : set)
        k = joined[k];
      couplings = couplings_of_sets(couplings, joined, sizes.size());
    }
    // Numbers without the sets of rows that are alone.
    Aggregates result;
    result.of_row.assign(n * block_size, -1);
    std::vector<int> number(sizes.size(), -1);
    for (int i = 0; i < n; ++i)
    {
      if (is_alone[i])
        continue;
      int &k = number[set[i]];
      if (k < 0)
        k = result.n++;
      for (PetscInt c = 0; c < block_size; ++c)
        result.of_row[i * block_size + c] = k;
    }
    return result;
  }
} // namespace nodal
