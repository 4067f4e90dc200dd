// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fsai_features.h"

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace fsai_features
  {
    namespace
    {
      /// Of the couplings |â_ij| of a row.
      struct Couplings
      {
        double largest = 0, sum = 0, below = 0, squares = 0;
        double largest_inside = 0, inside = 0; ///< of its aggregate
      };

      /// Of the diagonal: 1 / √a_ii.
      std::vector<double> inverse_roots(const FsaiLevel &level)
      {
        std::vector<double> result(level.diagonal.size());
        std::transform(level.diagonal.begin(), level.diagonal.end(),
                       result.begin(),
                       [](const double a) { return 1 / std::sqrt(a); });
        return result;
      }

      std::vector<Couplings> couplings(const FsaiLevel &level,
                                       const std::vector<double> &inverse_root)
      {
        std::vector<Couplings> result(level.n_rows());
        const bool has_groups = !level.group.empty();
        for (int i = 0; i < level.n_rows(); ++i)
        {
          Couplings &here = result[i];
          for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
          {
            const int j = level.columns[t];
            if (j == i)
              continue;
            const double a =
                std::abs(level.values[t]) * inverse_root[i] * inverse_root[j];
            here.largest = std::max(here.largest, a);
            here.sum += a;
            here.squares += a * a;
            if (j < i)
              here.below += a;
            if (has_groups && level.group[i] >= 0 &&
                level.group[i] == level.group[j])
            {
              here.inside += a;
              here.largest_inside = std::max(here.largest_inside, a);
            }
          }
        }
        return result;
      }
    } // namespace

    std::vector<float> of_rows(const FsaiLevel &level)
    {
      const std::vector<double> inverse_root = inverse_roots(level);
      const std::vector<Couplings> rows = couplings(level, inverse_root);
      std::vector<int> sizes(level.n_groups, 0);
      for (const int g : level.group)
        if (g >= 0)
          ++sizes[g];
      std::vector<float> result;
      result.reserve(rows.size() * n_of_row);
      for (int i = 0; i < level.n_rows(); ++i)
      {
        const Couplings &here = rows[i];
        const int size = level.group[i] >= 0 ? sizes[level.group[i]] : 1;
        for (const double value :
             {here.largest, here.sum, level.sums[i] / level.diagonal[i],
              here.inside, here.largest_inside, here.sum - here.inside,
              here.squares, std::log(double(size)), level.depth > 0 ? 1. : 0.})
          result.push_back(value);
      }
      return result;
    }

    std::vector<float> of_entries(const FsaiLevel &level)
    {
      const std::vector<double> inverse_root = inverse_roots(level);
      const std::vector<Couplings> rows = couplings(level, inverse_root);
      // Of rows of ĝ: the sum below the diagonal, and the diagonal.
      std::vector<double> below(level.n_rows(), 0.), diagonal(level.n_rows());
      for (int i = 0; i < level.n_rows(); ++i)
        for (int t = level.lower_offsets[i]; t < level.lower_offsets[i + 1];
             ++t)
        {
          const int j = level.lower_columns[t];
          const double g = level.G[t] / inverse_root[j];
          if (j == i)
            diagonal[i] = g;
          else
            below[i] += std::abs(g);
        }
      std::vector<float> result;
      result.reserve(level.G.size() * n_of_entry);
      for (int i = 0; i < level.n_rows(); ++i)
      {
        // The entries of A below the diagonal come in the same order.
        int in_A = level.offsets[i];
        for (int t = level.lower_offsets[i]; t < level.lower_offsets[i + 1];
             ++t)
        {
          const int j = level.lower_columns[t];
          while (level.columns[in_A] < j)
            ++in_A;
          const bool is_diagonal = j == i;
          const double a = level.values[in_A] * inverse_root[i] *
                           inverse_root[j],
                       g = level.G[t] / inverse_root[j];
          const auto relative_sum = [&](const int row)
          { return level.sums[row] / level.diagonal[row]; };
          for (const double value :
               {is_diagonal ? 1. : 0., is_diagonal ? 0. : a,
                is_diagonal ? 0. : g, rows[i].largest, rows[j].largest,
                rows[i].sum, rows[j].sum, rows[i].below, rows[j].below,
                relative_sum(i), relative_sum(j), below[i], below[j],
                diagonal[i], diagonal[j], level.depth > 0 ? 1. : 0.})
            result.push_back(value);
        }
      }
      return result;
    }
  } // namespace fsai_features
} // namespace nodal
