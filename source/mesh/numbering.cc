// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/gather.h>
#include <nodal/core/hash.h>
#include <nodal/mesh/numbering.h>

#include "cell_order.h"
#include "element_tables.h"
#include "node_rows.h"

#include <algorithm>
#include <limits>
#include <sstream>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    constexpr std::uint64_t unset = std::numeric_limits<std::uint64_t>::max();
    constexpr std::int32_t interior = -1;

    /// What is known of some cells, one after the other.
    struct CellArrays
    {
      std::vector<CellKey> keys;
      std::vector<std::uint64_t> nodes;   ///< degrees of freedom of each cell
      std::vector<double> corners;        ///< coordinates of its vertices
      std::vector<std::int32_t> face_ids; ///< boundary id of each face
    };

    template <int dim>
    CellArrays owned_cells(const Space<dim> &space)
    {
      CellArrays result;
      std::vector<types::global_dof_index> nodes(
          space.scalar_fe->n_dofs_per_cell());
      for (const auto &cell : space.scalar_dofs.active_cell_iterators())
      {
        if (!cell->is_locally_owned())
          continue;
        result.keys.emplace_back(cell);
        cell->get_dof_indices(nodes);
        result.nodes.insert(result.nodes.end(), nodes.begin(), nodes.end());
        for (const unsigned int v : cell->vertex_indices())
          for (unsigned int d = 0; d < dim; ++d)
            result.corners.push_back(cell->vertex(v)[d]);
        for (const unsigned int f : cell->face_indices())
          result.face_ids.push_back(
              cell->face(f)->at_boundary()
                  ? std::int32_t(cell->face(f)->boundary_id())
                  : interior);
      }
      return result;
    }

    CellArrays gather(const CellArrays &local, MPI_Comm comm)
    {
      CellArrays all;
      all.keys = nodal::gather(local.keys, comm);
      all.nodes = nodal::gather(local.nodes, comm);
      all.corners = nodal::gather(local.corners, comm);
      all.face_ids = nodal::gather(local.face_ids, comm);
      return all;
    }

    /// The cells of @p all sorted by their keys.
    std::vector<std::size_t> sorted(const std::vector<CellKey> &keys)
    {
      std::vector<std::size_t> order(keys.size());
      std::iota(order.begin(), order.end(), 0);
      std::sort(order.begin(), order.end(),
                [&](std::size_t a, std::size_t b)
                { return keys[a] < keys[b]; });
      return order;
    }

    /// Fills a description from the cells of all ranks.
    template <int dim>
    class Describer
    {
    public:
      Describer(const Space<dim> &space, const CellArrays &all,
                MeshDescription &result)
          : all(all), tables(*space.scalar_fe), result(result),
            order(sorted(all.keys)), number_of_node(space.n_nodes(), unset)
      {
        result.dim = dim;
        result.degree = space.degree;
        result.cell_type = space.mesh->cell_type();
        result.n_cells = all.keys.size();
        number_nodes();
        collect_points();
        collect_linear_cells();
        collect_boundary();
        rows_of_nodes(result.cell_nodes, tables.n_nodes, number_of_node.size(),
                      result.graph_offsets, result.graph_columns);
      }

    private:
      /// Canonical numbers of the nodes of cell @p c of the order.
      const std::int64_t *nodes_of(const std::size_t c) const
      {
        return &result.cell_nodes[c * tables.n_nodes];
      }

      void number_nodes()
      {
        std::uint64_t next = 0;
        result.cell_nodes.reserve(result.n_cells * tables.n_nodes);
        for (const std::size_t cell : order)
          for (unsigned int i = 0; i < tables.n_nodes; ++i)
          {
            std::uint64_t &number =
                number_of_node[all.nodes[cell * tables.n_nodes + i]];
            if (number == unset)
            {
              number = next++;
              add_support_point(cell, i);
            }
            result.cell_nodes.push_back(number);
          }
        AssertDimension(next, number_of_node.size());
      }

      void add_support_point(const std::size_t cell, const unsigned int i)
      {
        const double *corners = &all.corners[cell * tables.n_vertices * dim];
        const double *weights = &tables.vertex_weights[i * tables.n_vertices];
        for (unsigned int d = 0; d < dim; ++d)
        {
          double x = 0;
          for (unsigned int v = 0; v < tables.n_vertices; ++v)
            x += weights[v] * corners[v * dim + d];
          result.support_points.push_back(x);
        }
      }

      /// Every vertex is a node: number those by first appearance.
      void collect_points()
      {
        point_of_node.assign(number_of_node.size(), unset);
        for (std::size_t c = 0; c < result.n_cells; ++c)
          for (unsigned int v = 0; v < tables.n_vertices; ++v)
          {
            const std::int64_t node = nodes_of(c)[v];
            if (point_of_node[node] != unset)
              continue;
            point_of_node[node] = result.n_points();
            for (unsigned int d = 0; d < dim; ++d)
              result.points.push_back(result.support_points[node * dim + d]);
          }
        for (std::size_t c = 0; c < result.n_cells; ++c)
          for (const unsigned int v : tables.vtk_vertices)
            result.cells.push_back(point_of_node[nodes_of(c)[v]]);
      }

      void collect_linear_cells()
      {
        for (std::size_t c = 0; c < result.n_cells; ++c)
          for (const std::vector<unsigned int> &part : tables.linear_cells)
            for (const unsigned int i : part)
              result.linear_cells.push_back(nodes_of(c)[i]);
      }

      void collect_boundary()
      {
        std::vector<bool> on_boundary(number_of_node.size(), false);
        for (std::size_t c = 0; c < result.n_cells; ++c)
          for (unsigned int f = 0; f < tables.n_faces; ++f)
          {
            const std::int32_t id = all.face_ids[order[c] * tables.n_faces + f];
            if (id == interior)
              continue;
            result.boundary_ids.push_back(id);
            for (const unsigned int v : tables.face_vertices[f])
              result.boundary_faces.push_back(point_of_node[nodes_of(c)[v]]);
            for (const unsigned int i : tables.face_nodes[f])
            {
              on_boundary[nodes_of(c)[i]] = true;
              result.boundary_face_nodes.push_back(nodes_of(c)[i]);
            }
          }
        for (std::size_t i = 0; i < on_boundary.size(); ++i)
          if (on_boundary[i])
            result.boundary_nodes.push_back(i);
      }

      const CellArrays &all;
      const ElementTables<dim> tables;
      MeshDescription &result;
      std::vector<std::uint64_t> point_of_node;

    public:
      const std::vector<std::size_t> order;      ///< gathered cell by number
      std::vector<std::uint64_t> number_of_node; ///< by degree of freedom
    };

    /// Item i of @p values, of @p n_components each, moved to @p places[i].
    std::vector<double> permuted(const double *values,
                                 const std::vector<std::uint64_t> &places,
                                 const unsigned int n_components)
    {
      std::vector<double> result(places.size() * n_components);
      if (n_components == 1)
        for (std::size_t i = 0; i < places.size(); ++i)
          result[places[i]] = values[i];
      else
        for (std::size_t i = 0; i < places.size(); ++i)
          std::copy_n(values + i * n_components, n_components,
                      result.begin() + places[i] * n_components);
      return result;
    }
  } // namespace

  template <int dim>
  Numbering<dim>::Numbering(const Space<dim> &space) : space(space)
  {
    const MPI_Comm comm = space.mesh->comm;
    const CellArrays local = owned_cells(space);
    const CellArrays all = gather(local, comm);
    if (rank_of(comm) == 0)
    {
      const Describer<dim> describer(space, all, description);
      number_of_node = describer.number_of_node;
      number_of_cell.resize(description.n_cells);
      for (std::size_t c = 0; c < description.n_cells; ++c)
        number_of_cell[describer.order[c]] = c;
    }
    share_cells(local.keys.size());
    share_nodes();
    share_layout();
  }

  template <int dim>
  void Numbering<dim>::share_cells(const std::size_t n_owned_cells)
  {
    const std::vector<std::uint64_t> numbers =
        scatter(number_of_cell, n_owned_cells, space.mesh->comm);
    cell_number.assign(space.mesh->triangulation().n_active_cells(), unset);
    std::size_t next = 0;
    for (const auto &cell : space.mesh->triangulation().active_cell_iterators())
      if (cell->is_locally_owned())
        cell_number[cell->active_cell_index()] = numbers[next++];
  }

  template <int dim>
  void Numbering<dim>::share_nodes()
  {
    struct Node
    {
      std::uint64_t number;
      double x[dim];
      bool is_boundary;
    };
    const MPI_Comm comm = space.mesh->comm;
    std::vector<types::global_dof_index> relevant;
    space.scalar_relevant.fill_index_vector(relevant);
    const std::vector<types::global_dof_index> asked = gather(relevant, comm);
    std::vector<bool> on_boundary(description.n_nodes(), false);
    for (const std::int64_t node : description.boundary_nodes)
      on_boundary[node] = true;
    std::vector<Node> answers;
    answers.reserve(asked.size());
    for (const types::global_dof_index i : asked)
    {
      Node node;
      node.number = number_of_node[i];
      for (unsigned int d = 0; d < dim; ++d)
        node.x[d] = description.support_points[node.number * dim + d];
      node.is_boundary = on_boundary[node.number];
      answers.push_back(node);
    }
    for (const Node &node : scatter(answers, relevant.size(), comm))
    {
      node_number.push_back(node.number);
      Point<dim> point;
      for (unsigned int d = 0; d < dim; ++d)
        point[d] = node.x[d];
      node_point.push_back(point);
      is_boundary_node.push_back(node.is_boundary);
    }
  }

  template <int dim>
  void Numbering<dim>::share_layout()
  {
    const MPI_Comm comm = space.mesh->comm;
    const std::vector<std::uint64_t> sizes =
        broadcast_vector<std::uint64_t>({description.n_cells, space.n_nodes(),
                                         description.boundary_nodes.size()},
                                        comm);
    n_cells = sizes[0];
    n_nodes = sizes[1];
    n_boundary_nodes = sizes[2];

    const std::vector<int> counts =
        gather_counts(space.scalar_owned.n_elements(), comm);
    std::ostringstream word;
    word << space.mesh->cell_type() << '-' << space.degree << '-'
         << space.n_components << '-' << n_nodes << '-' << size_of(comm) << '-'
         << Fnv1a<std::uint64_t>()
                .add(description.points)
                .add(description.cells)
                .add(description.boundary_faces)
                .add(description.boundary_ids)
                .add(number_of_node)
                .add(counts)
                .word();
    layout = broadcast(word.str(), comm);
  }

  template <int dim>
  std::vector<double>
  Numbering<dim>::gather_cells(const std::vector<double> &local,
                               const unsigned int n_components) const
  {
    AssertDimension(local.size(), cell_number.size() * n_components);
    if (size_of(space.mesh->comm) == 1)
      return permuted(local.data(), number_of_cell, n_components);
    std::vector<double> owned;
    for (std::size_t c = 0; c < cell_number.size(); ++c)
      if (cell_number[c] != unset)
        owned.insert(owned.end(), local.begin() + c * n_components,
                     local.begin() + (c + 1) * n_components);
    return permuted(gather(owned, space.mesh->comm).data(), number_of_cell,
                    n_components);
  }

  template <int dim>
  std::vector<double> Numbering<dim>::gather_nodes(const FieldVector &field,
                                                   const bool scalar) const
  {
    AssertDimension(field.locally_owned_size(),
                    (scalar ? space.scalar_owned : space.owned).n_elements());
    const unsigned int n_components = scalar ? 1 : space.n_components;
    if (size_of(space.mesh->comm) == 1)
      return permuted(field.begin(), number_of_node, n_components);
    // Ranges of owned degrees of freedom follow each other by rank, and the
    // components of a node are neighbours.
    const std::vector<double> owned(field.begin(),
                                    field.begin() + field.locally_owned_size());
    return permuted(gather(owned, space.mesh->comm).data(), number_of_node,
                    n_components);
  }

  template class Numbering<2>;
  template class Numbering<3>;
} // namespace nodal
