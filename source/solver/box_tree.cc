// SPDX-License-Identifier: LGPL-2.1-or-later
#include "box_tree.h"

#include <deal.II/base/exceptions.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

namespace nodal
{
  namespace
  {
    constexpr unsigned int most_depth = 20;

    /// The coarsest grid has no more boxes than this.
    constexpr double most_roots = 400;

    /// The leaves of a tree; every box that is not one has all its children.
    template <int dim>
    class Splitter
    {
    public:
      Splitter(const RootGrid<dim> &root, std::set<Box<dim>> given)
          : leaves(std::move(given)), root(root)
      {
        balance();
      }

      Splitter(const RootGrid<dim> &root, const std::vector<double> &points,
               const std::vector<unsigned int> &depths)
          : root(root)
      {
        std::map<Box<dim>, std::vector<std::uint32_t>> contents;
        for (std::uint32_t i = 0; i < depths.size(); ++i)
          contents[root.find(&points[i * dim], 0)].push_back(i);
        Box<dim> box;
        add_roots(box, 0, contents, points, depths);
        balance();
      }

      std::set<Box<dim>> leaves;

    private:
      void
      add_roots(Box<dim> &box, const int d,
                const std::map<Box<dim>, std::vector<std::uint32_t>> &contents,
                const std::vector<double> &points,
                const std::vector<unsigned int> &depths)
      {
        if (d == dim)
        {
          const auto found = contents.find(box);
          split(box,
                found == contents.end() ? std::vector<std::uint32_t>()
                                        : found->second,
                points, depths);
          return;
        }
        for (box.at[d] = 0; box.at[d] < root.n[d]; ++box.at[d])
          add_roots(box, d + 1, contents, points, depths);
      }

      void split(const Box<dim> &box, const std::vector<std::uint32_t> &inside,
                 const std::vector<double> &points,
                 const std::vector<unsigned int> &depths)
      {
        const std::size_t n_deeper =
            std::count_if(inside.begin(), inside.end(),
                          [&](const auto i) { return depths[i] > box.depth; });
        if (2 * n_deeper <= inside.size() || box.depth == most_depth)
        {
          leaves.insert(box);
          return;
        }
        std::array<std::vector<std::uint32_t>, 1U << dim> parts;
        for (const std::uint32_t i : inside)
        {
          const Box<dim> part = root.find(&points[i * dim], box.depth + 1);
          unsigned int corner = 0;
          for (int d = 0; d < dim; ++d)
            corner |= (part.at[d] & 1U) << d;
          parts[corner].push_back(i);
        }
        for (unsigned int corner = 0; corner < parts.size(); ++corner)
          split(box.child(corner), parts[corner], points, depths);
      }

      void balance()
      {
        std::vector<Box<dim>> queue(leaves.begin(), leaves.end());
        while (!queue.empty())
        {
          const Box<dim> box = queue.back();
          queue.pop_back();
          if (box.depth < 2)
            continue;
          for_neighbours(box.parent(), [&](const Box<dim> &neighbour)
                         { split_above(neighbour, queue); });
        }
      }

      /// Halve the leaf that contains @p box, until @p box is one or is halved.
      void split_above(const Box<dim> &box, std::vector<Box<dim>> &queue)
      {
        Box<dim> leaf = box;
        while (leaf.depth > 0 && leaves.count(leaf) == 0)
          leaf = leaf.parent();
        while (leaf.depth < box.depth && leaves.erase(leaf) == 1)
        {
          for (unsigned int corner = 0; corner < (1U << dim); ++corner)
          {
            leaves.insert(leaf.child(corner));
            queue.push_back(leaf.child(corner));
          }
          Box<dim> next = box;
          while (next.depth > leaf.depth + 1)
            next = next.parent();
          leaf = next;
        }
      }

      template <class Work>
      void for_neighbours(const Box<dim> &box, const Work &work) const
      {
        int n = 1;
        for (int d = 0; d < dim; ++d)
          n *= 3;
        for (int code = 0; code < n; ++code)
        {
          Box<dim> neighbour = box;
          bool is_inside = true;
          for (int d = 0, rest = code; d < dim; ++d, rest /= 3)
          {
            const std::int64_t at = std::int64_t(box.at[d]) + rest % 3 - 1;
            is_inside &= at >= 0 && at < (std::int64_t(root.n[d]) << box.depth);
            neighbour.at[d] = at;
          }
          if (is_inside)
            work(neighbour);
        }
      }

      const RootGrid<dim> &root;
    };
  } // namespace

  template <int dim>
  Box<dim> Box<dim>::parent() const
  {
    Box result = *this;
    --result.depth;
    for (std::uint32_t &x : result.at)
      x /= 2;
    return result;
  }

