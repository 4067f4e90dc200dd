// SPDX-License-Identifier: LGPL-2.1-or-later
// Mesh files: all formats give the same mesh, and nothing crashes the readers.
#include "mesh_texts.h"
#include "samples.h"

#include <nodal/core/communicator.h>
#include <nodal/core/random.h>
#include <nodal/mesh/mesh_file.h>

#include <deal.II/grid/grid_in.h>

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <fstream>

using namespace samples;
using namespace mesh_texts;

namespace
{
  struct Format
  {
    std::string name;
    std::string (*write)(const Example &);
  };

  const std::vector<Format> formats = {{"a.msh", msh2}, {"b.msh", msh4},
                                       {"c.inp", ucd},  {"d.inp", abaqus},
                                       {"e.vtk", vtk},  {"f.vtk", vtk5}};

  template <int dim>
  double measure(const Triangulation<dim> &mesh)
  {
    double result = 0;
    for (const auto &cell : mesh.active_cell_iterators())
    {
      BOOST_TEST(cell->measure() > 0);
      result += cell->measure();
    }
    return result;
  }

  /// Number of boundary faces with each id.
  template <int dim>
  std::map<unsigned int, unsigned int> count_ids(const Triangulation<dim> &mesh)
  {
    std::map<unsigned int, unsigned int> result;
    for (const auto &face : mesh.active_face_iterators())
      if (face->at_boundary())
        ++result[face->boundary_id()];
    return result;
  }

  template <int dim>
  void check(const Example &example, const Format &format,
             const unsigned int n_cells, const double volume,
             const std::map<unsigned int, unsigned int> &ids)
  {
    Triangulation<dim> mesh;
    const std::string message = message_of(
        [&] { read_mesh(format.write(example), format.name, "File", mesh); });
    BOOST_TEST(message == "");
    BOOST_TEST(mesh.n_active_cells() == n_cells);
    BOOST_TEST(measure(mesh) == volume, boost::test_tools::tolerance(1e-14));
    BOOST_TEST((count_ids(mesh) == ids));
  }

  template <int dim>
  std::string complaint(const std::string &text, const std::string &name)
  {
    Triangulation<dim> mesh;
    return message_of([&] { read_mesh(text, name, "Mesh/file/File", mesh); });
  }

  std::string replaced(std::string text, const std::string &what,
                       const std::string &by)
  {
    const std::size_t at = text.find(what);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
  }

  /// @p text with a few bytes, digits or lines changed.
  std::string mutated(std::string text, Random &random)
  {
    const std::string bytes = "0123456789-+.eE $*#\n\tnaif\0\xff";
    const auto draw = [&](std::size_t n)
    { return n == 0 ? 0 : std::min<std::size_t>(n - 1, random.uniform() * n); };
    for (std::size_t k = draw(3) + 1; k > 0 && !text.empty(); --k)
    {
      const std::size_t at = draw(text.size()), n = draw(20);
      switch (draw(6))
      {
      case 0:
        text[at] = static_cast<char>(draw(256));
        break;
      case 1:
      case 2:
        text[at] = bytes[draw(bytes.size())];
        break;
      case 3:
        text.erase(at, n);
        break;
      case 4:
        text.insert(at, text.substr(draw(text.size()), n));
        break;
      default:
        if (draw(5) == 0)
          text.resize(at);
        else
          text.insert(at, 1, bytes[draw(10)]);
      }
    }
    return text;
  }

  template <int dim>
  void fuzz(const Example &example, const Format &format, Random &random)
  {
    const std::string text = format.write(example);
    unsigned int n_good = 0;
    const unsigned int n = 300;
    for (unsigned int i = 0; i < n; ++i)
      n_good += complaint<dim>(mutated(text, random), format.name).empty();
    BOOST_TEST(n_good < n);
  }
} // namespace

BOOST_AUTO_TEST_CASE(all_formats_give_the_same_mesh)
{
  for (const Format &format : formats)
    BOOST_TEST_CONTEXT(format.name)
    {
      check<2>(quads(), format, 2, 2, {{0, 3}, {7, 2}, {8, 1}});
      check<2>(triangles(), format, 4, 2, {{0, 3}, {7, 2}, {8, 1}});
      check<3>(tets(), format, 5, 1, {{0, 10}, {9, 2}});
      check<3>(hex(), format, 1, 1, {{0, 5}, {9, 1}});
    }
}

