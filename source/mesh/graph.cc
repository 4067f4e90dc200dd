// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/mesh/graph.h>

#include "edge_views.h"
#include "graph_coarsening.h"
#include "node_rows.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

namespace nodal
{
  namespace
  {
    /// The linear cells of a description as a mesh whose vertices are nodes.
    class LinearMesh
    {
    public:
      explicit LinearMesh(const MeshDescription &mesh)
          : mesh(mesh), dim(mesh.dim),
            is_simplex(mesh.cell_type == "triangle" ||
                       mesh.cell_type == "tetrahedron"),
            n_vertices(is_simplex ? dim + 1 : 1 << dim)
      {
      }

      std::size_t n_cells() const
      {
        return mesh.linear_cells.size() / n_vertices;
      }

      const std::int64_t *cell(const std::size_t c) const
      {
        return &mesh.linear_cells[c * n_vertices];
      }

      /// Area in 2d; in 3d the volume of tetrahedra, into which hexahedra are
      /// cut around their centre.
      double volume(const std::size_t c) const
      {
        const std::int64_t *const v = cell(c);
        if (is_simplex)
        {
          std::vector<double> corner(point(v[0]), point(v[0]) + dim);
          std::vector<std::vector<double>> edges;
          for (unsigned int k = 1; k <= dim; ++k)
            edges.push_back(difference(point(v[k]), corner.data()));
          return std::abs(determinant(edges)) / (dim == 2 ? 2 : 6);
        }
        // The cone from the centre over each face.
        const std::vector<double> center = mean(cell_vertices(c));
        double sum = 0;
        for (const std::vector<std::int64_t> &face : faces(c))
        {
          const std::vector<double> normal = area_vector(face);
          const std::vector<double> arm =
              difference(mean(face).data(), center.data());
          double product = 0;
          for (unsigned int d = 0; d < dim; ++d)
            product += normal[d] * arm[d];
          sum += std::abs(product) / dim;
        }
        return sum;
      }

      std::vector<std::int64_t> cell_vertices(const std::size_t c) const
      {
        return std::vector<std::int64_t>(cell(c), cell(c) + n_vertices);
      }

      /// Vertices of the faces of a cell, around each face; VTK's order.
      std::vector<std::vector<std::int64_t>> faces(const std::size_t c) const
      {
        using Table = std::vector<std::vector<int>>;
        static const std::map<std::string, Table> tables = {
            {"triangle", {{0, 1}, {1, 2}, {2, 0}}},
            {"quadrilateral", {{0, 1}, {1, 2}, {2, 3}, {3, 0}}},
            {"tetrahedron", {{0, 1, 2}, {0, 1, 3}, {1, 2, 3}, {0, 2, 3}}},
            {"hexahedron",
             {{0, 1, 2, 3},
              {4, 5, 6, 7},
              {0, 1, 5, 4},
              {1, 2, 6, 5},
              {2, 3, 7, 6},
              {3, 0, 4, 7}}}};
        std::vector<std::vector<std::int64_t>> result;
        for (const std::vector<int> &face : tables.at(mesh.cell_type))
        {
          result.emplace_back();
          for (const int v : face)
            result.back().push_back(cell(c)[v]);
        }
        return result;
      }

      /// Normal to a face, as long as the face is large.
      std::vector<double>
      area_vector(const std::vector<std::int64_t> &face) const
      {
        if (dim == 2)
        {
          const std::vector<double> t =
              difference(point(face[1]), point(face[0]));
          return {t[1], -t[0]};
        }
        const bool is_triangle = face.size() == 3;
        const std::vector<double> a = difference(
                                      point(face[is_triangle ? 1 : 2]),
                                      point(face[0])),
                                  b = difference(
                                      point(face[is_triangle ? 2 : 3]),
                                      point(face[is_triangle ? 0 : 1]));
        return {(a[1] * b[2] - a[2] * b[1]) / 2,
                (a[2] * b[0] - a[0] * b[2]) / 2,
                (a[0] * b[1] - a[1] * b[0]) / 2};
      }

