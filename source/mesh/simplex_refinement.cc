// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simplex_refinement.h"

#include <deal.II/grid/tria_accessor.h>
#include <deal.II/grid/tria_iterator.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    using Vertices = std::vector<unsigned int>;

    /// A side of the boundary.
    struct Side
    {
      Vertices vertices;
      types::boundary_id boundary;
      types::manifold_id manifold;
    };

    /// What a mesh is made from.
    template <int dim>
    struct Parts
    {
      std::vector<Point<dim>> points;
      std::vector<CellData<dim>> cells;
      std::vector<Side> sides;
    };

    template <class Accessor>
    Vertices vertices_of(const Accessor &object)
    {
      Vertices result;
      for (const unsigned int v : object->vertex_indices())
        result.push_back(object->vertex_index(v));
      return result;
    }

    void push(const CellData<1> &side, SubCellData &sides)
    {
      sides.boundary_lines.push_back(side);
    }

    void push(const CellData<2> &side, SubCellData &sides)
    {
      sides.boundary_quads.push_back(side);
    }

    template <int dim>
    std::unique_ptr<Triangulation<dim>>
    assemble(const Parts<dim> &parts, const Triangulation<dim> &origin)
    {
      SubCellData sides;
      std::map<Vertices, types::manifold_id> bent;
      for (const Side &side : parts.sides)
      {
        CellData<dim - 1> data(dim);
        data.vertices = side.vertices;
        data.boundary_id = side.boundary;
        push(data, sides);
        if (side.manifold != numbers::flat_manifold_id)
        {
          Vertices key = side.vertices;
          std::sort(key.begin(), key.end());
          bent[key] = side.manifold;
        }
      }
      auto mesh = std::make_unique<Triangulation<dim>>();
      mesh->create_triangulation(parts.points, parts.cells, sides);
      if (bent.empty())
        return mesh;
      for (const types::manifold_id id : origin.get_manifold_ids())
        if (id != numbers::flat_manifold_id)
          mesh->set_manifold(id, origin.get_manifold(id));
      for (const auto &face : mesh->active_face_iterators())
        if (face->at_boundary())
        {
          Vertices key = vertices_of(face);
          std::sort(key.begin(), key.end());
          const auto found = bent.find(key);
          if (found != bent.end())
            face->set_all_manifold_ids(found->second);
        }
      return mesh;
    }

    /// The boundary sides of @p mesh, those with a line in @p cut replaced by
    /// what @p split makes of them.
    template <int dim, class Split>
    void add_sides(const Triangulation<dim> &mesh, const Split &split,
                   Parts<dim> &parts)
    {
      for (const auto &face : mesh.active_face_iterators())
        if (face->at_boundary())
          for (const Vertices &part : split(vertices_of(face)))
            parts.sides.push_back(
                {part, face->boundary_id(), face->manifold_id()});
    }

    template <int dim, class Split>
    void add_cells(const Triangulation<dim> &mesh, const Split &split,
                   Parts<dim> &parts)
    {
      for (const auto &cell : mesh.active_cell_iterators())
        for (const Vertices &part : split(vertices_of(cell)))
        {
          CellData<dim> data(dim + 1);
          data.vertices = part;
          data.material_id = cell->material_id();
          parts.cells.push_back(data);
        }
    }

    /// Which edges are halved, and where.
    template <int dim>
    class Bisection
    {
    public:
      Bisection(const Triangulation<dim> &mesh, const std::vector<bool> &flags)
          : mesh(mesh), rank(ranks(mesh)), marked(rank.size(), false)
      {
        for (const auto &cell : mesh.active_cell_iterators())
          if (flags[cell->active_cell_index()])
            for (unsigned int l = 0; l < cell->n_lines(); ++l)
              marked[cell->line_index(l)] = true;
        while (mark_longest_edges())
        {
        }
      }

      /// Add the midpoints of halved edges to @p points.
      void add_midpoints(std::vector<Point<dim>> &points)
      {
        for (const auto &cell : mesh.active_cell_iterators())
          for (unsigned int l = 0; l < cell->n_lines(); ++l)
          {
            const auto line = cell->line(l);
            if (!marked[line->index()])
              continue;
            const bool is_new =
                cuts.insert({key(line->vertex_index(0), line->vertex_index(1)),
                             {rank[line->index()], points.size()}})
                    .second;
            if (is_new)
              points.push_back(line->center(true));
          }
      }

      /// The parts of the cell or face with vertices @p whole.
      std::vector<Vertices> operator()(const Vertices &whole) const
      {
        std::map<std::size_t, std::array<unsigned int, 3>> in_order;
        for (std::size_t i = 0; i < whole.size(); ++i)
          for (std::size_t j = 0; j < i; ++j)
          {
            const auto cut = cuts.find(key(whole[i], whole[j]));
            if (cut != cuts.end())
              in_order[cut->second.first] = {
                  {whole[i], whole[j], cut->second.second}};
          }
        std::vector<Vertices> parts = {whole};
        for (const auto &[order, edge] : in_order)
        {
          (void)order;
          const std::size_t n = parts.size();
          for (std::size_t p = 0; p < n; ++p)
          {
            const auto a = std::find(parts[p].begin(), parts[p].end(), edge[0]);
            const auto b = std::find(parts[p].begin(), parts[p].end(), edge[1]);
            if (a == parts[p].end() || b == parts[p].end())
              continue;
            Vertices other = parts[p];
            other[b - parts[p].begin()] = edge[2];
            *a = edge[2];
            parts.push_back(other);
          }
        }
        return parts;
      }

    private:
      static std::pair<unsigned int, unsigned int> key(const unsigned int a,
                                                       const unsigned int b)
      {
        return std::minmax(a, b);
      }

      /// The place of each line in the order of lengths, longest first.
      static std::vector<std::size_t> ranks(const Triangulation<dim> &mesh)
      {
        struct Line
        {
          double length;
          std::pair<unsigned int, unsigned int> vertices;
          unsigned int index;
        };
        std::vector<Line> lines;
        std::vector<bool> seen(mesh.n_raw_lines(), false);
        for (const auto &cell : mesh.active_cell_iterators())
          for (unsigned int l = 0; l < cell->n_lines(); ++l)
          {
            const auto line = cell->line(l);
            const unsigned int index = line->index();
            if (!seen[index])
              lines.push_back(
                  {(line->vertex(0) - line->vertex(1)).norm_square(),
                   key(line->vertex_index(0), line->vertex_index(1)), index});
            seen[index] = true;
          }
        std::sort(lines.begin(), lines.end(),
                  [](const Line &a, const Line &b) {
                    return std::tie(b.length, a.vertices) <
                           std::tie(a.length, b.vertices);
                  });
        std::vector<std::size_t> result(seen.size(), 0);
        for (std::size_t i = 0; i < lines.size(); ++i)
          result[lines[i].index] = i;
        return result;
      }

      bool mark_longest_edges()
      {
        bool changed = false;
        for (const auto &cell : mesh.active_cell_iterators())
        {
          bool any = false;
          unsigned int longest = cell->line_index(0);
          for (unsigned int l = 0; l < cell->n_lines(); ++l)
          {
            const unsigned int line = cell->line_index(l);
            any |= marked[line];
            if (rank[line] < rank[longest])
              longest = line;
          }
          if (any && !marked[longest])
          {
            marked[longest] = true;
            changed = true;
          }
        }
        return changed;
      }

      const Triangulation<dim> &mesh;
      const std::vector<std::size_t> rank; ///< by line
      std::vector<bool> marked;            ///< by line
      /// By vertices of a halved edge: its rank and its midpoint.
      std::map<std::pair<unsigned int, unsigned int>,
               std::pair<std::size_t, unsigned int>>
          cuts;
    };
  } // namespace

  template <int dim>
  std::unique_ptr<Triangulation<dim>> flattened(const Triangulation<dim> &mesh)
  {
    const auto whole = [](const Vertices &vertices)
    { return std::vector<Vertices>{vertices}; };
    Parts<dim> parts;
    parts.points = mesh.get_vertices();
    add_cells(mesh, whole, parts);
    add_sides(mesh, whole, parts);
    return assemble(parts, mesh);
  }

  template <int dim>
  std::unique_ptr<Triangulation<dim>> bisected(const Triangulation<dim> &mesh,
                                               const std::vector<bool> &flags)
  {
    Parts<dim> parts;
    parts.points = mesh.get_vertices();
    Bisection<dim> bisection(mesh, flags);
    bisection.add_midpoints(parts.points);
    add_cells(mesh, bisection, parts);
    add_sides(mesh, bisection, parts);
    return assemble(parts, mesh);
  }

  template std::unique_ptr<Triangulation<2>>
  flattened(const Triangulation<2> &);
  template std::unique_ptr<Triangulation<3>>
  flattened(const Triangulation<3> &);
  template std::unique_ptr<Triangulation<2>>
  bisected(const Triangulation<2> &, const std::vector<bool> &);
  template std::unique_ptr<Triangulation<3>>
  bisected(const Triangulation<3> &, const std::vector<bool> &);
} // namespace nodal
