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

    /// Products of coordinates of given orders, one order after the other.
    struct Monomials
    {
      Monomials(const unsigned int dim, const std::vector<unsigned int> &orders)
      {
        for (const unsigned int order : orders)
          for (const auto &product : products(dim, order))
            factors.push_back(product);
      }

      void evaluate(const double *const x, double *result) const
      {
        for (const std::vector<unsigned int> &product : factors)
        {
          double value = 1;
          for (const unsigned int d : product)
            value *= x[d];
          *result++ = value;
        }
      }

      std::vector<std::vector<unsigned int>> factors;
    };

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
      Mat own = A, other = nullptr;
      if (n_ranks(reinterpret_cast<PetscObject>(A)) > 1)
        NODAL_PETSC(MatMPIAIJGetSeqAIJ(A, &own, &other, nullptr));
      {
        const LocalRows rows(own);
        for (std::size_t i = 0; i < n; ++i)
          for (PetscInt t = rows.offsets[i]; t < rows.offsets[i + 1]; ++t)
          {
            const std::size_t j = rows.columns[t];
            result.sums[i] += rows.values[t];
            if (j == i)
              result.diagonal[i] = rows.values[t];
            else if (aggregates.of_row[j] != aggregates.of_row[i])
              result.outward[i] -= rows.values[t];
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

    /// The features that are moments of positions alone.
    const std::vector<unsigned int> shape_orders = {3, 4};
  } // namespace

  unsigned int AggregateFeatures::number(const unsigned int dim)
  {
    return parities(dim).size();
  }

  std::vector<unsigned int> AggregateFeatures::parities(const unsigned int dim)
  {
    std::vector<unsigned int> result(1 + dim, 0);
    for (const auto &product : Monomials(dim, shape_orders).factors)
      result.push_back(parity_of(product));
    const Monomials low(dim, {0, 1, 2});
    for (const auto &pair : products(dim, 2))
      for (const auto &product : low.factors)
        result.push_back(parity_of(pair) ^ parity_of(product));
    for (unsigned int weight = 0; weight < 3; ++weight)
      for (const auto &product : low.factors)
        result.push_back(parity_of(product));
    return result;
  }

  std::vector<unsigned int>
  AggregateFeatures::parities_of_terms(const unsigned int dim)
  {
    std::vector<unsigned int> result;
    for (const auto &product : Monomials(dim, {1, 2}).factors)
      result.push_back(parity_of(product));
    return result;
  }

  AggregateFeatures::AggregateFeatures(Mat A, const Aggregates &aggregates,
                                       const LocalFrames &frames)
      : n(aggregates.n)
  {
    const unsigned int dim = frames.dim, n_pairs = frames.n_pairs(),
                       n_features = number(dim);
    const RowFeatures of_row = features_of_rows(A, aggregates);
    const Monomials shape(dim, shape_orders), low(dim, {0, 1, 2});
    const unsigned int n_shape = shape.factors.size(),
                       n_low = low.factors.size();
    std::vector<double> moments(n_features), monomials(n_shape + n_low),
        weights(n_pairs + 3);
    values.resize(std::size_t(n) * n_features);
    const RowsOfAggregates &members = frames.members;
    for (unsigned int k = 0; k < n; ++k)
    {
      const int begin = members.offsets[k], end = members.offsets[k + 1];
      const double n_here = end - begin;
      double diagonal = 0;
      for (int m = begin; m < end; ++m)
        diagonal += of_row.diagonal[members.rows[m]] / n_here;
      std::fill(moments.begin(), moments.end(), 0.);
      for (int m = begin; m < end; ++m)
      {
        const int row = members.rows[m];
        const double *const x = &frames.positions[m * std::size_t(dim)];
        shape.evaluate(x, monomials.data());
        low.evaluate(x, monomials.data() + n_shape);
        double trace = 0;
        const double *tensor = &frames.tensors[m * std::size_t(n_pairs)];
        for (unsigned int d = 0, pair = 0; d < dim; ++d)
          for (unsigned int e = d; e < dim; ++e, ++pair)
          {
            weights[pair] = n_here * tensor[pair];
            if (e == d)
              trace += weights[pair];
          }
        constexpr double smallest = 1e-6;
        weights[n_pairs] = std::log(std::max(trace / dim, smallest));
        weights[n_pairs + 1] = of_row.outward[row] / diagonal;
        weights[n_pairs + 2] = of_row.sums[row] / diagonal;
        double *moment = moments.data() + 1 + dim;
        for (unsigned int s = 0; s < n_shape; ++s)
          *moment++ += monomials[s];
        for (const double weight : weights)
          for (unsigned int s = 0; s < n_low; ++s)
            *moment++ += weight * monomials[n_shape + s];
      }
      float *const result = &values[std::size_t(k) * n_features];
      result[0] = std::log(n_here);
      for (unsigned int d = 0; d < dim; ++d)
        result[1 + d] = std::log(std::max(
            frames.extents[k * std::size_t(dim) + d] * diagonal, 1e-12));
      for (unsigned int f = 1 + dim; f < n_features; ++f)
        result[f] = moments[f] / n_here;
    }
  }
} // namespace nodal
