// SPDX-License-Identifier: LGPL-2.1-or-later
#include "aggregate_features.h"

#include <nodal/core/local_rows.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace
  {
    /// Directions d ≤ e ≤ ... of all products of @p order coordinates.
    std::vector<std::vector<unsigned int>> products(const unsigned int dim,
                                                    const unsigned int order)
    {
      std::vector<std::vector<unsigned int>> result = {{}};
      for (unsigned int o = 0; o < order; ++o)
      {
        std::vector<std::vector<unsigned int>> longer;
        for (const std::vector<unsigned int> &product : result)
          for (unsigned int d = product.empty() ? 0 : product.back(); d < dim;
               ++d)
          {
            longer.push_back(product);
            longer.back().push_back(d);
          }
        result = std::move(longer);
      }
      return result;
    }

    unsigned int parity_of(const std::vector<unsigned int> &product)
    {
      unsigned int result = 0;
      for (const unsigned int d : product)
        result ^= 1u << d;
      return result;
    }

    /// The products up to order two, in the order of all features.
    std::vector<std::vector<unsigned int>> low_products(const unsigned int dim)
    {
      std::vector<std::vector<unsigned int>> result;
      for (const unsigned int order : {0, 1, 2})
        for (const auto &product : products(dim, order))
          result.push_back(product);
      return result;
    }

    /// Those of order three and four.
    std::vector<std::vector<unsigned int>>
    shape_products(const unsigned int dim)
    {
      std::vector<std::vector<unsigned int>> result;
      for (const unsigned int order : {3, 4})
        for (const auto &product : products(dim, order))
          result.push_back(product);
      return result;
    }

    /// What differs from row to row besides the tensor.
    struct RowFeatures
    {
      std::vector<double> outward; ///< couplings that leave the aggregate
      std::vector<double> sums;    ///< of the entries
      std::vector<double> diagonal;
    };

    /// Entries of several ranks' columns count in the sums.
    RowFeatures features_of_rows(Mat A, const Aggregates &aggregates)
    {
      const std::size_t n = aggregates.of_row.size();
      RowFeatures result{std::vector<double>(n, 0.), std::vector<double>(n, 0.),
                         std::vector<double>(n, 0.)};
      Mat own = nullptr, other = nullptr;
      if (n_ranks(reinterpret_cast<PetscObject>(A)) > 1)
        NODAL_PETSC(MatMPIAIJGetSeqAIJ(A, &own, &other, nullptr));
      else
        NODAL_PETSC(MatGetDiagonalBlock(A, &own));
      {
        const LocalRows rows(own);
        for (std::size_t i = 0; i < n; ++i)
        {
          const int aggregate = aggregates.of_row[i];
          if (aggregate < 0)
            continue;
          double sum = 0, inside = 0;
          for (PetscInt t = rows.offsets[i]; t < rows.offsets[i + 1]; ++t)
          {
            const PetscInt j = rows.columns[t];
            sum += rows.values[t];
            inside += aggregates.of_row[j] == aggregate ? rows.values[t] : 0;
            if (j == PetscInt(i))
              result.diagonal[i] = rows.values[t];
          }
          result.sums[i] = sum;
          result.outward[i] = inside - sum;
        }
      }
      if (!other)
        return result;
      const LocalRows rows(other);
      for (std::size_t i = 0; i < n; ++i)
        for (PetscInt t = rows.offsets[i]; t < rows.offsets[i + 1]; ++t)
        {
          result.sums[i] += rows.values[t];
          result.outward[i] -= rows.values[t];
        }
      return result;
    }

    /// Two doubles at once, to be read where doubles are in memory.
    typedef double Two __attribute__((vector_size(16), may_alias));

    /// Sums over the members of an aggregate, with sizes that are known when
    /// this is compiled.
    template <int dim>
    struct Moments
    {
      static constexpr int n_pairs = dim * (dim + 1) / 2,
                           n_low = 1 + dim + n_pairs, n_weights = n_pairs + 3,
                           n_thirds = n_pairs * (dim + 2) / 3,
                           n_fourths = n_thirds * (dim + 3) / 4;

      double shape[n_thirds + n_fourths] = {};
      Two weighted[n_weights][n_low / 2] = {};

      void add(const double *const x, const double (&weights)[n_weights])
      {
        alignas(Two) double low[n_low];
        double thirds[n_thirds];
        low[0] = 1;
        int pair = 1 + dim, third = 0, fourth = n_thirds;
        for (int a = 0; a < dim; ++a)
        {
          low[1 + a] = x[a];
          for (int b = a; b < dim; ++b)
          {
            low[pair++] = x[a] * x[b];
            for (int c = b; c < dim; ++c)
            {
              thirds[third] = x[a] * x[b] * x[c];
              for (int d = c; d < dim; ++d)
                shape[fourth++] += thirds[third] * x[d];
              ++third;
            }
          }
        }
        for (int k = 0; k < n_thirds; ++k)
          shape[k] += thirds[k];
        const Two *const pairs_of_low = reinterpret_cast<const Two *>(low);
        for (int w = 0; w < n_weights; ++w)
          for (int k = 0; k < n_low / 2; ++k)
            weighted[w][k] += weights[w] * pairs_of_low[k];
      }
    };

    template <int dim>
    void compute(const RowFeatures &of_row, const LocalFrames &frames,
                 std::vector<float> &values)
    {
      using Sums = Moments<dim>;
      const RowsOfAggregates &members = frames.members;
      float *result = values.data();
      for (std::size_t k = 0; k + 1 < members.offsets.size(); ++k)
      {
        const int begin = members.offsets[k], end = members.offsets[k + 1];
        const double n_here = end - begin;
        double diagonal = 0;
        for (int m = begin; m < end; ++m)
          diagonal += of_row.diagonal[members.rows[m]] / n_here;
        Sums sums;
        for (int m = begin; m < end; ++m)
        {
          const int row = members.rows[m];
          const double *tensor =
              &frames.tensors[m * std::size_t(Sums::n_pairs)];
          double weights[Sums::n_weights], trace = 0;
          for (int d = 0, pair = 0; d < dim; ++d)
            for (int e = d; e < dim; ++e, ++pair)
            {
              weights[pair] = n_here * tensor[pair];
              if (e == d)
                trace += weights[pair];
            }
          constexpr double smallest = 1e-6;
          weights[Sums::n_pairs] =
              std::log(float(std::max(trace / dim, smallest)));
          weights[Sums::n_pairs + 1] = of_row.outward[row] / diagonal;
          weights[Sums::n_pairs + 2] = of_row.sums[row] / diagonal;
          sums.add(&frames.positions[m * std::size_t(dim)], weights);
        }
        *result++ = std::log(n_here);
        for (int d = 0; d < dim; ++d)
          *result++ =
              std::log(std::max(frames.extents[k * dim + d] * diagonal, 1e-12));
        for (const double moment : sums.shape)
          *result++ = moment / n_here;
        for (const auto &moments : sums.weighted)
          for (const Two &pair : moments)
          {
            *result++ = pair[0] / n_here;
            *result++ = pair[1] / n_here;
          }
      }
    }
  } // namespace

  unsigned int AggregateFeatures::number(const unsigned int dim)
  {
    return parities(dim).size();
  }

  std::vector<unsigned int> AggregateFeatures::parities(const unsigned int dim)
  {
    std::vector<unsigned int> result(1 + dim, 0);
    for (const auto &product : shape_products(dim))
      result.push_back(parity_of(product));
    const auto low = low_products(dim);
    for (const auto &pair : products(dim, 2))
      for (const auto &product : low)
        result.push_back(parity_of(pair) ^ parity_of(product));
    for (unsigned int weight = 0; weight < 3; ++weight)
      for (const auto &product : low)
        result.push_back(parity_of(product));
    return result;
  }

  std::vector<unsigned int>
  AggregateFeatures::parities_of_terms(const unsigned int dim)
  {
    std::vector<unsigned int> result;
    for (const auto &product : low_products(dim))
      if (!product.empty())
        result.push_back(parity_of(product));
    return result;
  }

  AggregateFeatures::AggregateFeatures(Mat A, const Aggregates &aggregates,
                                       const LocalFrames &frames)
      : n(aggregates.n)
  {
    values.resize(std::size_t(n) * number(frames.dim));
    const RowFeatures of_row = features_of_rows(A, aggregates);
    if (frames.dim == 2)
      compute<2>(of_row, frames, values);
    else
      compute<3>(of_row, frames, values);
  }
} // namespace nodal