BOOST_AUTO_TEST_CASE(hexahedra_of_any_orientation_are_read)
{
  Example example = hex();
  std::swap_ranges(example.elements[1].vertices.begin(),
                   example.elements[1].vertices.begin() + 4,
                   example.elements[1].vertices.begin() + 4);
  check<3>(example, formats[0], 1, 1, {{0, 5}, {9, 1}});
}

BOOST_AUTO_TEST_CASE(broken_meshes_are_refused_with_a_sentence)
{
  const std::string q = msh2(quads()), t = msh2(triangles()), h = msh2(hex()),
                    q4 = msh4(quads()), u = ucd(quads()), v = vtk(quads());
  struct Case
  {
    std::string text, expected, name = "m.msh";
    int dim = 2;
  };
  const std::vector<Case> table = {
      {"", "empty"},
      {" \n \t\n", "empty"},
      {"hello world", "not a Gmsh file"},
      {std::string("\x7f\x45LF\0\1", 6), "not a Gmsh file"},
      {"solid cube\n", "the ending '.stl'", "m.stl"},
      {q.substr(0, q.size() / 2), "truncated"},
      {q4.substr(0, q4.size() / 2), "truncated"},
      {q.substr(0, 20), "truncated"},
      {replaced(q, "2.2 0 8", "3.0 0 8"), "version"},
      {replaced(q, "2.2 0 8", "2.2 1 8"), "binary"},
      {replaced(q, "$Nodes\n6", "$Nodes\n999999999"), "too short"},
      {replaced(q, "$Nodes\n6", "$Nodes\n-6"), "cannot be -6"},
      {replaced(q, "$Nodes\n6", "$Nodes\nsix"), "found 'six'"},
      {replaced(q, "1 0 0 0", "1 nan 0 0"), "found 'nan'"},
      {replaced(q, "1 0 0 0", "1 1e999 0 0"), "found '1e999'"},
      {replaced(q, "2 1 0 0", "1 1 0 0"), "given twice"},
      {replaced(q, " 2 3 6 5", " 2 3 6 17"), "no node 17"},
      {replaced(q, " 2 3 6 5", " 2 3 6 6"), "the same vertex twice"},
      {replaced(q, " 2 3 6 5", " 2 6 3 5"), "not convex or folded"},
      {replaced(q, " 2 3 6 5", " 1 2 5 4"), "overlaps"},
      {replaced(q, "5 3 2", "5 16 2"), "type 16"},
      {replaced(q, "5 3 2 1 1 2 3 6 5", "5 2 2 1 1 2 3 6"), "mixes"},
      {replaced(q, "3 2 0 0", "3 2 0 0.5"), "z = 0"},
      {replaced(q, "8 8 3 6", "8 8 1 5"), "not a face of any cell"},
      {replaced(q, "2 1 2 7 7 2 3", "2 1 2 8 8 1 2"), "again"},
      {replaced(q, "3 1 2 8 8", "3 1 2 5000000000 8"), "the id 5000000000"},
      {replaced(t, "4 0 1 0", "4 0 0 0"), "degenerate"},
      {q, "mesh of surfaces", "m.msh", 3},
      {h, "a 2d mesh has", "m.msh", 2},
      {replaced(h, "5 0 0 1", "5 0 0 -1"), "not convex or folded", "m.msh", 3},
      {replaced(u, "6 5 0", "6 5 x"), "found 'x'", "m.inp"},
      {replaced(u, "quad", "pyr"), "type 'pyr'", "m.inp"},
      {u.substr(0, u.size() - 9), "truncated", "m.inp"},
      {"*NODE\n1, 0, 0\n*ELEMENT, TYPE=CPS8\n", "type 'CPS8'", "m.inp"},
      {"*NODE\n1, 0\n", "truncated", "m.inp"},
      {replaced(v, "ASCII", "BINARY"), "binary", "m.vtk"},
      {replaced(v, "UNSTRUCTURED_GRID", "POLYDATA"), "UNSTRUCTURED", "m.vtk"},
      {replaced(v, "4 1 2 5 4", "4 1 2 6 4"), "no point number 6", "m.vtk"},
      {replaced(v, "\n9\n", "\n23\n"), "type 23", "m.vtk"},
  };
  for (const Case &c : table)
    BOOST_TEST_CONTEXT(c.expected << " in " << c.name << ":\n" << c.text)
    {
      if (c.expected.empty())
        continue;
      const std::string message = c.dim == 2 ? complaint<2>(c.text, c.name)
                                             : complaint<3>(c.text, c.name);
      BOOST_TEST(contains(message, c.expected), message);
      BOOST_TEST(contains(message, "[Mesh/file/File]"), message);
      BOOST_TEST(contains(message, c.name), message);
    }
}

