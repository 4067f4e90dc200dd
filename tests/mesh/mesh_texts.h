// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_mesh_mesh_texts_h
#define nodal_tests_mesh_mesh_texts_h

#include <map>
#include <sstream>
#include <string>
#include <vector>

/// Tiny meshes as text in all formats that nodal reads.
namespace mesh_texts
{
  struct Element
  {
    std::string shape; ///< UCD's name
    std::vector<unsigned int> vertices;
    int tag;
  };

  struct Example
  {
    std::vector<std::vector<double>> points;
    std::vector<Element> elements;
  };

  /// The square (0,2)x(0,1) of two quadrilaterals, ids 7 below, 8 right.
  inline Example quads()
  {
    return {{{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {0, 1, 0}, {1, 1, 0}, {2, 1, 0}},
            {{"line", {0, 1}, 7},
             {"line", {1, 2}, 7},
             {"line", {2, 5}, 8},
             {"quad", {0, 1, 4, 3}, 1},
             {"quad", {1, 2, 5, 4}, 1}}};
  }

  /// The same of four triangles, one of which stands on its head.
  inline Example triangles()
  {
    Example result = quads();
    result.elements.resize(3);
    for (const std::vector<unsigned int> &vertices :
         std::vector<std::vector<unsigned int>>{
             {0, 1, 4}, {0, 3, 4}, {1, 2, 5}, {1, 5, 4}})
      result.elements.push_back({"tri", vertices, 1});
    return result;
  }

  /// A unit cube, id 9 below.
  inline Example hex()
  {
    return {{{0, 0, 0},
             {1, 0, 0},
             {1, 1, 0},
             {0, 1, 0},
             {0, 0, 1},
             {1, 0, 1},
             {1, 1, 1},
             {0, 1, 1}},
            {{"quad", {0, 1, 2, 3}, 9}, {"hex", {0, 1, 2, 3, 4, 5, 6, 7}, 1}}};
  }

  /// The cube of five tetrahedra.
  inline Example tets()
  {
    Example result = hex();
    result.elements = {{"tri", {0, 1, 2}, 9},    {"tri", {0, 2, 3}, 9},
                       {"tet", {0, 1, 2, 5}, 1}, {"tet", {0, 2, 3, 7}, 1},
                       {"tet", {0, 5, 7, 4}, 1}, {"tet", {2, 7, 5, 6}, 1},
                       {"tet", {0, 2, 7, 5}, 1}};
    return result;
  }

  inline std::string join(const std::vector<unsigned int> &vertices,
                          const unsigned int first,
                          const std::string &separator = " ")
  {
    std::string result;
    for (const unsigned int v : vertices)
      result += (result.empty() ? "" : separator) + std::to_string(v + first);
    return result;
  }

  inline const std::map<std::string, int> gmsh_types = {
      {"line", 1}, {"tri", 2}, {"quad", 3}, {"tet", 4}, {"hex", 5}};
  inline const std::map<std::string, int> vtk_types = {
      {"line", 3}, {"tri", 5}, {"quad", 9}, {"tet", 10}, {"hex", 12}};

  inline std::string msh2(const Example &mesh)
  {
    std::ostringstream out;
    out << "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\n"
        << mesh.points.size() << '\n';
    unsigned int i = 0;
    for (const auto &p : mesh.points)
      out << ++i << ' ' << p[0] << ' ' << p[1] << ' ' << p[2] << '\n';
    out << "$EndNodes\n$Elements\n" << mesh.elements.size() << '\n';
    i = 0;
    for (const Element &e : mesh.elements)
      out << ++i << ' ' << gmsh_types.at(e.shape) << " 2 " << e.tag << ' '
          << e.tag << ' ' << join(e.vertices, 1) << '\n';
    out << "$EndElements\n";
    return out.str();
  }

  inline std::string msh4(const Example &mesh)
  {
    std::ostringstream out;
    out << "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$Entities\n0 2 2 1\n";
    for (const int line : {7, 8})
      out << line << " 0 0 0 1 1 1 1 " << line << " 0\n";
    for (const int surface : {1, 9})
      out << surface << " 0 0 0 1 1 1 1 " << surface << " 0\n";
    out << "1 0 0 0 1 1 1 1 1 0\n$EndEntities\n$Nodes\n1 " << mesh.points.size()
        << " 1 " << mesh.points.size() << "\n2 1 0 " << mesh.points.size()
        << '\n';
    for (unsigned int i = 0; i < mesh.points.size(); ++i)
      out << i + 1 << '\n';
    for (const auto &p : mesh.points)
      out << p[0] << ' ' << p[1] << ' ' << p[2] << '\n';
    out << "$EndNodes\n$Elements\n"
        << mesh.elements.size() << ' ' << mesh.elements.size() << " 1 "
        << mesh.elements.size() << '\n';
    unsigned int i = 0;
    for (const Element &e : mesh.elements)
    {
      const int dimension = e.shape == "line"                       ? 1
                            : e.shape == "tri" || e.shape == "quad" ? 2
                                                                    : 3;
      out << dimension << ' ' << e.tag << ' ' << gmsh_types.at(e.shape)
          << " 1\n"
          << ++i << ' ' << join(e.vertices, 1) << '\n';
    }
    out << "$EndElements\n";
    return out.str();
  }

  inline std::string ucd(const Example &mesh)
  {
    std::ostringstream out;
    out << "# a comment\n"
        << mesh.points.size() << ' ' << mesh.elements.size() << " 0 0 0\n";
    unsigned int i = 0;
    for (const auto &p : mesh.points)
      out << ++i << ' ' << p[0] << ' ' << p[1] << ' ' << p[2] << '\n';
    i = 0;
    for (const Element &e : mesh.elements)
      out << ++i << ' ' << e.tag << ' ' << e.shape << ' ' << join(e.vertices, 1)
          << '\n';
    return out.str();
  }

  inline std::string abaqus(const Example &mesh)
  {
    const std::map<std::string, std::string> types = {{"line", "T3D2"},
                                                      {"tri", "CPS3"},
                                                      {"quad", "CPS4"},
                                                      {"tet", "C3D4"},
                                                      {"hex", "C3D8"}};
    std::ostringstream out;
    out << "*Heading\n mesh\n*NODE\n";
    unsigned int i = 0;
    for (const auto &p : mesh.points)
      out << ++i << ", " << p[0] << ", " << p[1] << ", " << p[2] << '\n';
    i = 0;
    for (const Element &e : mesh.elements)
      out << "*ELEMENT, type=" << types.at(e.shape) << ", ELSET=Part" << e.tag
          << '\n'
          << ++i << ", " << join(e.vertices, 1, ", ") << '\n';
    return out.str();
  }

  inline std::string vtk(const Example &mesh)
  {
    std::ostringstream out;
    out << "# vtk DataFile Version 3.0\ntitle\nASCII\nDATASET "
           "UNSTRUCTURED_GRID\nPOINTS "
        << mesh.points.size() << " double\n";
    for (const auto &p : mesh.points)
      out << p[0] << ' ' << p[1] << ' ' << p[2] << '\n';
    std::size_t size = 0;
    for (const Element &e : mesh.elements)
      size += 1 + e.vertices.size();
    out << "CELLS " << mesh.elements.size() << ' ' << size << '\n';
    for (const Element &e : mesh.elements)
      out << e.vertices.size() << ' ' << join(e.vertices, 0) << '\n';
    out << "CELL_TYPES " << mesh.elements.size() << '\n';
    for (const Element &e : mesh.elements)
      out << vtk_types.at(e.shape) << '\n';
    out << "CELL_DATA " << mesh.elements.size()
        << "\nSCALARS MaterialID int 1\nLOOKUP_TABLE default\n";
    for (const Element &e : mesh.elements)
      out << e.tag << '\n';
    return out.str();
  }

  /// VTK since version 5.1: offsets and connectivity.
  inline std::string vtk5(const Example &mesh)
  {
    const std::string old = vtk(mesh);
    const std::size_t begin = old.find("CELLS"), end = old.find("CELL_TYPES");
    std::ostringstream out, vertices;
    std::size_t offset = 0;
    out << "OFFSETS vtktypeint64\n0\n";
    for (const Element &e : mesh.elements)
    {
      out << (offset += e.vertices.size()) << '\n';
      vertices << join(e.vertices, 0) << '\n';
    }
    out << "CONNECTIVITY vtktypeint64\n" << vertices.str();
    return old.substr(0, begin) + "CELLS " +
           std::to_string(mesh.elements.size() + 1) + " " +
           std::to_string(offset) + "\n" + out.str() + old.substr(end);
  }
} // namespace mesh_texts

#endif
