// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/exchange.h>
#include <nodal/mesh/expansion.h>
#include <nodal/mesh/nesting.h>

#include <deal.II/base/bounding_box.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    template <int dim>
    using Cell = typename DoFHandler<dim>::active_cell_iterator;

    template <int dim>
    std::vector<Point<dim>> vertices(const Cell<dim> &cell)
    {
      std::vector<Point<dim>> result;
      for (const unsigned int v : cell->vertex_indices())
        result.push_back(cell->vertex(v));
      return result;
    }

    /// The map from the reference cell to a straight-sided simplex.
    template <int dim>
    Tensor<2, dim> jacobian(const std::vector<Point<dim>> &vertices)
    {
      Tensor<2, dim> result;
      for (unsigned int i = 0; i < dim; ++i)
        for (unsigned int j = 0; j < dim; ++j)
          result[i][j] = vertices[j + 1][i] - vertices[0][i];
      return result;
    }

    /// Where in the reference cell @p x is.
    template <int dim>
    Point<dim> in_simplex(const std::vector<Point<dim>> &vertices,
                          const Point<dim> &x)
    {
      return Point<dim>(invert(jacobian<dim>(vertices)) * (x - vertices[0]));
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

    /// A coarse cell as the ranks need it that have cells within it.
    template <int dim>
    struct CoarseCell
    {
      std::int64_t id;
      double diameter;
      std::vector<Point<dim>> simplex; ///< vertices, if it is one

      /// Of each of its nodes: the nodes that it stands for.
      std::vector<std::vector<std::pair<std::int64_t, double>>> nodes;

      template <class Archive>
      void serialize(Archive &archive, unsigned int)
      {
        archive &id &diameter &simplex &nodes;
      }
    };

    /// What a rank finds for a point: which of its cells contains it, if one
    /// does, where in the reference cell, and how far outside of it.
    template <int dim>
    struct Place
    {
      double outside = std::numeric_limits<double>::infinity();
      unsigned int cell = 0;
      Point<dim> unit;

      template <class Archive>
      void serialize(Archive &archive, unsigned int)
      {
        archive &outside &cell &unit;
      }
    };

    template <int dim>
    struct Answer
    {
      std::vector<Place<dim>> places;      ///< one per point
      std::vector<CoarseCell<dim>> coarse; ///< those that occur in them

      template <class Archive>
      void serialize(Archive &archive, unsigned int)
      {
        archive &places &coarse;
      }
    };

    /// Finds the own cells of a space by the points that they contain, with a
    /// grid of boxes about as large as the cells.
    template <int dim>
    class CellFinder
    {
    public:
      explicit CellFinder(const Space<dim> &space) : space(space)
      {
        for (unsigned int d = 0; d < dim; ++d)
          low[d] = std::numeric_limits<double>::max(),
          high[d] = -std::numeric_limits<double>::max();
        std::size_t n_cells = 0;
        for (const auto &cell : space.scalar_dofs.active_cell_iterators())
          if (cell->is_locally_owned())
          {
            ++n_cells;
            const auto [a, b] = around(cell).get_boundary_points();
            for (unsigned int d = 0; d < dim; ++d)
            {
              low[d] = std::min(low[d], a[d]);
              high[d] = std::max(high[d], b[d]);
            }
          }
        n = std::max(1., std::floor(std::pow(n_cells, 1. / dim)));
        cells.resize(std::lround(std::pow(n, dim)));
        for (const auto &cell : space.scalar_dofs.active_cell_iterators())
          if (cell->is_locally_owned())
          {
            const auto [a, b] = around(cell).get_boundary_points();
            for_boxes(index(a), index(b),
                      [&](const std::size_t i) { cells[i].push_back(cell); });
          }
      }

      /// The box around all own cells, its lower corner first; upside down
      /// without cells.
      std::vector<Point<dim>> box() const
      {
        return {low, high};
      }

      Answer<dim> find(const std::vector<Point<dim>> &points) const
      {
        Answer<dim> answer;
        std::map<Cell<dim>, unsigned int> number;
        for (const Point<dim> &x : points)
        {
          Place<dim> place;
          const Cell<dim> cell = find(x, place);
          if (place.outside < most_outside)
          {
            const auto [entry, is_new] =
                number.emplace(cell, answer.coarse.size());
            if (is_new)
              answer.coarse.push_back(describe(cell));
            place.cell = entry->second;
          }
          answer.places.push_back(place);
        }
        return answer;
      }

      static constexpr double most_outside = 0.1;

    private:
      BoundingBox<dim> around(const Cell<dim> &cell) const
      {
        BoundingBox<dim> result = cell->bounding_box();
        result.extend(0.2 * cell->diameter());
        return result;
      }

      /// The cell that contains @p x best.
      Cell<dim> find(const Point<dim> &x, Place<dim> &best) const
      {
        const bool is_simplex = space.mesh->is_simplex();
        Cell<dim> result;
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
                      if (outside < best.outside)
                      {
                        best.outside = outside;
                        best.unit = unit;
                        result = cell;
                      }
                    }
                  });
        return result;
      }

      bool locate(const Cell<dim> &cell, const Point<dim> &x,
                  Point<dim> &unit) const
      {
        if (space.mesh->is_simplex())
        {
          unit = in_simplex<dim>(vertices<dim>(cell), x);
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

      CoarseCell<dim> describe(const Cell<dim> &cell) const
      {
        CoarseCell<dim> result;
        result.id = cell->global_active_cell_index();
        result.diameter = cell->diameter();
        if (space.mesh->is_simplex())
          result.simplex = vertices<dim>(cell);
        std::vector<types::global_dof_index> nodes(
            space.scalar_fe->n_dofs_per_cell());
        cell->get_dof_indices(nodes);
        for (const types::global_dof_index node : nodes)
        {
          result.nodes.emplace_back();
          for (const auto &[master, weight] :
               expand(node, space.scalar_hanging_nodes))
            result.nodes.back().push_back({master, weight});
        }
        return result;
      }

      std::array<int, dim> index(const Point<dim> &x) const
      {
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
      Point<dim> low, high;
      double n; ///< boxes per direction
      std::vector<std::vector<Cell<dim>>> cells;
    };

    /// The cells of @p coarse that contain points, wherever they are.
    template <int dim>
    class Parents
    {
    public:
      struct Parent
      {
        const CoarseCell<dim> *cell;
        Point<dim> unit; ///< of the point
        unsigned int rank;
      };

      /// Collective; throws BadInput on all ranks if one contains no point.
      Parents(const Space<dim> &coarse, const std::vector<Point<dim>> &points)
          : comm(coarse.mesh->comm)
      {
        const CellFinder<dim> finder(coarse);
        const auto boxes = Utilities::MPI::all_gather(comm, finder.box());
        ByRank<std::vector<Point<dim>>> questions;
        ByRank<std::vector<std::size_t>> asked;
        for (std::size_t i = 0; i < points.size(); ++i)
          for (unsigned int rank = 0; rank < boxes.size(); ++rank)
            if (is_in(points[i], boxes[rank]))
            {
              questions[rank].push_back(points[i]);
              asked[rank].push_back(i);
            }
        ByRank<Answer<dim>> found;
        for (const auto &[rank, question] : exchange(comm, questions))
          found[rank] = finder.find(question);
        answers = exchange(comm, std::move(found));
        std::vector<double> outside(points.size(),
                                    CellFinder<dim>::most_outside);
        parents.resize(points.size(), {nullptr, {}, 0});
        for (const auto &[rank, answer] : answers)
          for (std::size_t k = 0; k < answer.places.size(); ++k)
          {
            const Place<dim> &place = answer.places[k];
            const std::size_t i = asked[rank][k];
            if (!(place.outside < outside[i]))
              continue;
            outside[i] = place.outside;
            parents[i] = {&answer.coarse[place.cell], place.unit, rank};
          }
        agree(comm,
              [&]
              {
                for (const Parent &parent : parents)
                  if (!parent.cell)
                    throw BadInput("The meshes of two levels are not nested.");
              });
      }

      const Parent &operator[](const std::size_t i) const
      {
        return parents[i];
      }

      /// For each point the sum of @p values over all points, of all ranks, in
      /// the same cell. Collective.
      std::vector<double> sums(const std::vector<double> &values) const
      {
        using Part = std::pair<std::int64_t, double>;
        ByRank<std::vector<Part>> parts;
        for (std::size_t i = 0; i < values.size(); ++i)
          parts[parents[i].rank].push_back({parents[i].cell->id, values[i]});
        ByRank<std::vector<Part>> received = exchange(comm, std::move(parts));
        std::unordered_map<std::int64_t, double> sum;
        for (const auto &[rank, list] : received)
          for (const auto &[cell, value] : list)
            sum[cell] += value;
        for (auto &[rank, list] : received)
          for (auto &[cell, value] : list)
            value = sum[cell];
        parts = exchange(comm, std::move(received));
        ByRank<std::size_t> next;
        std::vector<double> result;
        for (std::size_t i = 0; i < values.size(); ++i)
        {
          const unsigned int rank = parents[i].rank;
          result.push_back(parts[rank][next[rank]++].second);
        }
        return result;
      }

    private:
      static bool is_in(const Point<dim> &x, const std::vector<Point<dim>> &box)
      {
        for (unsigned int d = 0; d < dim; ++d)
          if (!(x[d] >= box[0][d] && x[d] <= box[1][d]))
            return false;
        return true;
      }

      const MPI_Comm comm;
      ByRank<Answer<dim>> answers;
      std::vector<Parent> parents;
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
    const FiniteElement<dim> &fe = *coarse.scalar_fe;
    const bool is_simplex = fine.mesh->is_simplex();
    const unsigned int n = fe.n_dofs_per_cell();
    const std::vector<Point<dim>> &support =
        fine.scalar_fe->get_unit_support_points();

    std::vector<Cell<dim>> cells;
    std::vector<Point<dim>> centres;
    std::vector<double> volumes;
    for (const auto &cell : fine.scalar_dofs.active_cell_iterators())
      if (cell->is_locally_owned())
      {
        cells.push_back(cell);
        centres.push_back(cell->center());
        volumes.push_back(cell->measure());
      }
    const Parents<dim> parents(coarse, centres);
    Nesting result;
    result.share = parents.sums(volumes);
    const std::size_t n_own = fine.scalar_owned.n_elements();
    std::vector<std::vector<std::pair<std::int64_t, double>>> rows(n_own);
    std::vector<types::global_dof_index> nodes(support.size());
    for (std::size_t c = 0; c < cells.size(); ++c)
    {
      const Cell<dim> &cell = cells[c];
      const CoarseCell<dim> &parent = *parents[c].cell;
      result.parent.push_back(parent.id);
      result.share[c] = volumes[c] / result.share[c];
      cell->get_dof_indices(nodes);
      // Where the mesh is refined locally, or not at all, cells are on both
      // levels.
      const bool is_same = cell->diameter() > 0.75 * parent.diameter;
      for (unsigned int i = 0; i < support.size(); ++i)
      {
        if (!fine.scalar_owned.is_element(nodes[i]))
          continue;
        auto &row = rows[fine.scalar_owned.index_within_set(nodes[i])];
        if (!row.empty())
          continue;
        // Children of quadrilaterals and hexahedra have their parent's axes.
        Point<dim> unit;
        if (is_simplex)
          unit =
              rounded(in_simplex<dim>(parent.simplex,
                                      cell->vertex(0) +
                                          jacobian<dim>(vertices<dim>(cell)) *
                                              support[i]),
                      fine.degree);
        else if (is_same)
          unit = support[i];
        else
          for (unsigned int d = 0; d < dim; ++d)
            unit[d] =
                0.5 * (support[i][d] + (parents[c].unit[d] > 0.5 ? 1 : 0));
        for (unsigned int j = 0; j < n; ++j)
        {
          const double weight = fe.shape_value(j, unit);
          if (std::abs(weight) > 1e-12)
            for (const auto &[node, part] : parent.nodes[j])
              row.push_back({node, weight * part});
        }
      }
    }
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