BOOST_AUTO_TEST_CASE(no_bytes_crash_the_readers)
{
  Random random(1, rank_of(MPI_COMM_WORLD), 0);
  for (const Format &format : formats)
    BOOST_TEST_CONTEXT(format.name)
    {
      fuzz<2>(quads(), format, random);
      fuzz<2>(triangles(), format, random);
      fuzz<3>(tets(), format, random);
      fuzz<3>(hex(), format, random);
      fuzz<3>(triangles(), format, random);
    }
}

BOOST_AUTO_TEST_CASE(files_are_read_once_and_errors_reach_all_ranks)
{
  const std::string file = "mesh-of-test.msh";
  if (rank_of(MPI_COMM_WORLD) == 0)
    std::ofstream(file) << msh2(quads());
  MPI_Barrier(MPI_COMM_WORLD);
  const auto mesh = coarse<2>("file", "set File = " + file, MPI_COMM_WORLD);
  BOOST_TEST(mesh->n_active_cells() == 2U);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0)
    std::ofstream(file) << "$MeshFormat\n";
  MPI_Barrier(MPI_COMM_WORLD);
  const auto message = [&](const std::string &prm)
  { return message_of([&] { coarse<2>("file", prm, MPI_COMM_WORLD); }); };
  BOOST_TEST(contains(message("set File = " + file), "truncated"));
  BOOST_TEST(contains(message("set File = nowhere.msh"), "does not exist"));
  BOOST_TEST(contains(message("set File = ."), "does not exist"));
  BOOST_TEST(contains(message(""), "No mesh file"));
  BOOST_TEST(contains(message("set File = " + file), "[File]"));
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0)
    std::remove(file.c_str());
}

namespace
{
  struct Shipped
  {
    std::string name, cell_type;
    unsigned int n_ids;
    double measure, tolerance; ///< relative, curved sides being polygons
  };

  template <int dim>
  void check_shipped(const Shipped &shipped)
  {
    const std::string file =
        NODAL_SOURCE_DIR "/meshes/" + shipped.name + ".msh";
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    BOOST_TEST(text.str().size() < 200000U);
    // deal.II's own reader is the oracle.
    Triangulation<dim> expected;
    GridIn<dim> reader(expected);
    reader.read_msh(text);

    const auto mesh = coarse<dim>("file", "set File = " + file, MPI_COMM_WORLD);
    BOOST_TEST(mesh->n_active_cells() == expected.n_active_cells());
    BOOST_TEST(mesh->n_used_vertices() == expected.n_used_vertices());
    BOOST_TEST((count_ids(*mesh) == count_ids(expected)));
    std::set<types::boundary_id> ids;
    for (unsigned int id = 1; id <= shipped.n_ids; ++id)
      ids.insert(id);
    BOOST_TEST(measure(*mesh) == shipped.measure,
               boost::test_tools::tolerance(shipped.tolerance));

    const Mesh<dim> distributed(
        coarse<dim>("file", "set File = " + file, MPI_COMM_WORLD),
        MPI_COMM_WORLD, 0);
    BOOST_TEST((distributed.boundary_ids() == ids));
    BOOST_TEST(distributed.cell_type() == shipped.cell_type);
    BOOST_TEST(distributed.triangulation().n_global_active_cells() ==
               expected.n_active_cells());
  }
} // namespace

BOOST_AUTO_TEST_CASE(shipped_meshes_are_what_their_readme_says)
{
  const double plate = 4 - numbers::PI * 0.16;
  const double gear = numbers::PI * 0.22959025; // integral of r(t)^2 / 2
  const std::vector<Shipped> flat = {
      {"plate-with-hole", "triangle", 5, plate, 2e-3},
      {"plate-with-hole-quads", "quadrilateral", 5, plate, 2e-3},
      {"l-shape", "triangle", 5, 3, 1e-12},
      {"disc", "triangle", 1, numbers::PI, 2e-3},
      {"gear", "triangle", 2, gear, 1e-2}};
  for (const Shipped &shipped : flat)
    BOOST_TEST_CONTEXT(shipped.name) check_shipped<2>(shipped);
  const std::vector<Shipped> solid = {
      {"bracket", "tetrahedron", 4, 0.32 - numbers::PI * 0.0225 * 0.2, 5e-3},
      {"ball", "tetrahedron", 1, numbers::PI * 4 / 3, 0.03}};
  for (const Shipped &shipped : solid)
    BOOST_TEST_CONTEXT(shipped.name) check_shipped<3>(shipped);
}