      /// The vertices of a face around it, from its nodes in deal.II's order.
      std::vector<std::int64_t>
      around_face(const std::vector<std::int64_t> &nodes) const
      {
        if (dim == 2)
          return {nodes[0], nodes[1]};
        if (is_simplex)
          return {nodes[0], nodes[1], nodes[2]};
        return {nodes[0], nodes[1], nodes[3], nodes[2]};
      }

      std::vector<double> mean(const std::vector<std::int64_t> &nodes) const
      {
        std::vector<double> sum(dim, 0.);
        for (const std::int64_t node : nodes)
          for (unsigned int d = 0; d < dim; ++d)
            sum[d] += point(node)[d] / nodes.size();
        return sum;
      }

    private:
      const double *point(const std::int64_t node) const
      {
        return &mesh.support_points[node * dim];
      }

      std::vector<double> difference(const double *const a,
                                     const double *const b) const
      {
        std::vector<double> result(dim);
        for (unsigned int d = 0; d < dim; ++d)
          result[d] = a[d] - b[d];
        return result;
      }

      double determinant(const std::vector<std::vector<double>> &m) const
      {
        if (dim == 2)
          return m[0][0] * m[1][1] - m[0][1] * m[1][0];
        double sum = 0;
        for (int k = 0; k < 3; ++k)
          sum += m[0][k] * (m[1][(k + 1) % 3] * m[2][(k + 2) % 3] -
                            m[1][(k + 2) % 3] * m[2][(k + 1) % 3]);
        return sum;
      }

      const MeshDescription &mesh;
      const unsigned int dim;
      const bool is_simplex;
      const unsigned int n_vertices;
    };

    void add_volumes(const LinearMesh &mesh, GraphLevel &level)
    {
      for (std::size_t c = 0; c < mesh.n_cells(); ++c)
      {
        const std::vector<std::int64_t> nodes = mesh.cell_vertices(c);
        const double share = mesh.volume(c) / nodes.size();
        for (const std::int64_t node : nodes)
          level.volume[node] += share;
      }
    }

    /// Finds the cells behind the faces of the boundary.
    class FaceCells
    {
    public:
      FaceCells(const MeshDescription &mesh, const int n_owned)
          : mesh(mesh),
            per_cell(mesh.n_cells > 0 ? mesh.cell_nodes.size() / mesh.n_cells
                                      : 1),
            n_owned(n_owned), at(mesh.cell_nodes, per_cell, n_owned)
      {
      }

      /// The nodes of the cell with the face whose nodes are @p face, one of
      /// them owned.
      std::vector<std::int64_t>
      behind(const std::vector<std::int64_t> &face) const
      {
        const std::int64_t node =
            *std::find_if(face.begin(), face.end(),
                          [&](const std::int64_t i) { return i < n_owned; });
        for (std::size_t k = at.offsets[node]; k < at.offsets[node + 1]; ++k)
        {
          const auto begin = mesh.cell_nodes.begin() + at.cells[k] * per_cell,
                     end = begin + per_cell;
          if (std::all_of(face.begin(), face.end(),
                          [&](const std::int64_t i)
                          { return std::find(begin, end, i) != end; }))
            return {begin, end};
        }
        throw std::logic_error("a face of the boundary has no cell");
      }

    private:
      const MeshDescription &mesh;
      const std::size_t per_cell;
      const std::int64_t n_owned;
      const CellsOfNodes at;
    };

    void normalize(const unsigned int dim, std::vector<double> &vectors)
    {
      for (std::size_t i = 0; i < vectors.size(); i += dim)
      {
        double square = 0;
        for (unsigned int d = 0; d < dim; ++d)
          square += vectors[i + d] * vectors[i + d];
        if (square > 0)
          for (unsigned int d = 0; d < dim; ++d)
            vectors[i + d] /= std::sqrt(square);
      }
    }

