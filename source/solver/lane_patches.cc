// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_patches.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace nodal
{
  namespace
  {
    /// The place of the coupling of nodes @p i and @p j of a cell.
    int pair_of(int i, int j, const int n)
    {
      if (i > j)
        std::swap(i, j);
      return i * n - i * (i + 1) / 2 + j - i - 1;
    }

    bool is_same_point(const LaneLevel &a, const std::int32_t i,
                       const LaneLevel &b, const std::int32_t j,
                       const double size)
    {
      for (unsigned int d = 0; d < a.dim; ++d)
        if (std::abs(a.points[i * a.dim + d] - b.points[j * b.dim + d]) >
            1e-9 * size)
          return false;
      return true;
    }

    /// The node that all of @p cells have and none of @p others, or -1.
    std::int32_t common_node(const LaneLevel &level,
                             const std::vector<std::int32_t> &cells,
                             const std::vector<std::int32_t> &others)
    {
      const auto has = [&](const std::int32_t cell, const std::int32_t node)
      {
        const auto begin = level.cell_nodes.begin() + cell * int(level.n);
        return std::find(begin, begin + level.n, node) != begin + level.n;
      };
      std::int32_t found = -1;
      for (unsigned int i = 0; i < level.n; ++i)
      {
        const std::int32_t node = level.cell_nodes[cells[0] * level.n + i];
        if (std::all_of(cells.begin(), cells.end(),
                        [&](const std::int32_t c) { return has(c, node); }) &&
            std::none_of(others.begin(), others.end(),
                         [&](const std::int32_t c) { return has(c, node); }))
        {
          if (found >= 0)
            return -1;
          found = node;
        }
      }
      return found;
    }
  } // namespace

  std::unique_ptr<LanePatches> LanePatches::find(const LaneLevel &fine,
                                                 const LaneLevel &coarse,
                                                 const Children &children)
  {
    const bool is_possible =
        fine.n == coarse.n && (fine.n == 3 || fine.n == 4) && fine.dim == 2 &&
        coarse.dim == 2 && fine.n_components == 1 && !fine.points.empty() &&
        fine.constant.empty() && coarse.constant.empty() &&
        fine.parent.size() == fine.n_cells;
    if (!is_possible)
      return nullptr;
    std::vector<std::vector<std::int32_t>> of(coarse.n_cells);
    for (unsigned int c = 0; c < fine.n_cells; ++c)
      if (fine.parent[c] >= 0)
        of[fine.parent[c]].push_back(c);
    auto result = std::make_unique<LanePatches>();
    result->nodes.resize(fine.n_nodes);
    // Patches in the order of their nodes, so that neighbours are near.
    const auto first = [&](const std::int32_t c)
    {
      const auto begin = coarse.cell_nodes.begin() + c * int(coarse.n);
      return *std::min_element(begin, begin + coarse.n);
    };
    std::vector<std::int32_t> order(coarse.n_cells);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](const std::int32_t a, const std::int32_t b)
                     { return first(a) < first(b); });
    result->place.resize(coarse.n_cells);
    for (const std::int32_t cell : order)
    {
      result->place[cell] = result->n_patches++;
      if (!result->add_patch(fine, coarse, cell, of[cell], children))
        return nullptr;
    }
    result->add_couplings(coarse);
    result->add_rows(fine);
    result->nodes.clear();
    result->nodes.shrink_to_fit();
    return result;
  }

  bool LanePatches::add_patch(const LaneLevel &fine, const LaneLevel &coarse,
                              const int cell,
                              const std::vector<std::int32_t> &children,
                              const Children &stored)
  {
    const unsigned int n = coarse.n;
    if (children.size() != 4)
      return false;
    const std::int32_t *const corners = &coarse.cell_nodes[cell * n];
    double size = 0;
    for (unsigned int d = 0; d < coarse.dim; ++d)
      size += std::abs(coarse.points[corners[1] * coarse.dim + d] -
                       coarse.points[corners[0] * coarse.dim + d]);

    // The child at each corner, then the one in the middle of a triangle.
    std::vector<std::int32_t> child(4, -1), local(2 * n + (n == 4 ? 1 : 0), -1);
    for (unsigned int k = 0; k < n; ++k)
      for (const std::int32_t c : children)
        for (unsigned int i = 0; i < n; ++i)
        {
          const std::int32_t node = fine.cell_nodes[c * n + i];
          if (is_same_point(fine, node, coarse, corners[k], size))
          {
            child[k] = c;
            local[k] = node;
          }
        }
    for (const std::int32_t c : children)
      if (std::find(child.begin(), child.end(), c) == child.end())
      {
        const auto place = std::find(child.begin(), child.end(), -1);
        if (place == child.end())
          return false;
        *place = c;
      }
    if (std::count(child.begin(), child.end(), -1) > 0)
      return false;

    // Every fine node has one meaning for all patches.
    const auto is_consistent =
        [&](const std::int32_t node, std::vector<std::int32_t> columns)
    {
      Node &known = nodes[node];
      std::vector<std::int32_t> old = known.columns;
      if (old.empty())
        known.columns = old = columns;
      std::sort(old.begin(), old.end());
      std::sort(columns.begin(), columns.end());
      return old == columns;
    };
    for (unsigned int k = 0; k < n; ++k)
      if (local[k] < 0 || !is_consistent(local[k], {corners[k]}))
        return false;
    const auto *const ends =
        n == 3 ? lanes::Patch<3>::edges : lanes::Patch<4>::edges;
    for (unsigned int e = 0; e < n; ++e)
    {
      const int a = ends[e][0], b = ends[e][1];
      std::vector<std::int32_t> others;
      for (unsigned int k = 0; k < n; ++k)
        if (int(k) != a && int(k) != b)
          others.push_back(child[k]);
      const std::int32_t node = common_node(fine, {child[a], child[b]}, others);
      if (node < 0 || !is_consistent(node, {corners[a], corners[b]}))
        return false;
      local[n + e] = node;
      Node &middle = nodes[node];
      if (middle.number < 0)
        middle.number = n_edges++;
      edges.push_back(2 * middle.number +
                      (middle.columns[0] == corners[a] ? 0 : 1));
    }
    if (n == 4)
    {
      local[8] = common_node(fine, child, {});
      if (local[8] < 0 || !is_consistent(local[8], {corners, corners + n}))
        return false;
      nodes[local[8]].number = n_patches - 1;
    }

    const auto expected = [&](const int k, const int i)
    {
      return n == 3 ? lanes::Patch<3>::children[k][i]
                    : lanes::Patch<4>::children[k][i];
    };
    const std::size_t n2 = n * n;
    for (unsigned int k = 0; k < 4; ++k)
    {
      const std::int32_t c = child[k];
      const std::int32_t *const begin = &fine.cell_nodes[c * n];
      std::array<int, 4> at;
      for (unsigned int i = 0; i < n; ++i)
      {
        at[i] = std::find(begin, begin + n, local[expected(k, i)]) - begin;
        if (at[i] == int(n))
          return false;
      }
      if (stored.is_scaled)
        places.push_back(stored.place[c]);
      for (unsigned int i = 0; i < n; ++i)
        for (unsigned int j = i + 1; j < n; ++j)
          if (stored.is_scaled)
          {
            const double *const K = &fine.unit[c * n2];
            values.push_back(-0.5 *
                             (K[at[i] * n + at[j]] + K[at[j] * n + at[i]]));
          }
          else
            places.push_back(stored.place[c] * int(n * (n - 1) / 2) +
                             pair_of(at[i], at[j], n));
    }
    cell_nodes.insert(cell_nodes.end(), corners, corners + n);
    return true;
  }

  void LanePatches::add_couplings(const LaneLevel &coarse)
  {
    couplings.n_nodes = coarse.n_nodes;
    couplings.n = 2;
    couplings.dim = coarse.dim;
    couplings.points = coarse.points;
    couplings.is_constrained = coarse.is_constrained;
    const int n = coarse.n;
    for (int c = 0; c < n_patches; ++c)
      for (int i = 0; i < n; ++i)
        for (int j = i + 1; j < n; ++j)
        {
          couplings.cell_nodes.push_back(cell_nodes[c * n + i]);
          couplings.cell_nodes.push_back(cell_nodes[c * n + j]);
          for (const double entry : {1., -1., -1., 1.})
            couplings.unit.push_back(entry);
        }
    couplings.n_cells = couplings.cell_nodes.size() / 2;
  }

  void LanePatches::add_rows(const LaneLevel &fine)
  {
    edge_weights.assign(n_edges, -1);
    centre_weights.assign(n_patches, -1);
    offsets = {0};
    for (unsigned int i = 0; i < fine.n_nodes; ++i)
    {
      const Node &node = nodes[i];
      lane_rows.push_back(n_weights);
      if (!fine.is_constrained[i])
      {
        columns.insert(columns.end(), node.columns.begin(), node.columns.end());
        if (node.columns.size() > 1)
          (node.columns.size() == 2 ? edge_weights
                                    : centre_weights)[node.number] = n_weights;
        n_weights += std::max<int>(node.columns.size(), 1) - 1;
      }
      offsets.push_back(columns.size());
    }
  }
} // namespace nodal
