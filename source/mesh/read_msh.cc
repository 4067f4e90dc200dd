// SPDX-License-Identifier: LGPL-2.1-or-later
#include "raw_mesh.h"

#include <array>
#include <cmath>
#include <map>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// Reads the sections of one file.
    class MshReader
    {
    public:
      explicit MshReader(TextScanner &scanner) : scanner(scanner)
      {
      }

      RawMesh read()
      {
        while (!scanner.at_end())
        {
          const std::string section = scanner.word("a section");
          if (section.empty() || section[0] != '$')
            scanner.fail("this is not a Gmsh file: expected a section as in "
                         "$Nodes");
          if (section == "$MeshFormat")
            read_format();
          else if (version == 0)
            scanner.fail("expected the section $MeshFormat first");
          else if (section == "$Entities" && version >= 4)
            read_entities();
          else if (section == "$Nodes")
            version < 4 ? read_nodes_2() : read_nodes_4();
          else if (section == "$Elements")
            version < 4 ? read_elements_2() : read_elements_4();
          else if (section == "$ParametricNodes")
            scanner.fail("parametric nodes are not supported");
          skip_to_end_of(section);
        }
        if (version == 0)
          scanner.fail("this is not a Gmsh file: it has no section "
                       "$MeshFormat");
        if (mesh.points.empty() || mesh.elements.empty())
          scanner.fail("the file has no nodes or no elements; it is "
                       "truncated");
        return mesh;
      }

    private:
      void skip_to_end_of(const std::string &section)
      {
        const std::string end = "$End" + section.substr(1);
        while (scanner.word(end) != end)
        {
        }
      }

      void read_format()
      {
        version = scanner.number("the version of the format");
        const bool is_known = (version >= 2 && version < 3) || version == 4 ||
                              std::abs(version - 4.1) < 1e-10;
        if (!is_known)
          scanner.fail("version " + std::to_string(version) +
                       " of the Gmsh format is not known; write version 2.2 "
                       "or 4.1 (gmsh -format msh41)");
        if (scanner.integer("the type of the file") != 0)
          scanner.fail("the file is binary; write it as text "
                       "(gmsh without -bin)");
        scanner.integer("the size of numbers");
      }

      Point<3> read_point()
      {
        Point<3> point;
        for (unsigned int d = 0; d < 3; ++d)
          point[d] = scanner.number("a coordinate");
        return point;
      }

      void read_nodes_2()
      {
        const std::size_t n = scanner.count("the number of nodes");
        for (std::size_t i = 0; i < n; ++i)
        {
          const std::int64_t id = scanner.integer("the number of a node");
          mesh.add_point(id, read_point(), scanner);
        }
      }

      void read_nodes_4()
      {
        const std::size_t n_blocks = scanner.count("the number of blocks");
        scanner.count("the number of nodes");
        if (version > 4)
          for (const char *what : {"the least node", "the last node"})
            scanner.integer(what);
        for (std::size_t b = 0; b < n_blocks; ++b)
        {
          const auto [dimension, entity] = read_entity();
          (void)entity;
          const bool parametric =
              scanner.integer("whether there are parameters") != 0;
          const std::size_t n = scanner.count("the number of nodes");
          std::vector<std::int64_t> ids;
          if (version > 4)
            for (std::size_t i = 0; i < n; ++i)
              ids.push_back(scanner.integer("the number of a node"));
          for (std::size_t i = 0; i < n; ++i)
          {
            const std::int64_t id =
                version > 4 ? ids[i] : scanner.integer("the number of a node");
            mesh.add_point(id, read_point(), scanner);
            for (int d = 0; parametric && d < dimension; ++d)
              scanner.number("a parameter of a node");
          }
        }
      }

      /// Dimension and number; version 4.0 has them the other way round.
      std::pair<int, std::int64_t> read_entity()
      {
        std::int64_t dimension = scanner.integer("the dimension of an entity");
        std::int64_t entity = scanner.integer("the number of an entity");
        if (version == 4)
          std::swap(dimension, entity);
        if (dimension < 0 || dimension > 3)
          scanner.fail("the dimension of an entity cannot be " +
                       std::to_string(dimension));
        return {dimension, entity};
      }

      void read_entities()
      {
        std::array<std::size_t, 4> n;
        for (std::size_t &count : n)
          count = scanner.count("the number of entities");
        for (int dimension = 0; dimension < 4; ++dimension)
          for (std::size_t i = 0; i < n[dimension]; ++i)
          {
            const std::int64_t entity =
                scanner.integer("the number of an entity");
            const bool is_point = dimension == 0 && version > 4;
            for (int k = 0; k < (is_point ? 3 : 6); ++k)
              scanner.number("the extent of an entity");
            const std::size_t n_groups =
                scanner.count("the number of physical groups");
            for (std::size_t g = 0; g < n_groups; ++g)
            {
              const std::int64_t group = scanner.integer("a physical group");
              groups.insert({{dimension, entity}, std::abs(group)});
            }
            if (dimension == 0)
              continue;
            const std::size_t n_bounding =
                scanner.count("the number of bounding entities");
            for (std::size_t k = 0; k < n_bounding; ++k)
              scanner.integer("a bounding entity");
          }
      }

      Shape read_shape()
      {
        static const std::map<std::int64_t, Shape> shapes = {
            {1, Shape::line},          {2, Shape::triangle},
            {3, Shape::quadrilateral}, {4, Shape::tetrahedron},
            {5, Shape::hexahedron},    {15, Shape::vertex}};
        const std::int64_t type = scanner.integer("the type of an element");
        const auto found = shapes.find(type);
        if (found == shapes.end())
          scanner.fail(
              "elements of Gmsh's type " + std::to_string(type) +
              " are not supported: cells are linear triangles, "
              "quadrilaterals, tetrahedra or hexahedra (gmsh -order 1)");
        return found->second;
      }

      void read_elements_2()
      {
        const std::size_t n = scanner.count("the number of elements");
        for (std::size_t i = 0; i < n; ++i)
        {
          scanner.integer("the number of an element");
          const Shape shape = read_shape();
          const std::size_t n_tags = scanner.count("the number of tags");
          std::int64_t group = 0;
          for (std::size_t k = 0; k < n_tags; ++k)
          {
            const std::int64_t tag = scanner.integer("a tag");
            if (k == 0)
              group = std::abs(tag);
          }
          mesh.read_element(shape, group, scanner);
        }
      }

      void read_elements_4()
      {
        const std::size_t n_blocks = scanner.count("the number of blocks");
        scanner.count("the number of elements");
        if (version > 4)
          for (const char *what : {"the least element", "the last element"})
            scanner.integer(what);
        for (std::size_t b = 0; b < n_blocks; ++b)
        {
          const auto found = groups.find(read_entity());
          const Shape shape = read_shape();
          const std::size_t n = scanner.count("the number of elements");
          for (std::size_t i = 0; i < n; ++i)
          {
            scanner.integer("the number of an element");
            mesh.read_element(shape, found == groups.end() ? 0 : found->second,
                              scanner);
          }
        }
      }

      TextScanner &scanner;
      RawMesh mesh;
      double version = 0;
      /// The first physical group of each entity.
      std::map<std::pair<int, std::int64_t>, std::int64_t> groups;
    };
  } // namespace

  RawMesh read_msh(TextScanner &scanner)
  {
    return MshReader(scanner).read();
  }
} // namespace nodal