    void add_boundary(const MeshDescription &description,
                      const LinearMesh &mesh, GraphLevel &level)
    {
      const unsigned int dim = description.dim;
      const FaceCells cells(description, level.n_owned);
      const bool has_types = !description.boundary_types.empty();
      for (std::size_t i = 0; i < description.boundary_nodes.size(); ++i)
        level.type[description.boundary_nodes[i]] =
            has_types ? description.boundary_node_types[i] : 0;
      const std::size_t n_faces = description.boundary_ids.size(),
                        n = n_faces == 0
                                ? 0
                                : description.boundary_face_nodes.size() /
                                      n_faces;
      for (std::size_t f = 0; n > 0 && f < n_faces; ++f)
      {
        // The first nodes of a face are its vertices.
        const auto begin = description.boundary_face_nodes.begin() + f * n;
        const std::vector<std::int64_t> nodes(begin, begin + n),
            vertices = mesh.around_face({begin, begin + n});
        std::vector<double> normal = mesh.area_vector(vertices);
        const std::vector<double> center = mesh.mean(vertices),
                                  inside = mesh.mean(cells.behind(nodes));
        double square = 0, outward = 0;
        for (unsigned int d = 0; d < dim; ++d)
        {
          square += normal[d] * normal[d];
          outward += normal[d] * (center[d] - inside[d]);
        }
        const int type = has_types ? description.boundary_types[f] : 0;
        for (const std::int64_t node : nodes)
        {
          if (type < 3)
            level.boundary_measure[node * 3 + type] += std::sqrt(square) / n;
          for (unsigned int d = 0; d < dim; ++d)
            level.normals[node * dim + d] +=
                outward < 0 ? -normal[d] : normal[d];
        }
      }
      normalize(dim, level.normals);
    }

    void add_edges(const MeshPiece &piece, GraphLevel &level)
    {
      level.offsets.assign(piece.mesh.graph_offsets.begin(),
                           piece.mesh.graph_offsets.end());
      level.sources.assign(piece.mesh.graph_columns.begin(),
                           piece.mesh.graph_columns.end());
      for (int i = 0; i < level.n_owned; ++i)
      {
        if (level.offsets[i] == level.offsets[i + 1])
          throw BadInput("Node " + std::to_string(level.number[i]) +
                         " of the mesh shares a cell with no other node, so "
                         "the graph of the mesh has an isolated node; mesh "
                         "the domain without lone vertices.");
        std::sort(level.sources.begin() + level.offsets[i],
                  level.sources.begin() + level.offsets[i + 1],
                  [&](const int a, const int b)
                  { return level.number[a] < level.number[b]; });
      }
    }

    GraphLevel finest_level(const MeshPiece &piece)
    {
      const unsigned int dim = piece.mesh.dim;
      const std::size_t n = piece.number.size();
      GraphLevel level;
      level.halo = piece.halo;
      level.n_owned = piece.n_owned();
      level.number = piece.number;
      level.points = piece.mesh.support_points;
      level.volume.assign(n, 0.);
      level.type.assign(n, -1);
      level.boundary_measure.assign(n * 3, 0.);
      level.normals.assign(n * dim, 0.);
      const LinearMesh mesh(piece.mesh);
      agree(piece.halo->comm, [&] { add_edges(piece, level); });
      add_volumes(mesh, level);
      add_boundary(piece.mesh, mesh, level);
      // What was added at ghosts is not all that there is.
      level.halo->broadcast(level.volume);
      level.halo->broadcast(level.type);
      level.halo->broadcast(level.boundary_measure, 3);
      level.halo->broadcast(level.normals, dim);
      add_views(dim, level);
      return level;
    }
  } // namespace

  Graph make_graph(const MeshPiece &piece, const unsigned int coarsest_size)
  {
    Graph graph;
    graph.dim = piece.mesh.dim;
    graph.levels.push_back(finest_level(piece));
    while (graph.levels.back().n_nodes_of_all_ranks() > coarsest_size &&
           add_coarser_level(graph))
    {
    }
    return graph;
  }

  Graph make_graph(const MeshDescription &mesh,
                   const unsigned int coarsest_size)
  {
    return make_graph(cut_out(mesh, MPI_COMM_SELF), coarsest_size);
  }
} // namespace nodal
