// SPDX-License-Identifier: LGPL-2.1-or-later
#include "samples.h"

#include <nodal/core/communicator.h>
#include <nodal/core/registry.h>
#include <nodal/mesh/geometry.h>

#include <boost/test/unit_test.hpp>

#include <map>

using namespace dealii;
using namespace nodal;

namespace
{
  /// The geometry @p name with the entries @p prm, and a source that it does
  /// not need.
  struct Drawer
  {
    Drawer(const std::string &name, const std::string &prm)
        : geometry(Registry<Geometry<2>>::create(name)),
          source(Registry<MeshSource<2>>::create("generator"))
    {
      Parameters parameters;
      geometry->add_parameters(parameters);
      parameters.apply(ParameterFile::parse(prm, "test.prm"));
      geometry->check();
    }

    std::unique_ptr<Triangulation<2>> draw(const unsigned int sample,
                                           MPI_Comm comm = MPI_COMM_SELF) const
    {
      return geometry->draw(*source, Random(5, sample, 0), comm);
    }

    std::unique_ptr<Geometry<2>> geometry;
    std::unique_ptr<MeshSource<2>> source;
  };

  std::map<types::boundary_id, unsigned int>
  count_faces(const Triangulation<2> &mesh)
  {
    std::map<types::boundary_id, unsigned int> result;
    for (const auto &face : mesh.active_face_iterators())
      if (face->at_boundary())
        ++result[face->boundary_id()];
    return result;
  }

  double area(const Triangulation<2> &mesh)
  {
    double sum = 0;
    for (const auto &cell : mesh.active_cell_iterators())
      sum += cell->measure();
    return sum;
  }

  double length(const Triangulation<2> &mesh)
  {
    double sum = 0;
    for (const auto &face : mesh.active_face_iterators())
      if (face->at_boundary())
        sum += face->measure();
    return sum;
  }

  /// The whole description of a sample's mesh with linear elements, on rank 0.
  MeshDescription describe(const Drawer &drawer, const unsigned int sample,
                           MPI_Comm comm)
  {
    const auto mesh =
        std::make_shared<Mesh<2>>(drawer.draw(sample, comm), comm, 0);
    const Space<2> space(mesh, 1, 1);
    return Numbering<2>(space).description;
  }

  bool are_equal(const MeshDescription &a, const MeshDescription &b)
  {
    return a.points == b.points && a.cells == b.cells &&
           a.boundary_faces == b.boundary_faces &&
           a.boundary_ids == b.boundary_ids &&
           a.boundary_face_nodes == b.boundary_face_nodes &&
           a.graph_columns == b.graph_columns;
  }

  /// Samples are equal on any ranks and in any order, and differ from each
  /// other.
  void check_draws(const Drawer &drawer)
  {
    const MeshDescription first = describe(drawer, 4, MPI_COMM_WORLD);
    const MeshDescription other = describe(drawer, 5, MPI_COMM_WORLD);
    const MeshDescription again = describe(drawer, 4, MPI_COMM_SELF);
    if (rank_of(MPI_COMM_WORLD) != 0)
      return;
    BOOST_TEST(are_equal(first, again));
    BOOST_TEST(!are_equal(first, other));
    const std::size_t per_face = 2;
    BOOST_TEST(first.boundary_face_nodes.size() ==
               per_face * first.boundary_ids.size());
  }

  void refuse(const std::string &name, const std::string &prm,
              const std::string &part)
  {
    const std::string message = samples::message_of([&] { Drawer(name, prm); });
    BOOST_TEST(message.find(part) != std::string::npos, message);
  }
} // namespace

BOOST_AUTO_TEST_SUITE(geometries)

BOOST_AUTO_TEST_CASE(cut_outs_of_known_size)
{
  for (const unsigned int corners : {0, 1, 2, 3, 4})
  {
    const Drawer drawer("corner cut-outs",
                        "set Cells = 8\nset Smallest cut = 3\n"
                        "set Largest cut = 3\nset Corners = " +
                            std::to_string(corners));
    BOOST_TEST(drawer.geometry->varies());
    const auto mesh = drawer.draw(0);
    BOOST_TEST(mesh->n_active_cells() == 64 - 9 * corners);
    BOOST_TEST(std::abs(area(*mesh) - (64 - 9. * corners) / 64) < 1e-12);
    BOOST_TEST(std::abs(length(*mesh) - 4) < 1e-12);
    const auto faces = count_faces(*mesh);
    BOOST_TEST(faces.size() == 1u);
    BOOST_TEST(faces.at(0) == 32u);
  }
}

