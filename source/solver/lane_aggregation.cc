// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_aggregation.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace nodal
{
  namespace
  {
    /// Couplings weaker than this share of the diagonals' mean are weak.
    constexpr double threshold = 0.05;

    /// Groups of components of one node: the graph of A(1) by node.
    class Couplings
    {
    public:
      explicit Couplings(const LaneLevel &level)
          : n_components(level.n_components),
            rows(level.n_nodes / level.n_components),
            is_free(rows.size(), false)
      {
        const unsigned int n = level.n;
        for (unsigned int c = 0; c < level.n_cells; ++c)
          for (unsigned int i = 0; i < n; ++i)
            for (unsigned int j = 0; j < n; ++j)
              add(level, c, i, j);
        for (unsigned int i = 0; i < level.n_nodes; ++i)
          is_free[i / n_components] =
              is_free[i / n_components] || !level.is_constrained[i];
      }

      unsigned int size() const
      {
        return rows.size();
      }

      bool free(const unsigned int node) const
      {
        return is_free[node];
      }

      /// Call @p work(j, strength) for the strong neighbours of @p i.
      template <class Work>
      void for_strong(const unsigned int i, const Work &work) const
      {
        for (const auto &[j, value] : rows[i])
          if (j != i && is_free[j])
          {
            const double strength =
                std::abs(value) /
                std::sqrt(std::abs(rows[i].at(i) * rows[j].at(j)));
            if (strength > threshold)
              work(j, strength);
          }
      }

    private:
      void add(const LaneLevel &level, const unsigned int c,
               const unsigned int i, const unsigned int j)
      {
        // The mean over components of the diagonal blocks' entries.
        const unsigned int a = level.cell_nodes[c * level.n + i],
                           b = level.cell_nodes[c * level.n + j];
        if (a % n_components != b % n_components)
          return;
        const std::size_t k = (std::size_t(c) * level.n + i) * level.n + j;
        rows[a / n_components][b / n_components] +=
            level.unit[k] + (level.constant.empty() ? 0 : level.constant[k]);
      }

      const unsigned int n_components;
      std::vector<std::map<unsigned int, double>> rows;
      std::vector<bool> is_free;
    };

    /// The aggregate of every node, -1 for constrained ones; aggregates are
    /// numbered by their first node.
    std::vector<std::int32_t> make_aggregates(const Couplings &couplings,
                                              unsigned int &n_aggregates)
    {
      const unsigned int n = couplings.size();
      std::vector<std::int32_t> seed(n, -1);
      // Nodes whose strong neighbours are all free of others make one.
      for (unsigned int i = 0; i < n; ++i)
      {
        if (!couplings.free(i) || seed[i] >= 0)
          continue;
        bool is_free = true;
        couplings.for_strong(i, [&](const unsigned int j, double)
                             { is_free &= seed[j] < 0; });
        if (!is_free)
          continue;
        seed[i] = i;
        couplings.for_strong(i, [&](const unsigned int j, double)
                             { seed[j] = i; });
      }
      // The others join the strongest of their neighbours.
      const std::vector<std::int32_t> first = seed;
      for (unsigned int i = 0; i < n; ++i)
      {
        if (!couplings.free(i) || seed[i] >= 0)
          continue;
        double strongest = 0;
        couplings.for_strong(i,
                             [&](const unsigned int j, const double strength)
                             {
                               if (first[j] >= 0 && strength > strongest)
                               {
                                 strongest = strength;
                                 seed[i] = first[j];
                               }
                             });
        if (seed[i] < 0)
          seed[i] = i;
      }
      std::map<std::int32_t, std::int32_t> number;
      for (std::int32_t &s : seed)
        if (s >= 0)
          s = number.emplace(s, number.size()).first->second;
      n_aggregates = number.size();
      return seed;
    }

    /// One cell of the coarse level, or none if nothing couples in it.
    class CellMerger
    {
    public:
      CellMerger(const unsigned int n, const double scale) : n(n), scale(scale)
      {
      }

      /// @p nodes are the coarse nodes of the cell's, -1 for constrained.
      bool add(const std::vector<std::int32_t> &nodes, const double *unit,
               const double *constant, LaneLevel &coarse) const
      {
        std::vector<std::int32_t> distinct;
        for (const std::int32_t node : nodes)
          if (node >= 0 && std::find(distinct.begin(), distinct.end(), node) ==
                               distinct.end())
            distinct.push_back(node);
        if (distinct.empty())
          return false;
        const std::vector<double> merged = merge(nodes, distinct, unit);
        const std::vector<double> fixed =
            constant ? merge(nodes, distinct, constant) : std::vector<double>();
        double largest = 0, whole = 0;
        for (unsigned int k = 0; k < n * n; ++k)
        {
          largest = std::max({largest, std::abs(merged[k]),
                              constant ? std::abs(fixed[k]) : 0.});
          whole = std::max(whole, std::abs(unit[k]));
        }
        if (largest < 1e-12 * whole)
          return false;
        coarse.unit.insert(coarse.unit.end(), merged.begin(), merged.end());
        coarse.constant.insert(coarse.constant.end(), fixed.begin(),
                               fixed.end());
        distinct.resize(n, distinct[0]);
        coarse.cell_nodes.insert(coarse.cell_nodes.end(), distinct.begin(),
                                 distinct.end());
        ++coarse.n_cells;
        return true;
      }

    private:
      std::vector<double> merge(const std::vector<std::int32_t> &nodes,
                                const std::vector<std::int32_t> &distinct,
                                const double *K) const
      {
        std::vector<double> result(n * n, 0.);
        const auto index = [&](const std::int32_t node)
        {
          return std::find(distinct.begin(), distinct.end(), node) -
                 distinct.begin();
        };
        for (unsigned int i = 0; i < n; ++i)
          for (unsigned int j = 0; j < n; ++j)
            if (nodes[i] >= 0 && nodes[j] >= 0)
              result[index(nodes[i]) * n + index(nodes[j])] +=
                  scale * K[i * n + j];
        return result;
      }

      const unsigned int n;
      const double scale;
    };
  } // namespace

  LaneLevel aggregate(LaneLevel &fine, const double overcorrection)
  {
    unsigned int n_aggregates = 0;
    const std::vector<std::int32_t> aggregate_of =
        make_aggregates(Couplings(fine), n_aggregates);
    const unsigned int m = fine.n_components, n = fine.n;
    const auto coarse_node = [&](const unsigned int i)
    {
      return fine.is_constrained[i]
                 ? -1
                 : static_cast<int>(aggregate_of[i / m] * m + i % m);
    };

    LaneLevel coarse;
    coarse.n = n;
    coarse.n_components = m;
    coarse.n_nodes = n_aggregates * m;
    // A component all of whose nodes are constrained has no equation.
    coarse.is_constrained.assign(coarse.n_nodes, true);
    fine.offsets = {0};
    for (unsigned int i = 0; i < fine.n_nodes; ++i)
    {
      const int node = coarse_node(i);
      if (node >= 0)
      {
        coarse.is_constrained[node] = false;
        fine.columns.push_back(node);
        fine.weights.push_back(1.);
      }
      fine.offsets.push_back(fine.columns.size());
    }

    const CellMerger merger(n, 1 / overcorrection);
    std::vector<std::int32_t> nodes(n);
    fine.parent.assign(fine.n_cells, -1);
    fine.share.assign(fine.n_cells, 1.);
    for (unsigned int c = 0; c < fine.n_cells; ++c)
    {
      for (unsigned int i = 0; i < n; ++i)
        nodes[i] = coarse_node(fine.cell_nodes[c * n + i]);
      const std::size_t k = std::size_t(c) * n * n;
      if (merger.add(nodes, &fine.unit[k],
                     fine.constant.empty() ? nullptr : &fine.constant[k],
                     coarse))
        fine.parent[c] = coarse.n_cells - 1;
    }
    return coarse;
  }
} // namespace nodal
