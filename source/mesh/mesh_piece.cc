// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/mesh/mesh_piece.h>

#include "piece_parts.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace nodal
{
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

} // namespace nodal
