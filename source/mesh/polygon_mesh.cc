// SPDX-License-Identifier: LGPL-2.1-or-later
#include "polygon_mesh.h"

#include <nodal/core/exceptions.h>

#include <gmsh.h>

#include <cstdlib>
#include <map>
#include <utility>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// The gmsh library from its initial state on, as long as this lives: what
    /// was meshed before must not change a mesh.
    struct GmshSession
    {
      GmshSession()
      {
        gmsh::initialize(0, nullptr, false);
        gmsh::option::setNumber("General.Terminal", 0);
        gmsh::option::setNumber("General.NumThreads", 1);
        // gmsh draws from this generator.
        std::srand(1);
      }

      ~GmshSession()
      {
        gmsh::finalize();
      }
    };

    /// The points of @p mesh by gmsh's tags, in the order in which they are
    /// asked for.
    class Points
    {
    public:
      explicit Points(PolygonMesh &mesh) : mesh(mesh)
      {
        std::vector<std::size_t> tags;
        std::vector<double> coordinates, unused;
        gmsh::model::mesh::getNodes(tags, coordinates, unused);
        for (std::size_t i = 0; i < tags.size(); ++i)
          place[tags[i]] = {coordinates[3 * i], coordinates[3 * i + 1]};
      }

      unsigned int operator()(const std::size_t tag)
      {
        const auto [entry, is_new] = number.emplace(tag, number.size());
        if (is_new)
          for (const double x : {place.at(tag).first, place.at(tag).second})
            mesh.points.push_back(x);
        return entry->second;
      }

    private:
      PolygonMesh &mesh;
      std::map<std::size_t, std::pair<double, double>> place;
      std::map<std::size_t, unsigned int> number;
    };

    double twice_area(const PolygonMesh &mesh, const unsigned int *triangle)
    {
      const auto x = [&](const unsigned int i, const unsigned int d)
      { return mesh.points[2 * triangle[i] + d]; };
      return (x(1, 0) - x(0, 0)) * (x(2, 1) - x(0, 1)) -
             (x(2, 0) - x(0, 0)) * (x(1, 1) - x(0, 1));
    }

    void make_model(const Polygon &polygon)
    {
      const int n = polygon.corners.size();
      gmsh::model::add("polygon");
      std::vector<int> lines;
      for (int i = 0; i < n; ++i)
        gmsh::model::geo::addPoint(polygon.corners[i][0], polygon.corners[i][1],
                                   0, polygon.size, i + 1);
      for (int i = 0; i < n; ++i)
        lines.push_back(
            gmsh::model::geo::addLine(i + 1, (i + 1) % n + 1, i + 1));
      gmsh::model::geo::addCurveLoop(lines, 1);
      gmsh::model::geo::addPlaneSurface({1}, 1);
      gmsh::model::geo::synchronize();
      gmsh::model::mesh::generate(2);
    }

    /// Tags of the nodes of all elements of @p shape on the entity @p tag, one
    /// element after the other; -1 stands for all entities.
    std::vector<std::size_t> nodes_of(const int shape, const int tag)
    {
      // gmsh does not shrink vectors that hold something.
      std::vector<std::size_t> elements, nodes;
      gmsh::model::mesh::getElementsByType(shape, elements, nodes, tag);
      return nodes;
    }

    PolygonMesh extract(const Polygon &polygon)
    {
      constexpr int line = 1, triangle = 2; // gmsh's numbers of shapes
      PolygonMesh mesh;
      Points point(mesh);
      for (const std::size_t tag : nodes_of(triangle, -1))
        mesh.triangles.push_back(point(tag));
      for (std::size_t i = 0; i < mesh.triangles.size(); i += 3)
        if (twice_area(mesh, &mesh.triangles[i]) < 0)
          std::swap(mesh.triangles[i + 1], mesh.triangles[i + 2]);
      for (std::size_t i = 0; i < polygon.corners.size(); ++i)
      {
        const std::vector<std::size_t> nodes = nodes_of(line, i + 1);
        for (std::size_t k = 0; k < nodes.size(); k += 2)
          for (const unsigned int entry :
               {point(nodes[k]), point(nodes[k + 1]),
                static_cast<unsigned int>(polygon.ids[i])})
            mesh.sides.push_back(entry);
      }
      return mesh;
    }
  } // namespace

  PolygonMesh mesh_polygon(const Polygon &polygon)
  {
    const std::string sentence = "gmsh cannot mesh a polygon of " +
                                 std::to_string(polygon.corners.size()) +
                                 " corners";
    try
    {
      const GmshSession session;
      make_model(polygon);
      PolygonMesh mesh = extract(polygon);
      if (mesh.triangles.empty())
        throw NumericalFailure(sentence + ".");
      return mesh;
    }
    catch (const NumericalFailure &)
    {
      throw;
    }
    catch (const std::exception &error)
    {
      throw NumericalFailure(sentence + ": " + error.what());
    }
    catch (const std::string &error)
    {
      throw NumericalFailure(sentence + ": " + error);
    }
  }
} // namespace nodal
