// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/mesh/nesting.h>

#include <deal.II/base/bounding_box.h>
#include <deal.II/grid/grid_tools.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    template <int dim>
    using Cell = typename DoFHandler<dim>::active_cell_iterator;

    /// The map from the reference cell to a straight-sided simplex.
    template <int dim>
    Tensor<2, dim> jacobian(const Cell<dim> &cell)
    {
      Tensor<2, dim> result;
      for (unsigned int i = 0; i < dim; ++i)
        for (unsigned int j = 0; j < dim; ++j)
          result[i][j] = cell->vertex(j + 1)[i] - cell->vertex(0)[i];
      return result;
    }

    /// How far @p x is outside of the reference cell; negative inside.
    template <int dim>
    double distance_outside(const Point<dim> &x, const bool is_simplex)
    {
      double result = -1, sum = 0;
      for (unsigned int d = 0; d < dim; ++d)
      {
        result = std::max(result, -x[d]);
        if (!is_simplex)
          result = std::max(result, x[d] - 1);
        sum += x[d];
      }
      return is_simplex ? std::max(result, sum - 1) : result;
    }

    /// Finds cells of a mesh by the points that they contain, with a grid of
    /// boxes about as large as the cells.
    template <int dim>
    class CellFinder
    {
    public:
      explicit CellFinder(const Space<dim> &space)
          : space(space),
            box(GridTools::compute_bounding_box(space.mesh->triangulation()))
      {
        const double n_cells = space.mesh->triangulation().n_active_cells();
        n = std::max(1., std::floor(std::pow(n_cells, 1. / dim)));
        cells.resize(std::lround(std::pow(n, dim)));
        for (const auto &cell : space.scalar_dofs.active_cell_iterators())
        {
          BoundingBox<dim> around = cell->bounding_box();
          around.extend(0.2 * cell->diameter());
          const auto [low, high] = around.get_boundary_points();
          for_boxes(index(low), index(high),
                    [&](const std::size_t i) { cells[i].push_back(cell); });
        }
      }

      /// The cell that contains @p x, with its place in the reference cell.
      std::pair<Cell<dim>, Point<dim>> find(const Point<dim> &x) const
      {
        const bool is_simplex = space.mesh->is_simplex();
        std::pair<Cell<dim>, Point<dim>> best;
        double smallest = std::numeric_limits<double>::infinity();
        const std::array<int, dim> at = index(x);
        for_boxes(at, at,
                  [&](const std::size_t i)
                  {
                    for (const Cell<dim> &cell : cells[i])
                    {
                      Point<dim> unit;
                      if (!locate(cell, x, unit))
                        continue;
                      const double outside = distance_outside(unit, is_simplex);
                      if (outside < smallest)
                      {
                        smallest = outside;
                        best = {cell, unit};
                      }
                    }
                  });
        if (!(smallest < 0.1))
          throw BadInput("The meshes of two levels are not nested.");
        return best;
      }

      bool locate(const Cell<dim> &cell, const Point<dim> &x,
                  Point<dim> &unit) const
      {
        if (space.mesh->is_simplex())
        {
          unit =
              Point<dim>(invert(jacobian<dim>(cell)) * (x - cell->vertex(0)));
          return true;
        }
        try
        {
          unit = space.mesh->mapping().transform_real_to_unit_cell(cell, x);
          return true;
        }
        catch (const typename Mapping<dim>::ExcTransformationFailed &)
        {
          return false;
        }
      }

    private:
      std::array<int, dim> index(const Point<dim> &x) const
      {
        const auto [low, high] = box.get_boundary_points();
        std::array<int, dim> result;
        for (unsigned int d = 0; d < dim; ++d)
          result[d] = std::clamp(
              static_cast<int>(n * (x[d] - low[d]) / (high[d] - low[d])), 0,
              static_cast<int>(n) - 1);
        return result;
      }

      template <class Work>
      void for_boxes(const std::array<int, dim> &low,
                     const std::array<int, dim> &high, const Work &work) const
      {
        std::array<int, dim> at = low;
        const std::size_t m = n;
        while (true)
        {
          std::size_t i = 0;
          for (int d = dim - 1; d >= 0; --d)
            i = i * m + at[d];
          work(i);
          unsigned int d = 0;
          for (; d < dim && at[d] == high[d]; ++d)
            at[d] = low[d];
          if (d == dim)
            return;
          ++at[d];
        }
      }

      const Space<dim> &space;
      const BoundingBox<dim> box;
      double n; ///< boxes per direction
      std::vector<std::vector<Cell<dim>>> cells;
    };

    /// The nearest multiple of 1/(2 degree), where nodes of a cell that is cut
    /// in the middle lie.
    template <int dim>
    Point<dim> rounded(Point<dim> unit, const unsigned int degree)
    {
      for (unsigned int d = 0; d < dim; ++d)
        unit[d] = std::round(unit[d] * 2 * degree) / (2 * degree);
      return unit;
    }
  } // namespace

  template <int dim>
  Nesting find_nesting(const Space<dim> &fine, const Space<dim> &coarse)
  {
    const CellFinder<dim> finder(coarse);
    const FiniteElement<dim> &fe = *coarse.scalar_fe;
    const bool is_simplex = fine.mesh->is_simplex();
    const std::vector<Point<dim>> &support = fe.get_unit_support_points();
    const unsigned int n = fe.n_dofs_per_cell();

    Nesting result;
    const std::size_t n_cells = fine.mesh->triangulation().n_active_cells();
    result.parent.resize(n_cells);
    result.share.resize(n_cells);
    std::vector<double> volume(coarse.mesh->triangulation().n_active_cells());
    std::vector<std::vector<std::pair<std::int32_t, double>>> rows(
        fine.n_nodes());
    std::vector<types::global_dof_index> nodes(n), coarse_nodes(n);
    for (const auto &cell : fine.scalar_dofs.active_cell_iterators())
    {
      const Point<dim> centre = cell->center();
      const auto [parent, centre_unit] = finder.find(centre);
      const unsigned int c = cell->active_cell_index();
      result.parent[c] = parent->active_cell_index();
      volume[result.parent[c]] += result.share[c] = cell->measure();
      cell->get_dof_indices(nodes);
      parent->get_dof_indices(coarse_nodes);
      // Where the mesh is refined locally, some cells are on both levels.
      const bool is_same = cell->diameter() > 0.75 * parent->diameter();
      for (unsigned int i = 0; i < n; ++i)
      {
        if (!rows[nodes[i]].empty())
          continue;
        // Children of quadrilaterals and hexahedra have their parent's axes.
        Point<dim> unit;
        if (is_simplex)
          finder.locate(
              parent, cell->vertex(0) + jacobian<dim>(cell) * support[i], unit);
        else if (is_same)
          unit = support[i];
        else
          for (unsigned int d = 0; d < dim; ++d)
            unit[d] = 0.5 * (support[i][d] + (centre_unit[d] > 0.5 ? 1 : 0));
        if (is_simplex)
          unit = rounded(unit, fine.degree);
        for (unsigned int j = 0; j < n; ++j)
        {
          const double weight = fe.shape_value(j, unit);
          if (std::abs(weight) > 1e-12)
            rows[nodes[i]].push_back({coarse_nodes[j], weight});
        }
      }
    }
    for (std::size_t c = 0; c < n_cells; ++c)
      result.share[c] /= volume[result.parent[c]];
    result.offsets = {0};
    for (const auto &row : rows)
    {
      for (const auto &[column, weight] : row)
      {
        result.columns.push_back(column);
        result.weights.push_back(weight);
      }
      result.offsets.push_back(result.columns.size());
    }
    return result;
  }

  template Nesting find_nesting(const Space<2> &, const Space<2> &);
  template Nesting find_nesting(const Space<3> &, const Space<3> &);
} // namespace nodal
