// SPDX-License-Identifier: LGPL-2.1-or-later
#include "raw_mesh.h"

#include <nodal/core/text.h>

#include <algorithm>
#include <map>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    std::string upper(std::string text)
    {
      for (char &c : text)
        c = std::toupper(static_cast<unsigned char>(c));
      return text;
    }
  } // namespace

  RawMesh read_ucd(TextScanner &scanner)
  {
    static const std::map<std::string, Shape> shapes = {
        {"pt", Shape::vertex},       {"line", Shape::line},
        {"tri", Shape::triangle},    {"quad", Shape::quadrilateral},
        {"tet", Shape::tetrahedron}, {"hex", Shape::hexahedron}};
    RawMesh mesh;
    while (scanner.next_is('#'))
      scanner.line();
    const std::size_t n_nodes = scanner.count("the number of nodes");
    const std::size_t n_cells = scanner.count("the number of cells");
    for (unsigned int i = 0; i < 3; ++i)
      scanner.integer("the number of data");
    for (std::size_t i = 0; i < n_nodes; ++i)
    {
      const std::int64_t id = scanner.integer("the number of a node");
      Point<3> point;
      for (unsigned int d = 0; d < 3; ++d)
        point[d] = scanner.number("a coordinate");
      mesh.add_point(id, point, scanner);
    }
    for (std::size_t i = 0; i < n_cells; ++i)
    {
      scanner.integer("the number of a cell");
      const std::int64_t tag = scanner.integer("the material of a cell");
      const std::string type = scanner.word("the type of a cell");
      const auto found = shapes.find(type);
      if (found == shapes.end())
        scanner.fail("cells of UCD's type '" + type.substr(0, 20) +
                     "' are not supported: cells are tri, quad, tet or hex");
      mesh.read_element(found->second, tag, scanner);
    }
    return mesh;
  }

  namespace
  {
    /// The value of option @p name in a line as *ELEMENT, TYPE=CPS3, ELSET=a.
    std::string option(const std::string &line, const std::string &name)
    {
      for (const std::string &part : split(line, ','))
      {
        const std::vector<std::string> sides = split(part, '=');
        if (sides.size() == 2 && upper(sides[0]) == name)
          return sides[1];
      }
      return "";
    }

    /// The number at the end of @p name, or 0.
    std::int64_t trailing_number(const std::string &name)
    {
      const std::size_t last = name.find_last_not_of("0123456789");
      const std::string digits =
          last == std::string::npos ? name : name.substr(last + 1);
      return digits.empty() || digits.size() > 9 ? 0 : std::stoll(digits);
    }

    Shape abaqus_shape(const std::string &type, const TextScanner &scanner)
    {
      static const std::map<std::string, Shape> shapes = {
          {"T2D2", Shape::line},          {"T3D2", Shape::line},
          {"B21", Shape::line},           {"B31", Shape::line},
          {"CPS3", Shape::triangle},      {"CPE3", Shape::triangle},
          {"S3", Shape::triangle},        {"STRI3", Shape::triangle},
          {"CPS4", Shape::quadrilateral}, {"CPE4", Shape::quadrilateral},
          {"S4", Shape::quadrilateral},   {"C3D4", Shape::tetrahedron},
          {"C3D8", Shape::hexahedron}};
      std::string name = upper(type);
      while (!name.empty() && (name.back() == 'R' || name.back() == 'H'))
        name.pop_back();
      const auto found = shapes.find(name);
      if (found == shapes.end())
        scanner.fail("elements of Abaqus's type '" + type.substr(0, 20) +
                     "' are not supported: cells are linear, as in CPS3, "
                     "CPS4, C3D4 or C3D8");
      return found->second;
    }
  } // namespace

  RawMesh read_abaqus(TextScanner &scanner)
  {
    enum
    {
      nothing,
      nodes,
      elements
    } section = nothing;
    Shape shape = Shape::vertex;
    std::int64_t tag = 0;
    RawMesh mesh;
    while (!scanner.at_end())
    {
      const std::string line = scanner.line();
      if (line.compare(0, 2, "**") == 0)
        continue;
      if (line[0] == '*')
      {
        const std::string keyword = upper(split(line, ',')[0]);
        section = keyword == "*NODE"      ? nodes
                  : keyword == "*ELEMENT" ? elements
                                          : nothing;
        if (section == elements)
        {
          shape = abaqus_shape(option(line, "TYPE"), scanner);
          tag = trailing_number(option(line, "ELSET"));
        }
        continue;
      }
      if (section == nothing)
        continue;
      std::string words = line;
      std::replace(words.begin(), words.end(), ',', ' ');
      TextScanner parts(words, scanner, scanner.line_number);
      const std::int64_t id = parts.integer("a number");
      if (section == elements)
        mesh.read_element(shape, tag, parts);
      else
      {
        Point<3> point;
        for (unsigned int d = 0; d < 3; ++d)
          if (d < 2 || !parts.at_end())
            point[d] = parts.number("a coordinate");
        mesh.add_point(id, point, parts);
      }
    }
    return mesh;
  }
} // namespace nodal
