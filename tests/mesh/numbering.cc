// SPDX-License-Identifier: LGPL-2.1-or-later
// The arrays that Numbering makes are equal to the bit at any number of ranks.
#include "samples.h"

#include <nodal/core/communicator.h>

#include <deal.II/dofs/dof_tools.h>
#include <deal.II/fe/fe_values.h>
#include <deal.II/numerics/vector_tools.h>

#include <boost/test/unit_test.hpp>

using namespace samples;

namespace
{
  struct Case
  {
    std::string name, arguments;
    bool simplices;
    unsigned int degree, n_refinements;
    bool adaptive;
  };

  std::ostream &operator<<(std::ostream &out, const Case &c)
  {
    return out << c.name << (c.simplices ? " simplices" : "") << " degree "
               << c.degree << " refinements " << c.n_refinements
               << (c.adaptive ? " adaptive" : "");
  }

  template <int dim>
  std::shared_ptr<Mesh<dim>> make_mesh(const Case &c, MPI_Comm comm)
  {
    auto mesh = std::make_shared<Mesh<dim>>(
        generated<dim>(c.name, c.arguments, c.simplices, comm), comm,
        c.n_refinements);
    if (c.adaptive)
      refine_locally(*mesh);
    return mesh;
  }

  template <class T>
  bool equal(const std::vector<T> &a, const std::vector<T> &b)
  {
    return a.size() == b.size() &&
           std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
  }

  void check_equal(const MeshDescription &a, const MeshDescription &b)
  {
    BOOST_TEST(a.dim == b.dim);
    BOOST_TEST(a.degree == b.degree);
    BOOST_TEST(a.cell_type == b.cell_type);
    BOOST_TEST(a.n_cells == b.n_cells);
    BOOST_TEST(a.n_nodes() == b.n_nodes());
    BOOST_TEST(equal(a.points, b.points));
    BOOST_TEST(equal(a.cells, b.cells));
    BOOST_TEST(equal(a.boundary_faces, b.boundary_faces));
    BOOST_TEST(equal(a.boundary_ids, b.boundary_ids));
    BOOST_TEST(equal(a.support_points, b.support_points));
    BOOST_TEST(equal(a.cell_nodes, b.cell_nodes));
    BOOST_TEST(equal(a.linear_cells, b.linear_cells));
    BOOST_TEST(equal(a.boundary_nodes, b.boundary_nodes));
    BOOST_TEST(equal(a.graph_offsets, b.graph_offsets));
    BOOST_TEST(equal(a.graph_columns, b.graph_columns));
  }

  template <int dim>
  Point<dim> point(const std::vector<double> &coordinates, const std::size_t i)
  {
    Point<dim> result;
    for (unsigned int d = 0; d < dim; ++d)
      result[d] = coordinates[i * dim + d];
    return result;
  }

  /// Volume of a cell in VTK's order; quadrilaterals and hexahedra as deal.II
  /// computes them.
  template <int dim>
  double measure(const std::vector<double> &points, const std::int64_t *cell,
                 const unsigned int n)
  {
    std::vector<Point<dim>> p;
    for (unsigned int i = 0; i < n; ++i)
      p.push_back(point<dim>(points, cell[i]));
    const auto simplex = [&](const std::vector<unsigned int> &v)
    {
      Tensor<2, dim> edges;
      for (unsigned int d = 0; d < dim; ++d)
        edges[d] = p[v[d + 1]] - p[v[0]];
      return determinant(edges) / (dim == 2 ? 2 : 6);
    };
    if (n == dim + 1)
      return dim == 2 ? simplex({0, 1, 2}) : simplex({0, 1, 2, 3});
    if (dim == 2)
      return simplex({0, 1, 2}) + simplex({0, 2, 3});
    // Exact where faces are plane.
    return simplex({0, 1, 2, 5}) + simplex({0, 2, 3, 7}) +
           simplex({0, 5, 7, 4}) + simplex({2, 7, 5, 6}) +
           simplex({0, 2, 7, 5});
  }

  template <int dim>
  double volume(const Space<dim> &space)
  {
    FEValues<dim> values(space.mesh->mapping(), *space.scalar_fe,
                         space.quadrature, update_JxW_values);
    double result = 0;
    for (const auto &cell : space.scalar_dofs.active_cell_iterators())
    {
      values.reinit(cell);
      for (const unsigned int q : values.quadrature_point_indices())
        result += values.JxW(q);
    }
    return result;
  }