  template <int dim>
  Box<dim> Box<dim>::child(const unsigned int corner) const
  {
    Box result = *this;
    ++result.depth;
    for (int d = 0; d < dim; ++d)
      result.at[d] = 2 * at[d] + ((corner >> d) & 1U);
    return result;
  }

  template <int dim>
  bool Box<dim>::operator<(const Box &other) const
  {
    return std::tie(depth, at) < std::tie(other.depth, other.at);
  }

  template <int dim>
  RootGrid<dim>::RootGrid(const std::vector<double> &points, const double fine)
  {
    std::array<double, dim> extent;
    for (int d = 0; d < dim; ++d)
    {
      double low = std::numeric_limits<double>::max(), high = -low;
      for (std::size_t i = d; i < points.size(); i += dim)
      {
        low = std::min(low, points[i]);
        high = std::max(high, points[i]);
      }
      origin[d] = low;
      extent[d] = std::max(high - low, 1e-10 * fine);
    }
    // As many halvings as leave boxes of the width wanted, or nearly.
    for (const double most_change : {1.01, 1.15, 2.})
      for (int halvings = 16; halvings >= 0; --halvings)
      {
        bool fits = true;
        double n_roots = 1;
        for (int d = 0; d < dim; ++d)
        {
          const double wanted = std::ldexp(extent[d] / fine, -halvings);
          const double rounded = std::max(1., std::round(wanted));
          fits &= std::max(wanted / rounded, rounded / wanted) < most_change;
          n[d] = rounded;
          width[d] = extent[d] / n[d];
          n_roots *= n[d];
        }
        if (fits && n_roots <= most_roots)
          return;
      }
  }

  template <int dim>
  Box<dim> RootGrid<dim>::find(const double *point,
                               const unsigned int depth) const
  {
    Box<dim> box;
    box.depth = depth;
    for (int d = 0; d < dim; ++d)
    {
      const double last = std::ldexp(double(n[d]), depth) - 1;
      const double at =
          std::floor(std::ldexp((point[d] - origin[d]) / width[d], depth));
      box.at[d] = std::min(std::max(at, 0.), last);
    }
    return box;
  }

  template <int dim>
  std::array<double, dim> RootGrid<dim>::local(const double *point,
                                               const Box<dim> &box) const
  {
    std::array<double, dim> result;
    for (int d = 0; d < dim; ++d)
      result[d] = std::ldexp((point[d] - origin[d]) / width[d], box.depth) -
                  double(box.at[d]);
    return result;
  }

  template <int dim>
  std::set<Box<dim>> make_leaves(const RootGrid<dim> &root,
                                 const std::vector<double> &points,
                                 const std::vector<unsigned int> &depths)
  {
    return Splitter<dim>(root, points, depths).leaves;
  }

  template <int dim>
  std::set<Box<dim>> merge_leaves(const RootGrid<dim> &root,
                                  const std::set<Box<dim>> &leaves)
  {
    std::map<Box<dim>, unsigned int> n_children;
    for (const Box<dim> &leaf : leaves)
      if (leaf.depth > 0)
        ++n_children[leaf.parent()];
    std::set<Box<dim>> merged;
    for (const Box<dim> &leaf : leaves)
      merged.insert(leaf.depth > 0 && n_children[leaf.parent()] == (1U << dim)
                        ? leaf.parent()
                        : leaf);
    return Splitter<dim>(root, std::move(merged)).leaves;
  }

  template <int dim>
  Box<dim> leaf_of(const std::set<Box<dim>> &leaves, Box<dim> box)
  {
    while (leaves.count(box) == 0)
    {
      AssertThrow(box.depth > 0, dealii::ExcInternalError());
      box = box.parent();
    }
    return box;
  }

