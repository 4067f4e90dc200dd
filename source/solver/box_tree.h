// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_box_tree_h
#define nodal_source_solver_box_tree_h

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace nodal
{
  /// A box of a grid: of the size of root boxes divided by 2^depth.
  template <int dim>
  struct Box
  {
    unsigned int depth = 0;
    std::array<std::uint32_t, dim> at = {}; ///< counted in boxes of its depth

    Box parent() const;
    Box child(unsigned int corner) const;
    bool operator<(const Box &other) const;
  };

  /// A grid of equal root boxes over a set of points.
  template <int dim>
  struct RootGrid
  {
    std::array<double, dim> origin, width;
    std::array<std::uint32_t, dim> n;

    /**
     * Over the box around @p points (dim numbers each), such that root boxes
     * halved some number of times have about the width @p fine, and few root
     * boxes are needed for that.
     */
    RootGrid(const std::vector<double> &points, double fine);

    /// The box of a depth that contains a point, or the nearest.
    Box<dim> find(const double *point, unsigned int depth) const;

    /// Where a point is in a box: from 0 to 1 in each direction.
    std::array<double, dim> local(const double *point,
                                  const Box<dim> &box) const;
  };

  /**
   * The leaves of the tree in which @p depths[i] is the depth wanted at point
   * i: a box is halved while more than half of its points want it, and while a
   * leaf that it touches is smaller than half of it. Those without points are
   * there too.
   */
  template <int dim>
  std::set<Box<dim>> make_leaves(const RootGrid<dim> &root,
                                 const std::vector<double> &points,
                                 const std::vector<unsigned int> &depths);

  /// The leaves of a tree with those of @p leaves, a whole one, that have no
  /// smaller siblings merged, as far as balance allows.
  template <int dim>
  std::set<Box<dim>> merge_leaves(const RootGrid<dim> &root,
                                  const std::set<Box<dim>> &leaves);

  /// The leaf that is @p box or contains it; one must.
  template <int dim>
  Box<dim> leaf_of(const std::set<Box<dim>> &leaves, Box<dim> box);

  /**
   * Continuous multilinear functions on some of the leaves of a balanced tree.
   * A corner in the middle of an edge or a face of a larger box is no node:
   * the corners of that edge or face determine its value.
   */
  template <int dim>
  class BoxSpace
  {
  public:
    static constexpr unsigned int n_corners = 1U << dim;
    /// Nodes and their weights.
    using Combination = std::vector<std::pair<std::int32_t, double>>;

    explicit BoxSpace(std::vector<Box<dim>> boxes);

    const std::vector<Box<dim>> &boxes() const
    {
      return all_boxes;
    }

    /// The index of @p box or of that which contains it, or -1.
    std::int32_t find(Box<dim> box) const;

    /// The index of the box that contains a point, or -1.
    std::int32_t find(const RootGrid<dim> &root, const double *point) const
    {
      return find(root.find(point, max_depth));
    }

    unsigned int n_nodes() const
    {
      return owners.size();
    }

    /// A box and one of its corners for every node.
    const std::vector<std::pair<std::int32_t, unsigned int>> &nodes() const
    {
      return owners;
    }

    /// The nodes that determine the value at a corner of a box.
    const Combination &corner(std::int32_t box, unsigned int corner) const
    {
      return masters[corners[box][corner]];
    }

    /// Of the value at a place in a box, which may lie outside of it.
    Combination interpolate(std::int32_t box,
                            const std::array<double, dim> &local) const;

  private:
    /// In boxes of the greatest depth; comparable across boxes.
    using Position = std::array<std::uint32_t, dim>;

    Position position(const Box<dim> &box, unsigned int corner) const;
    void find_hanging(const std::map<Position, std::int32_t> &number);

    std::vector<Box<dim>> all_boxes;
    std::map<Box<dim>, std::int32_t> index;
    unsigned int max_depth = 0;
    std::vector<std::array<std::int32_t, n_corners>> corners;
    std::vector<Combination> masters; ///< by corner
    std::vector<std::pair<std::int32_t, unsigned int>> owners;
  };

  /// The values of a box's multilinear functions at a place in it.
  template <int dim>
  std::array<double, (1U << dim)>
  shape_values(const std::array<double, dim> &local);
} // namespace nodal

#endif