  /// @p tolerance allows for faces of hexahedra that are not plane.
  template <int dim>
  void check_consistent(const MeshDescription &d, const double volume,
                        const double tolerance)
  {
    const unsigned int n_vertices = d.cells.size() / d.n_cells;
    double total = 0, least = 1e300;
    for (std::size_t c = 0; c < d.n_cells; ++c)
    {
      const double v =
          measure<dim>(d.points, &d.cells[c * n_vertices], n_vertices);
      total += v;
      least = std::min(least, v);
    }
    BOOST_TEST(least > 0);
    BOOST_TEST(total == volume, boost::test_tools::tolerance(tolerance));

    const std::size_t n_linear = d.linear_cells.size() / n_vertices;
    double sum = 0;
    for (std::size_t c = 0; c < n_linear; ++c)
    {
      const double v = measure<dim>(
          d.support_points, &d.linear_cells[c * n_vertices], n_vertices);
      sum += v;
      least = std::min(least, v);
    }
    BOOST_TEST(n_linear == d.n_cells * std::pow(d.degree, dim));
    BOOST_TEST(least > 0);
    BOOST_TEST(sum == volume, boost::test_tools::tolerance(tolerance));

    // The graph is what its definition says.
    std::vector<std::set<std::int64_t>> graph(d.n_nodes());
    const unsigned int n = d.cell_nodes.size() / d.n_cells;
    for (std::size_t c = 0; c < d.n_cells; ++c)
      for (unsigned int i = 0; i < n; ++i)
        for (unsigned int j = 0; j < n; ++j)
          if (i != j)
            graph[d.cell_nodes[c * n + i]].insert(d.cell_nodes[c * n + j]);
    std::vector<std::int64_t> offsets = {0}, columns;
    for (const std::set<std::int64_t> &row : graph)
    {
      columns.insert(columns.end(), row.begin(), row.end());
      offsets.push_back(columns.size());
    }
    BOOST_TEST(equal(offsets, d.graph_offsets));
    BOOST_TEST(equal(columns, d.graph_columns));
    BOOST_TEST(d.boundary_faces.size() % d.boundary_ids.size() == 0U);
  }

  /// Values that are functions of number and point come back in order.
  template <int dim>
  void check_gathering(const Space<dim> &space, const Numbering<dim> &numbering)
  {
    const bool is_root = rank_of(space.mesh->comm) == 0;
    const MeshDescription &d = numbering.description;
    std::vector<types::global_dof_index> relevant;
    space.scalar_relevant.fill_index_vector(relevant);

    FieldVector nodes = space.vector(true), field = space.vector();
    for (std::size_t i = 0; i < relevant.size(); ++i)
      if (space.scalar_owned.is_element(relevant[i]))
      {
        nodes(relevant[i]) = numbering.node_point[i][dim - 1];
        for (unsigned int c = 0; c < space.n_components; ++c)
          field(relevant[i] * space.n_components + c) =
              numbering.node_number[i] * 10. + c;
      }
    const std::vector<double> x = numbering.gather_nodes(nodes, true);
    const std::vector<double> y = numbering.gather_nodes(field, false);
    if (is_root)
    {
      BOOST_TEST(x.size() == d.n_nodes());
      BOOST_TEST(y.size() == d.n_nodes() * space.n_components);
      bool all_right = true;
      for (std::size_t i = 0; i < d.n_nodes(); ++i)
      {
        all_right &= x[i] == d.support_points[i * dim + dim - 1];
        for (unsigned int c = 0; c < space.n_components; ++c)
          all_right &= y[i * space.n_components + c] == i * 10. + c;
      }
      BOOST_TEST(all_right);
    }

    std::vector<double> cells(2 * numbering.cell_number.size());
    for (std::size_t c = 0; c < numbering.cell_number.size(); ++c)
    {
      cells[2 * c] = numbering.cell_number[c];
      cells[2 * c + 1] = -1;
    }
    const std::vector<double> z = numbering.gather_cells(cells, 2);
    BOOST_TEST(z.size() == (is_root ? 2 * d.n_cells : 0));
    bool in_order = true;
    for (std::size_t c = 0; c < z.size() / 2; ++c)
      in_order &= z[2 * c] == c && z[2 * c + 1] == -1;
    BOOST_TEST(in_order);
  }

  template <int dim>
  std::map<types::global_dof_index, Point<dim>>
  support_points(const Mesh<dim> &mesh, const DoFHandler<dim> &dofs)
  {
    std::map<types::global_dof_index, Point<dim>> result;
    DoFTools::map_dofs_to_support_points(mesh.mapping(), dofs, result);
    return result;
  }