BOOST_AUTO_TEST_CASE(cut_outs_of_random_size)
{
  const Drawer drawer("corner cut-outs",
                      "set Cells = 16\nset Smallest cut = 2\n"
                      "set Largest cut = 6\nset Corners = 1, 3\n"
                      "set Second part = 0.25");
  BOOST_TEST((drawer.geometry->boundary_ids() ==
              std::set<types::boundary_id>({0, 1})));
  std::set<unsigned int> sizes;
  bool has_one = false, has_three = false;
  for (unsigned int sample = 0; sample < 40; ++sample)
  {
    const auto mesh = drawer.draw(sample);
    const unsigned int n_cut = 256 - mesh->n_active_cells();
    BOOST_TEST(n_cut >= 4u);
    BOOST_TEST(n_cut <= 3 * 36u);
    sizes.insert(n_cut);
    // Corners of the square that are left.
    unsigned int n_left = 0;
    for (const Point<2> &vertex : mesh->get_vertices())
      n_left += (vertex[0] == 0 || vertex[0] == 1) &&
                (vertex[1] == 0 || vertex[1] == 1);
    BOOST_TEST((n_left == 1 || n_left == 3));
    has_one |= n_left == 3;
    has_three |= n_left == 1;
    const auto faces = count_faces(*mesh);
    BOOST_TEST(faces.at(0) == 48u);
    BOOST_TEST(faces.at(1) == 16u);
    // One piece: two of its vertices have one of its faces only.
    std::map<unsigned int, unsigned int> n_faces_at;
    for (const auto &face : mesh->active_face_iterators())
      if (face->at_boundary() && face->boundary_id() == 1)
        for (const unsigned int v : {0, 1})
          ++n_faces_at[face->vertex_index(v)];
    BOOST_TEST(std::count_if(n_faces_at.begin(), n_faces_at.end(),
                             [](const auto &entry)
                             { return entry.second == 1; }) == 2);
  }
  BOOST_TEST(sizes.size() > 10u);
  BOOST_TEST(has_one);
  BOOST_TEST(has_three);
  check_draws(drawer);
}

BOOST_AUTO_TEST_CASE(a_disc_of_squares)
{
  const Drawer drawer("disc of squares", "set Cells = 32");
  BOOST_TEST(!drawer.geometry->varies());
  const auto mesh = drawer.draw(0);
  BOOST_TEST(std::abs(area(*mesh) - numbers::PI / 4) < 0.01);
  BOOST_TEST(mesh->n_active_cells() % 4 == 0u);
  // A staircase is as long as the square.
  BOOST_TEST(std::abs(length(*mesh) - 4) < 1e-12);
}

BOOST_AUTO_TEST_CASE(polygons)
{
  const Drawer drawer("polygon", "set Least corners = 3\n"
                                 "set Most corners = 7\n"
                                 "set Smallest size = 0.05\n"
                                 "set Largest size = 0.2\n"
                                 "set Share of ids = 1, 2, 1");
  BOOST_TEST((drawer.geometry->boundary_ids() ==
              std::set<types::boundary_id>({0, 1, 2})));
  std::map<types::boundary_id, unsigned int> total;
  for (unsigned int sample = 0; sample < 20; ++sample)
  {
    const auto mesh = drawer.draw(sample);
    BOOST_TEST(mesh->all_reference_cells_are_simplex());
    BOOST_TEST(area(*mesh) > 0.02);
    BOOST_TEST(area(*mesh) < numbers::PI / 4);
    const auto faces = count_faces(*mesh);
    BOOST_TEST(faces.count(0) == 1u);
    for (const auto &[id, n] : faces)
      total[id] += n;
    for (const auto &cell : mesh->active_cell_iterators())
    {
      BOOST_TEST(cell->measure() > 0);
      BOOST_TEST(cell->diameter() < 0.4);
    }
    // The sides are closed: the normals times the lengths add up to zero.
    Tensor<1, 2> sum;
    for (const auto &cell : mesh->active_cell_iterators())
      for (const unsigned int f : cell->face_indices())
        if (cell->face(f)->at_boundary())
        {
          const Tensor<1, 2> along =
              cell->face(f)->vertex(1) - cell->face(f)->vertex(0);
          Tensor<1, 2> normal({along[1], -along[0]});
          if (normal * (cell->face(f)->center() - cell->center()) < 0)
            normal *= -1;
          sum += normal;
        }
    BOOST_TEST(sum.norm() < 1e-12);
  }
  BOOST_TEST(total.size() == 3u);
  check_draws(drawer);
}

BOOST_AUTO_TEST_CASE(mistakes_name_their_entry)
{
  const std::string cuts = "corner cut-outs", polygon = "polygon";
  refuse(cuts, "set Smallest cut = 5\nset Largest cut = 4", "[Largest cut]");
  refuse(cuts, "set Cells = 16\nset Largest cut = 8", "would meet");
  refuse(cuts, "set Corners = 5", "'5' is no number of corners");
  refuse(cuts, "set Corners = 1;2", "[Corners]");
  refuse(polygon, "set Least corners = 9\nset Most corners = 8",
         "[Most corners]");
  refuse(polygon, "set Smallest radius = 2", "[Largest radius]");
  refuse(polygon, "set Smallest size = 2", "[Largest size]");
  refuse(polygon, "set Share of ids = 0, 1", "[Share of ids]");
  refuse(polygon, "set Share of ids = 1, 1, 1, 1", "[Share of ids]");
}

BOOST_AUTO_TEST_SUITE_END()