  template <int dim>
  BoxSpace<dim>::BoxSpace(std::vector<Box<dim>> boxes)
      : all_boxes(std::move(boxes))
  {
    for (std::size_t b = 0; b < all_boxes.size(); ++b)
    {
      index[all_boxes[b]] = b;
      max_depth = std::max(max_depth, all_boxes[b].depth);
    }
    std::map<Position, std::int32_t> number;
    std::vector<std::pair<std::int32_t, unsigned int>> owner_of_corner;
    for (std::size_t b = 0; b < all_boxes.size(); ++b)
    {
      corners.push_back({});
      for (unsigned int c = 0; c < n_corners; ++c)
      {
        const auto [place, is_new] =
            number.insert({position(all_boxes[b], c), number.size()});
        corners.back()[c] = place->second;
        if (is_new)
          owner_of_corner.push_back({b, c});
      }
    }
    masters.resize(number.size());
    find_hanging(number);

    // Nodes are numbered along lines across the longest extent.
    Position most = {};
    for (const auto &entry : number)
      for (int d = 0; d < dim; ++d)
        most[d] = std::max(most[d], entry.first[d]);
    std::array<int, dim> order;
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](const int a, const int b)
                     { return most[a] > most[b]; });
    std::vector<std::pair<Position, std::int32_t>> nodes;
    for (const auto &[at, c] : number)
      if (masters[c].empty())
      {
        Position key;
        for (int d = 0; d < dim; ++d)
          key[d] = at[order[d]];
        nodes.push_back({key, c});
      }
    std::sort(nodes.begin(), nodes.end());
    std::vector<std::int32_t> node_of_corner(number.size(), -1);
    for (const auto &[key, c] : nodes)
    {
      node_of_corner[c] = owners.size();
      owners.push_back(owner_of_corner[c]);
    }
    for (std::size_t c = 0; c < masters.size(); ++c)
      if (masters[c].empty())
        masters[c] = {{node_of_corner[c], 1.}};
      else
        for (auto &[node, weight] : masters[c])
          node = node_of_corner[node];
  }

  template <int dim>
  typename BoxSpace<dim>::Position
  BoxSpace<dim>::position(const Box<dim> &box, const unsigned int corner) const
  {
    Position result;
    for (int d = 0; d < dim; ++d)
      result[d] = (box.at[d] + ((corner >> d) & 1U)) << (max_depth - box.depth);
    return result;
  }

  template <int dim>
  void
  BoxSpace<dim>::find_hanging(const std::map<Position, std::int32_t> &number)
  {
    // The middle of an edge or a face, by the directions in which it extends.
    for (std::size_t b = 0; b < all_boxes.size(); ++b)
    {
      if (all_boxes[b].depth == max_depth)
        continue;
      const std::uint32_t half = 1U << (max_depth - all_boxes[b].depth - 1);
      for (unsigned int along = 1; along + 1 < n_corners; ++along)
        for (unsigned int c = 0; c < n_corners; ++c)
        {
          if (c & along)
            continue;
          Position middle = position(all_boxes[b], c);
          Combination ends;
          for (int d = 0; d < dim; ++d)
            if (along & (1U << d))
              middle[d] += half;
          const auto found = number.find(middle);
          if (found == number.end())
            continue;
          for (unsigned int e = 0; e < n_corners; ++e)
            if ((e & ~along) == c)
              ends.push_back({corners[b][e], 1.});
          for (auto &[end, weight] : ends)
            weight = 1. / ends.size();
          masters[found->second] = ends;
        }
    }
  }

  template <int dim>
  std::int32_t BoxSpace<dim>::find(Box<dim> box) const
  {
    for (;; box = box.parent())
    {
      const auto found = index.find(box);
      if (found != index.end())
        return found->second;
      if (box.depth == 0)
        return -1;
    }
  }

  template <int dim>
  std::array<double, (1U << dim)>
  shape_values(const std::array<double, dim> &local)
  {
    std::array<double, (1U << dim)> result;
    for (unsigned int c = 0; c < result.size(); ++c)
    {
      result[c] = 1;
      for (int d = 0; d < dim; ++d)
        result[c] *= (c >> d) & 1U ? local[d] : 1 - local[d];
    }
    return result;
  }

  template <int dim>
  typename BoxSpace<dim>::Combination
  BoxSpace<dim>::interpolate(const std::int32_t box,
                             const std::array<double, dim> &local) const
  {
    const auto values = shape_values<dim>(local);
    std::map<std::int32_t, double> sum;
    for (unsigned int c = 0; c < n_corners; ++c)
      for (const auto &[node, weight] : corner(box, c))
        sum[node] += weight * values[c];
    Combination result;
    for (const auto &[node, weight] : sum)
      if (std::abs(weight) > 1e-10)
        result.push_back({node, weight});
    return result;
  }

  template struct Box<2>;
  template struct Box<3>;
  template struct RootGrid<2>;
  template struct RootGrid<3>;
  template class BoxSpace<2>;
  template class BoxSpace<3>;
  template std::set<Box<2>> make_leaves(const RootGrid<2> &,
                                        const std::vector<double> &,
                                        const std::vector<unsigned int> &);
  template std::set<Box<3>> make_leaves(const RootGrid<3> &,
                                        const std::vector<double> &,
                                        const std::vector<unsigned int> &);
  template std::set<Box<2>> merge_leaves(const RootGrid<2> &,
                                         const std::set<Box<2>> &);
  template std::set<Box<3>> merge_leaves(const RootGrid<3> &,
                                         const std::set<Box<3>> &);
  template Box<2> leaf_of(const std::set<Box<2>> &, Box<2>);
  template Box<3> leaf_of(const std::set<Box<3>> &, Box<3>);
  template std::array<double, 4> shape_values<2>(const std::array<double, 2> &);
  template std::array<double, 8> shape_values<3>(const std::array<double, 3> &);
} // namespace nodal