  /// Node points are support points, and interpolation writes component c of
  /// node i where space.h says.
  template <int dim>
  void check_points(const Space<dim> &space, const Numbering<dim> &numbering)
  {
    const auto support = support_points(*space.mesh, space.scalar_dofs);
    double distance = 0;
    std::vector<types::global_dof_index> relevant;
    space.scalar_relevant.fill_index_vector(relevant);
    for (std::size_t i = 0; i < relevant.size(); ++i)
      distance = std::max(
          distance, numbering.node_point[i].distance(support.at(relevant[i])));
    BOOST_TEST(distance < 1e-12);

    const auto field_support = support_points(*space.mesh, space.dofs);
    distance = 0;
    for (const auto &[i, p] : field_support)
      distance =
          std::max(distance, p.distance(support.at(i / space.n_components)));
    BOOST_TEST(distance < 1e-12);

    // The values of a linear function, one component shifted.
    FieldVector field = space.vector();
    VectorTools::interpolate(space.mesh->mapping(), space.dofs,
                             VectorFunctionFromScalarFunctionObject<dim>(
                                 [](const Point<dim> &p)
                                 { return p[0] + 2 * p[1]; },
                                 space.n_components - 1, space.n_components),
                             field);
    double error = 0;
    for (std::size_t i = 0; i < relevant.size(); ++i)
      if (space.scalar_owned.is_element(relevant[i]))
        for (unsigned int c = 0; c < space.n_components; ++c)
        {
          const Point<dim> &p = numbering.node_point[i];
          const double expected =
              c == space.n_components - 1 ? p[0] + 2 * p[1] : 0;
          error = std::max(
              error,
              std::abs(field(relevant[i] * space.n_components + c) - expected));
        }
    BOOST_TEST(error < 1e-12);
  }

  template <int dim>
  void check(const Case &c, const unsigned int n_components)
  {
    BOOST_TEST_CONTEXT(c)
    {
      const Space<dim> space(make_mesh<dim>(c, MPI_COMM_WORLD), c.degree,
                             n_components);
      const Numbering<dim> numbering(space);
      const Space<dim> serial(make_mesh<dim>(c, MPI_COMM_SELF), c.degree,
                              n_components);
      const Numbering<dim> expected(serial);
      if (rank_of(MPI_COMM_WORLD) == 0)
      {
        check_equal(numbering.description, expected.description);
        check_consistent<dim>(
            expected.description, volume(serial),
            c.name == "hyper_ball" && dim == 3 && !c.simplices ? 0.01 : 1e-12);
      }
      BOOST_TEST(numbering.n_cells == expected.n_cells);
      BOOST_TEST(numbering.n_nodes == expected.n_nodes);
      BOOST_TEST(numbering.n_boundary_nodes == expected.n_boundary_nodes);
      BOOST_TEST(space.n_nodes() == serial.n_nodes());
      BOOST_TEST(space.mesh->boundary_ids() == serial.mesh->boundary_ids());
      BOOST_TEST((numbering.layout == expected.layout) ==
                 (size_of(MPI_COMM_WORLD) == 1));
      check_gathering(space, numbering);
      check_points(space, numbering);
    }
  }
} // namespace

BOOST_AUTO_TEST_CASE(arrays_are_equal_at_any_number_of_ranks_2d)
{
  for (const bool adaptive : {false, true})
  {
    for (const unsigned int degree : {1, 2, 3})
      check<2>({"subdivided_hyper_cube", "3 : 0 : 1 : true", false, degree, 1,
                adaptive},
               degree == 2 ? 2 : 1);
    for (const unsigned int degree : {1, 2})
      check<2>({"hyper_cube", "0 : 1 : true", true, degree, 2, adaptive},
               degree);
    check<2>({"hyper_ball", "0, 0 : 1 : false", false, 2, 2, adaptive}, 1);
    check<2>({"hyper_ball", "0, 0 : 1 : false", true, 2, 1, adaptive}, 1);
    check<2>(
        {"hyper_shell", "0, 0 : 0.5 : 1 : 7 : true", false, 1, 1, adaptive}, 3);
  }
}

BOOST_AUTO_TEST_CASE(arrays_are_equal_at_any_number_of_ranks_3d)
{
  for (const bool adaptive : {false, true})
  {
    for (const unsigned int degree : {1, 2, 3})
      check<3>({"subdivided_hyper_cube",
                degree == 3 ? "1 : 0 : 1 : true" : "2 : 0 : 1 : true", false,
                degree, 1, adaptive},
               degree == 1 ? 3 : 1);
    check<3>({"hyper_ball", "0, 0, 0 : 1 : false", false, 1, 1, adaptive}, 1);
  }
  for (const unsigned int degree : {1, 2})
  {
    check<3>({"hyper_cube", "0 : 1 : true", true, degree, 0, false}, degree);
    check<3>({"hyper_cube", "0 : 1 : true", true, degree, 1, false}, 1);
  }
}

BOOST_AUTO_TEST_CASE(one_mesh_per_rank_needs_no_other_rank)
{
  // Ranks work on different meshes at the same time.
  const unsigned int rank = rank_of(MPI_COMM_WORLD);
  auto mesh = std::make_shared<Mesh<2>>(
      generated<2>("subdivided_hyper_cube",
                   std::to_string(2 + rank) + " : 0 : 1 : false", rank == 1,
                   MPI_COMM_SELF),
      MPI_COMM_SELF, 1);
  const Space<2> space(mesh, 1, 1);
  const Numbering<2> numbering(space);
  BOOST_TEST(numbering.description.n_cells ==
             4 * (2 + rank) * (2 + rank) * (rank == 1 ? 8 : 1));
}
