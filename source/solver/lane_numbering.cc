// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_numbering.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace nodal
{
  namespace
  {
    /// Points of @p level, without components, in the order of fronts.
    class Fronts
    {
    public:
      explicit Fronts(const LaneLevel &level)
          : level(level), n(level.n_nodes / level.n_components), cells_of(n),
            is_placed(n, false)
      {
        find_directions();
        for (unsigned int c = 0; c < level.n_cells; ++c)
          for (unsigned int i = 0; i < level.n; ++i)
          {
            std::vector<unsigned int> &cells = cells_of[node(c, i)];
            if (cells.empty() || cells.back() != c)
              cells.push_back(c);
          }
        add_first();
        for (unsigned int next = 0; next < order.size(); ++next)
        {
          add_neighbours(order[next]);
          if (next + 1 == order.size())
            add_first_of_others();
        }
      }

      std::vector<unsigned int> order;

    private:
      unsigned int node(const unsigned int c, const unsigned int i) const
      {
        return level.cell_nodes[std::size_t(c) * level.n + i] /
               level.n_components;
      }

      /// Coordinate @p d of a node, of the longest extent first.
      double at(const unsigned int i, const unsigned int d) const
      {
        return level.points[std::size_t(i) * level.n_components * level.dim +
                            directions[d]];
      }

      bool precedes(const unsigned int a, const unsigned int b) const
      {
        for (unsigned int d = 1; d < level.dim; ++d)
          if (at(a, d) != at(b, d))
            return at(a, d) < at(b, d);
        return a < b;
      }

      void find_directions()
      {
        std::array<double, 3> extent = {};
        std::iota(directions.begin(), directions.end(), 0);
        for (unsigned int d = 0; d < level.dim; ++d)
        {
          double low = std::numeric_limits<double>::max(), high = -low;
          for (unsigned int i = 0; i < n; ++i)
          {
            low = std::min(low, at(i, d));
            high = std::max(high, at(i, d));
          }
          extent[d] = high - low;
        }
        std::stable_sort(directions.begin(), directions.begin() + level.dim,
                         [&](const unsigned int a, const unsigned int b)
                         { return extent[a] > extent[b]; });
        length = extent[directions[0]];
      }

      void place(const unsigned int i)
      {
        is_placed[i] = true;
        order.push_back(i);
      }

      /// The side from which fronts start: nodes of the end of the mesh.
      void add_first()
      {
        double low = std::numeric_limits<double>::max();
        for (unsigned int i = 0; i < n; ++i)
          low = std::min(low, at(i, 0));
        std::vector<unsigned int> first;
        for (unsigned int i = 0; i < n; ++i)
          if (at(i, 0) <= low + 1e-6 * length)
            first.push_back(i);
        std::sort(first.begin(), first.end(),
                  [&](const unsigned int a, const unsigned int b)
                  { return precedes(a, b); });
        for (const unsigned int i : first)
          place(i);
      }

      /// Where the mesh has another part, or a node without cells.
      void add_first_of_others()
      {
        for (; first_other < n; ++first_other)
          if (!is_placed[first_other])
          {
            place(first_other);
            return;
          }
      }

      void add_neighbours(const unsigned int i)
      {
        std::vector<unsigned int> found;
        for (const unsigned int c : cells_of[i])
          for (unsigned int k = 0; k < level.n; ++k)
            if (!is_placed[node(c, k)])
            {
              is_placed[node(c, k)] = true;
              found.push_back(node(c, k));
            }
        std::sort(found.begin(), found.end(),
                  [&](const unsigned int a, const unsigned int b)
                  { return precedes(a, b); });
        order.insert(order.end(), found.begin(), found.end());
      }

      const LaneLevel &level;
      const unsigned int n;
      std::array<unsigned int, 3> directions;
      double length = 0;
      std::vector<std::vector<unsigned int>> cells_of;
      std::vector<bool> is_placed;
      unsigned int first_other = 0;
    };
  } // namespace

  std::vector<std::int32_t> number_by_fronts(const LaneLevel &level)
  {
    std::vector<std::int32_t> number(level.n_nodes);
    std::iota(number.begin(), number.end(), 0);
    if (level.points.empty())
      return number;
    const Fronts fronts(level);
    const unsigned int m = level.n_components;
    for (unsigned int k = 0; k < fronts.order.size(); ++k)
      for (unsigned int c = 0; c < m; ++c)
        number[fronts.order[k] * m + c] = k * m + c;
    return number;
  }

  void renumber(LaneFamily &family, const std::size_t l,
                const std::vector<std::int32_t> &number)
  {
    LaneLevel &level = family.levels[l];
    const LaneLevel old = level;
    for (std::int32_t &node : level.cell_nodes)
      node = number[node];
    std::vector<std::int32_t> old_of(level.n_nodes);
    for (unsigned int i = 0; i < level.n_nodes; ++i)
    {
      old_of[number[i]] = i;
      level.is_constrained[number[i]] = old.is_constrained[i];
      if (!old.nodes.ids.empty())
        level.nodes.ids[number[i]] = old.nodes.ids[i];
      if (!old.points.empty())
        std::copy_n(&old.points[std::size_t(i) * level.dim], level.dim,
                    &level.points[std::size_t(number[i]) * level.dim]);
    }
    if (l > 0)
      for (std::int32_t &column : family.levels[l - 1].columns)
        column = number[column];
    if (old.offsets.empty())
      return;
    level.columns.clear();
    level.weights.clear();
    for (unsigned int i = 0; i < level.n_nodes; ++i)
    {
      level.offsets[i] = level.columns.size();
      for (std::int32_t k = old.offsets[old_of[i]];
           k < old.offsets[old_of[i] + 1]; ++k)
      {
        level.columns.push_back(old.columns[k]);
        level.weights.push_back(old.weights[k]);
      }
    }
    level.offsets[level.n_nodes] = level.columns.size();
  }
} // namespace nodal
