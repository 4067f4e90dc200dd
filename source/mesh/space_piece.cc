// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/mesh/mesh_piece.h>

#include "cell_order.h"
#include "element_tables.h"
#include "global_order.h"
#include "piece_parts.h"

#include <deal.II/base/mpi.h>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    using Dof = types::global_dof_index;

    /// Where a node first appears in the order of Numbering.
    struct NodeKey
    {
      CellKey cell;
      unsigned int index = 0; ///< in the cell

      bool operator<(const NodeKey &other) const
      {
        return cell < other.cell ||
               (!(other.cell < cell) && index < other.index);
      }
    };

    /// Collects what this rank needs of a distributed space.
    template <int dim>
    class Collector
    {
    public:
      explicit Collector(const Space<dim> &space)
          : space(space), tables(*space.scalar_fe),
            n_owned(space.scalar_owned.n_elements()),
            first(n_owned == 0 ? 0 : space.scalar_owned.nth_index_in_set(0)),
            others(space.n_nodes())
      {
        choose_cells();
        number_own_nodes();
        order_nodes();
        describe_nodes();
        describe_cells();
        collect_boundary_nodes(piece.mesh);
        collect_rows(piece);
      }

      MeshPiece piece;

    private:
      struct Cell
      {
        CellKey key;
        typename DoFHandler<dim>::active_cell_iterator iterator;
        std::vector<Dof> dofs;
      };

      bool is_own(const Dof dof) const
      {
        return space.scalar_owned.is_element(dof);
      }

      /// Those at owned nodes, in order.
      void choose_cells()
      {
        std::vector<Dof> dofs(tables.n_nodes), foreign;
        for (const auto &cell : space.scalar_dofs.active_cell_iterators())
        {
          if (cell->is_artificial())
            continue;
          cell->get_dof_indices(dofs);
          if (std::none_of(dofs.begin(), dofs.end(),
                           [&](const Dof dof) { return is_own(dof); }))
            continue;
          cells.push_back({CellKey(cell), cell, dofs});
          std::copy_if(dofs.begin(), dofs.end(), std::back_inserter(foreign),
                       [&](const Dof dof) { return !is_own(dof); });
        }
        std::sort(cells.begin(), cells.end(),
                  [](const Cell &a, const Cell &b) { return a.key < b.key; });
        // At once, for the set sorts what it has whenever something is added.
        std::sort(foreign.begin(), foreign.end());
        others.add_indices(foreign.begin(),
                           std::unique(foreign.begin(), foreign.end()));
      }

      /// Numbers and points of owned nodes, by degree of freedom.
      void number_own_nodes()
      {
        std::vector<NodeKey> keys(n_owned);
        std::vector<bool> is_seen(n_owned, false);
        points.resize(n_owned);
        for (const Cell &cell : cells)
          for (unsigned int i = 0; i < tables.n_nodes; ++i)
            if (is_own(cell.dofs[i]) && !is_seen[cell.dofs[i] - first])
            {
              const Dof own = cell.dofs[i] - first;
              is_seen[own] = true;
              keys[own] = {cell.key, i};
              for (unsigned int d = 0; d < dim; ++d)
              {
                double x = 0;
                for (unsigned int v = 0; v < tables.n_vertices; ++v)
                  x += tables.vertex_weights[i * tables.n_vertices + v] *
                       cell.iterator->vertex(v)[d];
                points[own][d] = x;
              }
            }
        numbers = places_in_order(keys, space.mesh->comm);
      }

      /// Puts owned nodes and ghosts in the order of their numbers.
      void order_nodes()
      {
        const MPI_Comm comm = space.mesh->comm;
        const std::vector<unsigned int> owners =
            Utilities::MPI::compute_index_owner(space.scalar_owned, others,
                                                comm);
        const std::vector<Dof> firsts =
            gather_on_all(std::vector<Dof>{first}, comm);
        std::vector<int> ranks, places;
        for (std::size_t k = 0; k < owners.size(); ++k)
        {
          ranks.push_back(owners[k]);
          places.push_back(others.nth_index_in_set(k) - firsts[owners[k]]);
        }
        const Halo by_dof(comm, n_owned, ranks, places);
        by_dof.broadcast(numbers);
        by_dof.broadcast(points);

        order.resize(numbers.size());
        std::iota(order.begin(), order.end(), 0);
        const auto by_number = [&](const int a, const int b)
        { return numbers[a] < numbers[b]; };
        std::sort(order.begin(), order.begin() + n_owned, by_number);
        std::sort(order.begin() + n_owned, order.end(), by_number);
        local.resize(order.size());
        for (std::size_t i = 0; i < order.size(); ++i)
          local[order[i]] = i;
        std::vector<int> at_owner(local.begin(), local.begin() + n_owned);
        by_dof.broadcast(at_owner);
        std::vector<int> ghost_ranks, ghost_places;
        for (std::size_t i = n_owned; i < order.size(); ++i)
        {
          ghost_ranks.push_back(ranks[order[i] - n_owned]);
          ghost_places.push_back(at_owner[order[i]]);
        }
        piece.halo =
            std::make_shared<Halo>(comm, n_owned, ghost_ranks, ghost_places);
      }

      void describe_nodes()
      {
        piece.mesh.dim = dim;
        piece.mesh.degree = space.degree;
        piece.mesh.cell_type = space.mesh->cell_type();
        piece.mesh.n_cells = cells.size();
        piece.place.assign(order.begin(), order.begin() + n_owned);
        for (const int i : order)
        {
          piece.number.push_back(numbers[i]);
          for (unsigned int d = 0; d < dim; ++d)
            piece.mesh.support_points.push_back(points[i][d]);
        }
      }

      std::int64_t local_number(const Dof dof) const
      {
        return local[is_own(dof) ? dof - first
                                 : n_owned + others.index_within_set(dof)];
      }

      void describe_cells()
      {
        for (const Cell &cell : cells)
        {
          std::vector<std::int64_t> nodes;
          for (const Dof dof : cell.dofs)
            nodes.push_back(local_number(dof));
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
                         { return nodes[i] < std::int64_t(n_owned); }))
          return;
        piece.mesh.boundary_ids.push_back(
            cell.iterator->face(f)->boundary_id());
        for (const unsigned int i : own)
          piece.mesh.boundary_face_nodes.push_back(nodes[i]);
      }

      const Space<dim> &space;
      const ElementTables<dim> tables;
      const std::size_t n_owned;
      const Dof first; ///< owned degree of freedom
      IndexSet others; ///< degrees of freedom of ghosts
      std::vector<Cell> cells;

      // Owned nodes, then ghosts, each by degree of freedom.
      std::vector<std::int64_t> numbers;
      std::vector<Point<dim>> points;

      std::vector<int> order, local; ///< by number, and the way back
    };
  } // namespace

  template <int dim>
  MeshPiece cut_out(const Space<dim> &space)
  {
    return std::move(Collector<dim>(space).piece);
  }

  template MeshPiece cut_out(const Space<2> &);
  template MeshPiece cut_out(const Space<3> &);
} // namespace nodal
