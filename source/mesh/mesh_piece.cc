// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/gather.h>
#include <nodal/mesh/mesh_piece.h>

#include "cell_order.h"
#include "element_tables.h"
#include "node_rows.h"

#include <deal.II/base/mpi.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    using Iterator = std::vector<std::int64_t>::iterator;

    /// Deal the nodes from @p begin to @p end out to ranks from @p first to
    /// below @p last.
    void bisect(const MeshDescription &mesh, const Iterator begin,
                const Iterator end, const int first, const int last,
                std::vector<int> &owners)
    {
      if (last - first == 1 || begin == end)
      {
        for (Iterator i = begin; i != end; ++i)
          owners[*i] = first;
        return;
      }
      const auto coordinate = [&](const std::int64_t node, const unsigned int d)
      { return mesh.support_points[node * mesh.dim + d]; };
      unsigned int longest = 0;
      double length = -1;
      for (unsigned int d = 0; d < mesh.dim; ++d)
      {
        const auto [low, high] = std::minmax_element(
            begin, end,
            [&](const std::int64_t a, const std::int64_t b)
            { return coordinate(a, d) < coordinate(b, d); });
        const double own = coordinate(*high, d) - coordinate(*low, d);
        if (own > length)
        {
          longest = d;
          length = own;
        }
      }
      const int half = (last - first) / 2;
      const Iterator middle = begin + (end - begin) * half / (last - first);
      std::nth_element(begin, middle, end,
                       [&](const std::int64_t a, const std::int64_t b)
                       {
                         const double x = coordinate(a, longest),
                                      y = coordinate(b, longest);
                         return std::tie(x, a) < std::tie(y, b);
                       });
      bisect(mesh, begin, middle, first, first + half, owners);
      bisect(mesh, middle, end, first + half, last, owners);
    }

    /// New numbers of the nodes of a piece.
    class LocalNumbers
    {
    public:
      /// @p owned and @p ghosts by ascending number; @p n_nodes of the whole.
      LocalNumbers(const std::vector<std::int64_t> &owned,
                   const std::vector<std::int64_t> &ghosts,
                   const std::size_t n_nodes)
          : index(n_nodes, -1)
      {
        for (const auto *nodes : {&owned, &ghosts})
          for (const std::int64_t node : *nodes)
            index[node] = n++;
      }

      std::int64_t operator()(const std::int64_t node) const
      {
        return index[node];
      }

    private:
      std::int64_t n = 0;
      std::vector<std::int64_t> index;
    };

    /// The boundary nodes of a piece are those on its faces.
    void collect_boundary_nodes(MeshDescription &piece)
    {
      piece.boundary_nodes = piece.boundary_face_nodes;
      std::sort(piece.boundary_nodes.begin(), piece.boundary_nodes.end());
      piece.boundary_nodes.erase(
          std::unique(piece.boundary_nodes.begin(), piece.boundary_nodes.end()),
          piece.boundary_nodes.end());
    }

    void collect_rows(MeshPiece &piece)
    {
      MeshDescription &mesh = piece.mesh;
      rows_of_nodes(mesh.cell_nodes,
                    mesh.n_cells > 0 ? mesh.cell_nodes.size() / mesh.n_cells
                                     : 1,
                    piece.n_owned(), mesh.graph_offsets, mesh.graph_columns);
    }

    /// Cuts what @p rank owns out of a whole mesh.
    class Cutter
    {
    public:
      Cutter(const MeshDescription &mesh, MPI_Comm comm)
          : mesh(mesh), rank(rank_of(comm)), owners(mesh.n_nodes(), 0),
            per_cell(mesh.n_cells > 0 ? mesh.cell_nodes.size() / mesh.n_cells
                                      : 1)
      {
        std::vector<std::int64_t> nodes(mesh.n_nodes());
        std::iota(nodes.begin(), nodes.end(), std::int64_t(0));
        bisect(mesh, nodes.begin(), nodes.end(), 0, size_of(comm), owners);
        choose_cells();
        make_halo(comm);
        const LocalNumbers local(owned, ghosts, mesh.n_nodes());
        copy_nodes();
        copy_cells(local);
        copy_boundary(local);
        collect_rows(piece);
      }

      MeshPiece piece;

    private:
      bool is_own(const std::int64_t node) const
      {
        return owners[node] == rank;
      }

      void choose_cells()
      {
        std::vector<bool> is_ghost(mesh.n_nodes(), false);
        for (std::size_t c = 0; c < mesh.n_cells; ++c)
        {
          const auto begin = mesh.cell_nodes.begin() + c * per_cell,
                     end = begin + per_cell;
          if (std::none_of(begin, end,
                           [&](const std::int64_t i) { return is_own(i); }))
            continue;
          cells.push_back(c);
          for (auto i = begin; i != end; ++i)
            if (!is_own(*i))
              is_ghost[*i] = true;
        }
        for (std::size_t i = 0; i < mesh.n_nodes(); ++i)
          if (is_own(i))
            owned.push_back(i);
          else if (is_ghost[i])
            ghosts.push_back(i);
      }

      void make_halo(MPI_Comm comm)
      {
        std::vector<int> counts(size_of(comm), 0), index(mesh.n_nodes());
        for (std::size_t i = 0; i < mesh.n_nodes(); ++i)
          index[i] = counts[owners[i]]++;
        std::vector<int> ranks, indices;
        for (const std::int64_t node : ghosts)
        {
          ranks.push_back(owners[node]);
          indices.push_back(index[node]);
        }
        piece.halo = std::make_shared<Halo>(comm, owned.size(), ranks, indices);
      }

      void copy_nodes()
      {
        piece.mesh.dim = mesh.dim;
        piece.mesh.degree = mesh.degree;
        piece.mesh.cell_type = mesh.cell_type;
        piece.mesh.n_cells = cells.size();
        for (const auto *nodes : {&owned, &ghosts})
          for (const std::int64_t node : *nodes)
          {
            piece.number.push_back(node);
            for (unsigned int d = 0; d < mesh.dim; ++d)
              piece.mesh.support_points.push_back(
                  mesh.support_points[node * mesh.dim + d]);
          }
      }

      void copy_cells(const LocalNumbers &local)
      {
        const std::size_t linear =
            mesh.n_cells > 0 ? mesh.linear_cells.size() / mesh.n_cells : 0;
        for (const std::size_t c : cells)
        {
          for (std::size_t i = c * per_cell; i < (c + 1) * per_cell; ++i)
            piece.mesh.cell_nodes.push_back(local(mesh.cell_nodes[i]));
          for (std::size_t i = c * linear; i < (c + 1) * linear; ++i)
            piece.mesh.linear_cells.push_back(local(mesh.linear_cells[i]));
        }
      }

      void copy_boundary(const LocalNumbers &local)
      {
        const std::size_t n_faces = mesh.boundary_ids.size(),
                          n = n_faces > 0
                                  ? mesh.boundary_face_nodes.size() / n_faces
                                  : 0;
        const bool has_types = !mesh.boundary_types.empty();
        for (std::size_t f = 0; f < n_faces; ++f)
        {
          const auto begin = mesh.boundary_face_nodes.begin() + f * n,
                     end = begin + n;
          if (std::none_of(begin, end,
                           [&](const std::int64_t i) { return is_own(i); }))
            continue;
          piece.mesh.boundary_ids.push_back(mesh.boundary_ids[f]);
          if (has_types)
            piece.mesh.boundary_types.push_back(mesh.boundary_types[f]);
          for (auto i = begin; i != end; ++i)
            piece.mesh.boundary_face_nodes.push_back(local(*i));
        }
        collect_boundary_nodes(piece.mesh);
        if (has_types)
          copy_conditions();
      }

      /// Conditions at the nodes.
      void copy_conditions()
      {
        const std::size_t n_values =
            mesh.boundary_nodes.empty()
                ? 0
                : mesh.boundary_values.size() / mesh.boundary_nodes.size();
        for (const std::int64_t i : piece.mesh.boundary_nodes)
        {
          const std::size_t b =
              std::lower_bound(mesh.boundary_nodes.begin(),
                               mesh.boundary_nodes.end(), piece.number[i]) -
              mesh.boundary_nodes.begin();
          piece.mesh.boundary_node_types.push_back(mesh.boundary_node_types[b]);
          piece.mesh.boundary_sampled.push_back(mesh.boundary_sampled[b]);
          for (std::size_t c = 0; c < n_values; ++c)
            piece.mesh.boundary_values.push_back(
                mesh.boundary_values[b * n_values + c]);
          piece.mesh.boundary_coefficients.push_back(
              mesh.boundary_coefficients[b]);
        }
      }

      const MeshDescription &mesh;
      const int rank;
      std::vector<int> owners; ///< of all nodes
      const std::size_t per_cell;
      std::vector<std::size_t> cells; ///< those at owned nodes
      std::vector<std::int64_t> owned, ghosts;
    };
  } // namespace

  MeshPiece cut_out(const MeshDescription &mesh, MPI_Comm comm)
  {
    return std::move(Cutter(mesh, comm).piece);
  }

  namespace
  {
    /// Collects what this rank needs of a distributed space.
    template <int dim>
    class Collector
    {
    public:
      Collector(const Space<dim> &space, const Numbering<dim> &numbering)
          : space(space), numbering(numbering), tables(*space.scalar_fe)
      {
        choose_cells();
        make_halo();
        describe_nodes();
        describe_cells();
        collect_boundary_nodes(piece.mesh);
        collect_rows(piece);
      }

      MeshPiece piece;

    private:
      using CellIterator = typename DoFHandler<dim>::active_cell_iterator;
      using Dof = types::global_dof_index;

      struct Cell
      {
        CellKey key;
        CellIterator iterator;
        std::vector<Dof> dofs;
      };

      std::size_t relevant_index(const Dof dof) const
      {
        return space.scalar_relevant.index_within_set(dof);
      }

      std::int64_t number(const Dof dof) const
      {
        return numbering.node_number[relevant_index(dof)];
      }

      void choose_cells()
      {
        std::vector<Dof> dofs(tables.n_nodes);
        IndexSet others(space.n_nodes());
        for (const auto &cell : space.scalar_dofs.active_cell_iterators())
        {
          if (cell->is_artificial())
            continue;
          cell->get_dof_indices(dofs);
          if (std::none_of(dofs.begin(), dofs.end(),
                           [&](const Dof i)
                           { return space.scalar_owned.is_element(i); }))
            continue;
          cells.push_back({CellKey(cell), cell, dofs});
          others.add_indices(dofs.begin(), dofs.end());
        }
        std::sort(cells.begin(), cells.end(),
                  [](const Cell &a, const Cell &b) { return a.key < b.key; });
        others.subtract_set(space.scalar_owned);
        owned = by_number(space.scalar_owned);
        ghosts = by_number(others);
      }

      std::vector<Dof> by_number(const IndexSet &set) const
      {
        std::vector<Dof> dofs;
        set.fill_index_vector(dofs);
        std::sort(dofs.begin(), dofs.end(),
                  [&](const Dof a, const Dof b)
                  { return number(a) < number(b); });
        return dofs;
      }

      void make_halo()
      {
        const MPI_Comm comm = space.mesh->comm;
        IndexSet wanted(space.n_nodes());
        std::vector<Dof> sorted = ghosts;
        std::sort(sorted.begin(), sorted.end());
        wanted.add_indices(sorted.begin(), sorted.end());
        const std::vector<unsigned int> owners =
            Utilities::MPI::compute_index_owner(space.scalar_owned, wanted,
                                                comm);
        // The place of a node among those of its owner, which has a range of
        // degrees of freedom, in the order of these.
        const Dof first =
            owned.empty() ? 0 : space.scalar_owned.nth_index_in_set(0);
        const std::vector<Dof> firsts =
            gather_on_all(std::vector<Dof>{first}, comm);
        std::vector<int> ranks, places;
        for (const Dof dof : ghosts)
        {
          const std::size_t k = wanted.index_within_set(dof);
          ranks.push_back(owners[k]);
          places.push_back(dof - firsts[owners[k]]);
        }
        std::vector<int> index(owned.size());
        for (std::size_t i = 0; i < owned.size(); ++i)
          index[owned[i] - first] = i;
        Halo(comm, owned.size(), ranks, places).broadcast(index);
        piece.halo = std::make_shared<Halo>(
            comm, owned.size(), ranks,
            std::vector<int>(index.begin() + owned.size(), index.end()));
      }

      void describe_nodes()
      {
        piece.mesh.dim = dim;
        piece.mesh.degree = space.degree;
        piece.mesh.cell_type = space.mesh->cell_type();
        piece.mesh.n_cells = cells.size();
        local.assign(space.scalar_relevant.n_elements(), -1);
        for (const auto *dofs : {&owned, &ghosts})
          for (const Dof dof : *dofs)
          {
            const std::size_t i = relevant_index(dof);
            local[i] = piece.number.size();
            piece.number.push_back(numbering.node_number[i]);
            for (unsigned int d = 0; d < dim; ++d)
              piece.mesh.support_points.push_back(numbering.node_point[i][d]);
          }
      }

      void describe_cells()
      {
        for (const Cell &cell : cells)
        {
          std::vector<std::int64_t> nodes;
          for (const Dof dof : cell.dofs)
            nodes.push_back(local[relevant_index(dof)]);
          piece.mesh.cell_nodes.insert(piece.mesh.cell_nodes.end(),
                                       nodes.begin(), nodes.end());
          for (const std::vector<unsigned int> &part : tables.linear_cells)
            for (const unsigned int i : part)
              piece.mesh.linear_cells.push_back(nodes[i]);
          for (const unsigned int f : cell.iterator->face_indices())
            if (cell.iterator->face(f)->at_boundary())
              describe_face(cell, f, nodes);
        }
      }

      void describe_face(const Cell &cell, const unsigned int f,
                         const std::vector<std::int64_t> &nodes)
      {
        const std::vector<unsigned int> &own = tables.face_nodes[f];
        if (std::none_of(own.begin(), own.end(),
                         [&](const unsigned int i)
                         { return nodes[i] < piece.n_owned(); }))
          return;
        piece.mesh.boundary_ids.push_back(
            cell.iterator->face(f)->boundary_id());
        for (const unsigned int i : own)
          piece.mesh.boundary_face_nodes.push_back(nodes[i]);
      }

      const Space<dim> &space;
      const Numbering<dim> &numbering;
      const ElementTables<dim> tables;
      std::vector<Cell> cells;
      std::vector<Dof> owned, ghosts;
      std::vector<std::int64_t> local; ///< by index of relevant nodes
    };
  } // namespace

  template <int dim>
  MeshPiece cut_out(const Space<dim> &space, const Numbering<dim> &numbering)
  {
    return std::move(Collector<dim>(space, numbering).piece);
  }

  template MeshPiece cut_out(const Space<2> &, const Numbering<2> &);
  template MeshPiece cut_out(const Space<3> &, const Numbering<3> &);
} // namespace nodal
