// SPDX-License-Identifier: LGPL-2.1-or-later
#include "raw_mesh.h"

#include <map>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    class VtkReader
    {
    public:
      explicit VtkReader(TextScanner &scanner) : scanner(scanner)
      {
      }

      RawMesh read()
      {
        read_header();
        while (!scanner.at_end())
        {
          const std::string keyword = scanner.word("a keyword");
          if (keyword == "POINTS")
            read_points();
          else if (keyword == "CELLS")
            read_cells();
          else if (keyword == "CELL_TYPES")
            read_types();
          else if (keyword == "CELL_DATA")
          {
            scanner.integer("the number of cells");
            in_cell_data = true;
          }
          else if (keyword == "POINT_DATA")
            in_cell_data = false;
          else if (in_cell_data && keyword == "SCALARS")
            read_scalars();
        }
        assemble();
        return mesh;
      }

    private:
      void read_header()
      {
        if (scanner.line().find("# vtk DataFile Version") != 0)
          scanner.fail("this is not a legacy VTK file: its first line is not "
                       "'# vtk DataFile Version ...'");
        scanner.line();
        if (scanner.word("ASCII") != "ASCII")
          scanner.fail("the file is binary; write it as ASCII");
        if (scanner.word("DATASET") != "DATASET" ||
            scanner.word("the kind of data set") != "UNSTRUCTURED_GRID")
          scanner.fail("expected DATASET UNSTRUCTURED_GRID");
      }

      void read_points()
      {
        const std::size_t n = scanner.count("the number of points");
        scanner.word("the type of numbers");
        for (std::size_t i = 0; i < n; ++i)
        {
          Point<3> point;
          for (unsigned int d = 0; d < 3; ++d)
            point[d] = scanner.number("a coordinate");
          mesh.add_point(mesh.points.size(), point, scanner);
        }
      }

      /// Before version 5 each cell begins with its size; since then there
      /// are offsets and, apart from them, the vertices.
      void read_cells()
      {
        const std::size_t n = scanner.count("the number of cells");
        const std::size_t size = scanner.count("the size of the cells");
        if (scanner.next_is('O'))
        {
          scanner.line();
          for (std::size_t i = 0; i < n; ++i)
            offsets.push_back(scanner.count("an offset"));
          if (scanner.word("CONNECTIVITY") != "CONNECTIVITY")
            scanner.fail("expected CONNECTIVITY");
          scanner.word("the type of numbers");
          read_vertices(size);
          return;
        }
        for (std::size_t i = 0; i < n; ++i)
        {
          const std::size_t n_vertices =
              scanner.count("the number of vertices of a cell");
          offsets.push_back(vertices.size());
          read_vertices(n_vertices);
        }
        offsets.push_back(vertices.size());
      }

      void read_vertices(const std::size_t n)
      {
        for (std::size_t i = 0; i < n; ++i)
        {
          vertices.push_back(scanner.integer("a vertex"));
          vertex_lines.push_back(scanner.line_number);
        }
      }

      void read_types()
      {
        const std::size_t n = scanner.count("the number of cells");
        for (std::size_t i = 0; i < n; ++i)
          types.push_back(scanner.integer("the type of a cell"));
      }

      /// deal.II's MaterialID holds materials of cells and ids of boundaries;
      /// Gmsh calls them CellEntityIds.
      void read_scalars()
      {
        const std::string name = scanner.word("the name of a field");
        scanner.line();
        if (name != "MaterialID" && name != "CellEntityIds")
          return;
        if (scanner.word("LOOKUP_TABLE") != "LOOKUP_TABLE")
          scanner.fail("expected LOOKUP_TABLE");
        scanner.word("the name of a table");
        tags.clear();
        for (std::size_t i = 0; i < types.size(); ++i)
          tags.push_back(scanner.integer("the number of a material"));
      }

      void assemble()
      {
        const std::size_t n = types.size();
        if (offsets.size() != n + 1 && !(n == 0 && offsets.empty()))
          scanner.fail(
              "there are " + std::to_string(n) + " types for " +
              std::to_string(offsets.empty() ? 0 : offsets.size() - 1) +
              " cells");
        for (std::size_t i = 0; i < n; ++i)
        {
          if (offsets[i + 1] < offsets[i] || offsets[i + 1] > vertices.size())
            scanner.fail("the offsets of the cells do not fit");
          add_cell(i);
        }
      }

      void add_cell(const std::size_t i)
      {
        static const std::map<std::int64_t, Shape> shapes = {
            {1, Shape::vertex},        {3, Shape::line},
            {5, Shape::triangle},      {8, Shape::quadrilateral},
            {9, Shape::quadrilateral}, {10, Shape::tetrahedron},
            {11, Shape::hexahedron},   {12, Shape::hexahedron}};
        const std::size_t begin = offsets[i], end = offsets[i + 1];
        const std::size_t line =
            begin < vertex_lines.size() ? vertex_lines[begin] : 0;
        const auto found = shapes.find(types[i]);
        if (found == shapes.end())
          scanner.fail("cells of VTK's type " + std::to_string(types[i]) +
                           " are not supported: cells are linear triangles, "
                           "quadrilaterals, tetrahedra or hexahedra",
                       line);
        RawElement element = {
            found->second, {}, tags.empty() ? 0 : tags[i], line};
        if (end - begin != n_vertices(element.shape))
          scanner.fail("a " + to_string(element.shape) + " cannot have " +
                           std::to_string(end - begin) + " vertices",
                       line);
        for (std::size_t k = begin; k < end; ++k)
        {
          if (vertices[k] < 0 ||
              vertices[k] >= std::int64_t(mesh.points.size()))
            scanner.fail("there is no point number " +
                             std::to_string(vertices[k]),
                         line);
          element.vertices.push_back(vertices[k]);
        }
        // Pixels and voxels count lexicographically.
        if (types[i] == 8 || types[i] == 11)
          for (std::size_t k = 2; k < element.vertices.size(); k += 4)
            std::swap(element.vertices[k], element.vertices[k + 1]);
        mesh.elements.push_back(element);
      }

      TextScanner &scanner;
      RawMesh mesh;
      std::vector<std::size_t> offsets, vertex_lines;
      std::vector<std::int64_t> vertices, types, tags;
      bool in_cell_data = false;
    };
  } // namespace

  RawMesh read_vtk(TextScanner &scanner)
  {
    return VtkReader(scanner).read();
  }
} // namespace nodal
