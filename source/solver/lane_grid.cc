// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_grid.h"

#include "box_tree.h"

#include <deal.II/base/exceptions.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace nodal
{
  namespace
  {
    /// Of boxes, in widths of the cells that they cover.
    constexpr double relative_width = 2;

    /// A function of the grid that has more than this share in the value at a
    /// node with a prescribed value vanishes. Less would push the grid's
    /// functions away from the boundary, more would let them cross it.
    constexpr double least_weight = 0.4;

    /// What one cell of a level is made of, before hanging corners are
    /// replaced: matrices of (corners × components)².
    struct BoxMatrices
    {
      std::vector<double> unit, constant;
    };

    /// result += Eᵀ K E, where E has @p n_rows rows and @p n columns.
    void add_product(const double *K, const std::vector<double> &E,
                     const unsigned int n_rows, const unsigned int n,
                     double *result)
    {
      std::vector<double> KE(n_rows * n, 0.);
      for (unsigned int i = 0; i < n_rows; ++i)
        for (unsigned int k = 0; k < n_rows; ++k)
          if (K[i * n_rows + k] != 0)
            for (unsigned int j = 0; j < n; ++j)
              KE[i * n + j] += K[i * n_rows + k] * E[k * n + j];
      for (unsigned int k = 0; k < n_rows; ++k)
        for (unsigned int i = 0; i < n; ++i)
          if (E[k * n + i] != 0)
            for (unsigned int j = 0; j < n; ++j)
              result[i * n + j] += E[k * n + i] * KE[k * n + j];
    }

    /// All components interpolated by the same weights: row @p i of E.
    template <std::size_t n_corners>
    void set_row(std::vector<double> &E, const unsigned int i,
                 const std::array<double, n_corners> &values,
                 const unsigned int component, const unsigned int n_components)
    {
      for (unsigned int c = 0; c < n_corners; ++c)
        E[(i * n_corners + c) * n_components + component] = values[c];
    }

    double trace(const double *K, const unsigned int n)
    {
      double result = 0;
      for (unsigned int i = 0; i < n; ++i)
        result += K[i * n + i];
      return result;
    }

    /// Centre and width of every cell of a level.
    template <int dim>
    struct CellExtents
    {
      explicit CellExtents(const LaneLevel &level)
      {
        const unsigned int degree =
            level.n / level.n_components > (1U << dim) ? 2 : 1;
        for (unsigned int c = 0; c < level.n_cells; ++c)
        {
          double volume = 1;
          for (int d = 0; d < dim; ++d)
          {
            double low = std::numeric_limits<double>::max(), high = -low,
                   sum = 0;
            for (unsigned int i = 0; i < level.n; ++i)
            {
              const std::size_t node = level.cell_nodes[c * level.n + i];
              const double x = level.points[node * dim + d];
              low = std::min(low, x);
              high = std::max(high, x);
              sum += x;
            }
            centres.push_back(sum / level.n);
            volume *= high - low;
          }
          widths.push_back(std::pow(volume, 1. / dim) / degree);
        }
      }

      double median_width() const
      {
        std::vector<double> sorted = widths;
        const auto middle = sorted.begin() + sorted.size() / 2;
        std::nth_element(sorted.begin(), middle, sorted.end());
        return *middle;
      }

      std::vector<double> centres, widths;
    };

    template <int dim>
    class GridBuilder
    {
    public:
      static constexpr unsigned int n_corners = 1U << dim;

      explicit GridBuilder(LaneLevel &fine)
          : fine(fine), m(fine.n_components), n(n_corners * m), cells(fine),
            root(fine.points, relative_width * cells.median_width())
      {
      }

      std::vector<LaneLevel> build(const unsigned int few)
      {
        BoxSpace<dim> space(place_cells());
        if (space.n_nodes() * m > 0.6 * fine.n_nodes)
          return {};
        std::vector<BoxMatrices> matrices = cell_products(space);
        std::vector<LaneLevel> levels = {make_level(space, matrices)};
        join_fine(space, levels.back());
        while (levels.back().n_nodes > few && leaves.rbegin()->depth > 0)
        {
          BoxSpace<dim> coarse_space(merge_boxes(space));
          matrices =
              merge_matrices(space, matrices, coarse_space, levels.back());
          LaneLevel coarse = make_level(coarse_space, matrices);
          join_grids(space, coarse_space, levels.back(), coarse);
          space = std::move(coarse_space);
          levels.push_back(std::move(coarse));
        }
        return levels;
      }

    private:
      const double *point(const unsigned int node) const
      {
        return &fine.points[std::size_t(node) * dim];
      }

      /// The boxes of the finest grid that have cells, and the parents of
      /// these.
      std::vector<Box<dim>> place_cells()
      {
        double width = 1;
        for (int d = 0; d < dim; ++d)
          width *= root.width[d];
        width = std::pow(width, 1. / dim);
        std::vector<unsigned int> depths;
        for (const double w : cells.widths)
          depths.push_back(std::max(
              0.,
              std::ceil(std::log2(width / (M_SQRT2 * relative_width * w)))));
        leaves = make_leaves(root, cells.centres, depths);

        const unsigned int depth = leaves.rbegin()->depth;
        std::vector<Box<dim>> box_of_cell;
        for (unsigned int c = 0; c < fine.n_cells; ++c)
          box_of_cell.push_back(
              leaf_of(leaves, root.find(&cells.centres[c * dim], depth)));
        const std::set<Box<dim>> used(box_of_cell.begin(), box_of_cell.end());
        const std::vector<Box<dim>> boxes(used.begin(), used.end());
        fine.parent.clear();
        for (const Box<dim> &box : box_of_cell)
          fine.parent.push_back(
              std::lower_bound(boxes.begin(), boxes.end(), box) -
              boxes.begin());
        return boxes;
      }

      std::vector<BoxMatrices> cell_products(const BoxSpace<dim> &space)
      {
        const std::vector<Box<dim>> &boxes = space.boxes();
        std::vector<BoxMatrices> result = empty_matrices(boxes.size());
        std::vector<double> E(std::size_t(fine.n) * n);
        fine.share.assign(fine.n_cells, 0.);
        for (unsigned int c = 0; c < fine.n_cells; ++c)
        {
          std::fill(E.begin(), E.end(), 0.);
          const std::int32_t box = fine.parent[c];
          for (unsigned int i = 0; i < fine.n; ++i)
          {
            const unsigned int node = fine.cell_nodes[c * fine.n + i];
            set_row(E, i,
                    shape_values<dim>(root.local(point(node), boxes[box])),
                    node % m, m);
          }
          const std::size_t k = std::size_t(c) * fine.n * fine.n;
          fine.share[c] =
              add_matrices(&fine.unit[k],
                           fine.constant.empty() ? nullptr : &fine.constant[k],
                           E, fine.n, result[box]);
        }
        normalise(fine.share, fine.parent, boxes.size());
        return result;
      }

      std::vector<BoxMatrices> empty_matrices(const std::size_t n_boxes) const
      {
        BoxMatrices empty;
        empty.unit.assign(n * n, 0.);
        if (!fine.constant.empty())
          empty.constant.assign(n * n, 0.);
        return std::vector<BoxMatrices>(n_boxes, empty);
      }

      /// Returns the trace of what is added to the unit matrix.
      double add_matrices(const double *unit, const double *constant,
                          const std::vector<double> &E,
                          const unsigned int n_rows, BoxMatrices &sum) const
      {
        const double before = trace(sum.unit.data(), n);
        add_product(unit, E, n_rows, n, sum.unit.data());
        if (constant)
          add_product(constant, E, n_rows, n, sum.constant.data());
        return trace(sum.unit.data(), n) - before;
      }

      /// Shares of one parent sum up to one.
      static void normalise(std::vector<double> &share,
                            const std::vector<std::int32_t> &parent,
                            const std::size_t n_parents)
      {
        std::vector<double> sum(n_parents, 0.), count(n_parents, 0.);
        for (std::size_t c = 0; c < share.size(); ++c)
        {
          sum[parent[c]] += share[c];
          count[parent[c]] += 1;
        }
        for (std::size_t c = 0; c < share.size(); ++c)
          share[c] = sum[parent[c]] > 0 ? share[c] / sum[parent[c]]
                                        : 1 / count[parent[c]];
      }

      /// The boxes of the next grid that contain some of @p space.
      std::vector<Box<dim>> merge_boxes(const BoxSpace<dim> &space)
      {
        leaves = merge_leaves(root, leaves);
        std::set<Box<dim>> result;
        for (const Box<dim> &box : space.boxes())
          result.insert(leaf_of(leaves, box));
        return {result.begin(), result.end()};
      }

      std::vector<BoxMatrices>
      merge_matrices(const BoxSpace<dim> &from,
                     const std::vector<BoxMatrices> &matrices,
                     const BoxSpace<dim> &to, LaneLevel &level) const
      {
        std::vector<BoxMatrices> result = empty_matrices(to.boxes().size());
        std::vector<double> E(n * n);
        level.parent.clear();
        level.share.clear();
        for (std::size_t b = 0; b < from.boxes().size(); ++b)
        {
          const std::int32_t parent = to.find(from.boxes()[b]);
          std::fill(E.begin(), E.end(), 0.);
          for (unsigned int c = 0; c < n_corners; ++c)
            for (unsigned int k = 0; k < m; ++k)
              set_row(E, c * m + k,
                      shape_values<dim>(place_of_corner(from.boxes()[b], c,
                                                        to.boxes()[parent])),
                      k, m);
          level.parent.push_back(parent);
          level.share.push_back(add_matrices(
              matrices[b].unit.data(),
              fine.constant.empty() ? nullptr : matrices[b].constant.data(), E,
              n, result[parent]));
        }
        normalise(level.share, level.parent, to.boxes().size());
        return result;
      }

      /// Where a corner of @p box is in @p larger, which contains it.
      static std::array<double, dim> place_of_corner(const Box<dim> &box,
                                                     const unsigned int corner,
                                                     const Box<dim> &larger)
      {
        std::array<double, dim> result;
        for (int d = 0; d < dim; ++d)
          result[d] = std::ldexp(double(box.at[d] + ((corner >> d) & 1U)),
                                 int(larger.depth) - int(box.depth)) -
                      double(larger.at[d]);
        return result;
      }

      /// The level of @p space, whose corners have @p raw matrices.
      LaneLevel make_level(const BoxSpace<dim> &space,
                           const std::vector<BoxMatrices> &raw) const
      {
        LaneLevel level;
        level.n = n;
        level.n_components = m;
        level.n_cells = space.boxes().size();
        level.n_nodes = space.n_nodes() * m;
        for (unsigned int b = 0; b < level.n_cells; ++b)
          add_cell(space, b, raw[b], level);
        constrain(space, level);
        return level;
      }

      void add_cell(const BoxSpace<dim> &space, const unsigned int b,
                    const BoxMatrices &raw, LaneLevel &level) const
      {
        std::vector<std::int32_t> distinct;
        for (unsigned int c = 0; c < n_corners; ++c)
          for (const auto &[node, weight] : space.corner(b, c))
            if (std::find(distinct.begin(), distinct.end(), node) ==
                distinct.end())
              distinct.push_back(node);
        AssertThrow(distinct.size() <= n_corners, dealii::ExcInternalError());
        std::vector<double> T(n * n, 0.);
        for (unsigned int c = 0; c < n_corners; ++c)
          for (const auto &[node, weight] : space.corner(b, c))
          {
            const unsigned int at =
                std::find(distinct.begin(), distinct.end(), node) -
                distinct.begin();
            for (unsigned int k = 0; k < m; ++k)
              T[(c * m + k) * n + at * m + k] += weight;
          }
        // A corner may be determined by others of the box.
        distinct.resize(n_corners, distinct[0]);
        for (const std::int32_t node : distinct)
          for (unsigned int k = 0; k < m; ++k)
            level.cell_nodes.push_back(node * m + k);
        level.unit.resize(level.unit.size() + n * n, 0.);
        add_product(raw.unit.data(), T, n, n,
                    &level.unit[std::size_t(b) * n * n]);
        if (raw.constant.empty())
          return;
        level.constant.resize(level.constant.size() + n * n, 0.);
        add_product(raw.constant.data(), T, n, n,
                    &level.constant[std::size_t(b) * n * n]);
      }

      /// Functions vanish near prescribed values, and where they have no
      /// energy.
      void constrain(const BoxSpace<dim> &space, LaneLevel &level) const
      {
        std::vector<double> diagonal(level.n_nodes, 0.);
        double largest = 0;
        for (unsigned int c = 0; c < level.n_cells; ++c)
          for (unsigned int i = 0; i < n; ++i)
          {
            const std::size_t k = (std::size_t(c) * n + i) * n + i;
            double &entry = diagonal[level.cell_nodes[c * n + i]];
            entry += level.unit[k] +
                     (level.constant.empty() ? 0 : level.constant[k]);
            largest = std::max(largest, entry);
          }
        level.is_constrained.resize(level.n_nodes);
        for (unsigned int i = 0; i < level.n_nodes; ++i)
          level.is_constrained[i] = !(diagonal[i] > 1e-10 * largest);
        // Hanging nodes, which follow others, are in no cell.
        std::vector<bool> is_used(fine.n_nodes, false);
        for (const std::int32_t node : fine.cell_nodes)
          is_used[node] = true;
        for (unsigned int i = 0; i < fine.n_nodes; ++i)
        {
          if (!fine.is_constrained[i] || !is_used[i])
            continue;
          const std::int32_t box = space.find(root, point(i));
          if (box < 0)
            continue;
          for (const auto &[node, weight] :
               space.interpolate(box, root.local(point(i), space.boxes()[box])))
            if (std::abs(weight) > least_weight)
              level.is_constrained[node * m + i % m] = true;
        }
      }

      /// Interpolation at the nodes of the mesh.
      void join_fine(const BoxSpace<dim> &space, const LaneLevel &coarse) const
      {
        // The box of a node, or that of one of its cells.
        std::vector<std::int32_t> box_of(fine.n_nodes, -1);
        for (unsigned int i = 0; i < fine.n_nodes; ++i)
          box_of[i] = space.find(root, point(i));
        for (unsigned int c = 0; c < fine.n_cells; ++c)
          for (unsigned int i = 0; i < fine.n; ++i)
          {
            std::int32_t &box = box_of[fine.cell_nodes[c * fine.n + i]];
            if (box < 0)
              box = fine.parent[c];
          }
        fine.offsets = {0};
        for (unsigned int i = 0; i < fine.n_nodes; ++i)
        {
          if (!fine.is_constrained[i])
            add_row(
                space.interpolate(
                    box_of[i], root.local(point(i), space.boxes()[box_of[i]])),
                i % m, coarse, fine);
          fine.offsets.push_back(fine.columns.size());
        }
      }

      void join_grids(const BoxSpace<dim> &from, const BoxSpace<dim> &to,
                      LaneLevel &level, const LaneLevel &coarse) const
      {
        level.offsets = {0};
        for (const auto &[box, corner] : from.nodes())
        {
          const std::int32_t parent = level.parent[box];
          const auto row =
              to.interpolate(parent, place_of_corner(from.boxes()[box], corner,
                                                     to.boxes()[parent]));
          for (unsigned int k = 0; k < m; ++k)
          {
            if (!level.is_constrained[level.offsets.size() - 1])
              add_row(row, k, coarse, level);
            level.offsets.push_back(level.columns.size());
          }
        }
      }

      void add_row(const typename BoxSpace<dim>::Combination &row,
                   const unsigned int component, const LaneLevel &coarse,
                   LaneLevel &level) const
      {
        for (const auto &[node, weight] : row)
          if (!coarse.is_constrained[node * m + component])
          {
            level.columns.push_back(node * m + component);
            level.weights.push_back(weight);
          }
      }

      LaneLevel &fine;
      const unsigned int m; ///< components
      const unsigned int n; ///< unknowns of a box
      const CellExtents<dim> cells;
      const RootGrid<dim> root;
      std::set<Box<dim>> leaves; ///< of the whole tree of the last grid
    };
  } // namespace

  std::vector<LaneLevel> grid_levels(LaneLevel &fine, const unsigned int few)
  {
    if (fine.dim == 2)
      return GridBuilder<2>(fine).build(few);
    if (fine.dim == 3)
      return GridBuilder<3>(fine).build(few);
    return {};
  }
} // namespace nodal
