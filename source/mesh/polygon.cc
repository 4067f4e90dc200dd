// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/gather.h>
#include <nodal/core/registry.h>
#include <nodal/mesh/geometry.h>

#include "polygon_mesh.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// A star-shaped polygon around (0.5, 0.5) with random corners, cut into
    /// triangles of random size.
    class RandomPolygon : public Geometry<2>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Least corners", least_corners, "Least number of corners.", 3,
                1000);
        prm.add("Most corners", most_corners, "Largest number of corners.", 3,
                1000);
        corners_path = prm.path("Most corners");
        prm.add("Smallest radius", smallest_radius,
                "Least distance of a corner from the centre, (0.5, 0.5).", 1e-3,
                1e3);
        prm.add("Largest radius", largest_radius,
                "Largest distance of a corner from the centre.", 1e-3, 1e3);
        radius_path = prm.path("Largest radius");
        prm.add("Smallest size", smallest_size,
                "Least size of the triangles of a mesh.", 1e-4, 1e3);
        prm.add("Largest size", largest_size,
                "Largest size of the triangles of a mesh.", 1e-4, 1e3);
        size_path = prm.path("Largest size");
        prm.add("Share of ids", share,
                "How often a side gets the boundary id 0, 1 or 2: up to three "
                "numbers in proportion to which ids are drawn. One side at "
                "least gets 0.",
                0., 1e6);
        share_path = prm.path("Share of ids");
      }

      void check() const override
      {
        if (most_corners < least_corners)
          throw BadInput("'Most corners' is below 'Least corners'; make it at "
                         "least " +
                             std::to_string(least_corners) + ".",
                         corners_path);
        if (largest_radius < smallest_radius)
          throw BadInput("'Largest radius' is below 'Smallest radius'; make it "
                         "larger.",
                         radius_path);
        if (largest_size < smallest_size)
          throw BadInput("'Largest size' is below 'Smallest size'; make it "
                         "larger.",
                         size_path);
        if (share.empty() || share.size() > 3 || !(share[0] > 0))
          throw BadInput("Give up to three numbers, the first of them "
                         "positive, as in '2, 1, 1'.",
                         share_path);
      }

      bool varies() const override
      {
        return true;
      }

      std::set<types::boundary_id> boundary_ids() const override
      {
        std::set<types::boundary_id> ids;
        for (unsigned int id = 0; id < share.size(); ++id)
          if (share[id] > 0)
            ids.insert(id);
        return ids;
      }

      std::unique_ptr<Triangulation<2>>
      draw(const MeshSource<2> &, Random random, MPI_Comm comm) const override
      {
        Polygon polygon;
        polygon.corners = draw_corners(random);
        polygon.ids = draw_ids(polygon.corners.size(), random);
        polygon.size =
            smallest_size + (largest_size - smallest_size) * random.uniform();
        PolygonMesh made;
        agree(comm,
              [&]
              {
                if (rank_of(comm) == 0)
                  made = mesh_polygon(polygon);
              });
        made.points = broadcast_vector(made.points, comm);
        made.triangles = broadcast_vector(made.triangles, comm);
        made.sides = broadcast_vector(made.sides, comm);
        return build(made);
      }

    private:
      /// Anticlockwise. Angles differ by less than 1.4 of the mean, so that
      /// the centre is inside.
      std::vector<Point<2>> draw_corners(Random &random) const
      {
        const unsigned int range = most_corners - least_corners + 1;
        const unsigned int n =
            least_corners +
            std::min<unsigned int>(range - 1, range * random.uniform());
        const double turn = random.uniform();
        std::vector<Point<2>> corners;
        for (unsigned int i = 0; i < n; ++i)
        {
          const double angle =
              2 * numbers::PI * (i + turn + 0.4 * (random.uniform() - 0.5)) / n;
          const double radius =
              smallest_radius +
              (largest_radius - smallest_radius) * random.uniform();
          corners.emplace_back(0.5 + radius * std::cos(angle),
                               0.5 + radius * std::sin(angle));
        }
        return corners;
      }

      std::vector<types::boundary_id> draw_ids(const unsigned int n,
                                               Random &random) const
      {
        const double total = std::accumulate(share.begin(), share.end(), 0.);
        std::vector<types::boundary_id> ids;
        for (unsigned int i = 0; i < n; ++i)
        {
          double rest = total * random.uniform();
          unsigned int id = 0;
          while (id + 1 < share.size() && rest >= share[id])
            rest -= share[id++];
          ids.push_back(share[id] > 0 ? id : 0);
        }
        const unsigned int any =
            std::min<unsigned int>(n - 1, n * random.uniform());
        if (std::count(ids.begin(), ids.end(), 0u) == 0)
          ids[any] = 0;
        return ids;
      }

      static std::unique_ptr<Triangulation<2>> build(const PolygonMesh &made)
      {
        std::vector<Point<2>> points;
        for (std::size_t i = 0; i < made.points.size(); i += 2)
          points.emplace_back(made.points[i], made.points[i + 1]);
        std::vector<CellData<2>> cells;
        for (std::size_t i = 0; i < made.triangles.size(); i += 3)
        {
          cells.emplace_back(3);
          cells.back().vertices.assign(&made.triangles[i],
                                       &made.triangles[i] + 3);
        }
        SubCellData faces;
        for (std::size_t i = 0; i < made.sides.size(); i += 3)
        {
          faces.boundary_lines.emplace_back(2);
          faces.boundary_lines.back().vertices.assign(&made.sides[i],
                                                      &made.sides[i] + 2);
          faces.boundary_lines.back().boundary_id = made.sides[i + 2];
        }
        auto result = std::make_unique<Triangulation<2>>();
        result->create_triangulation(points, cells, faces);
        return result;
      }

      unsigned int least_corners = 4, most_corners = 10;
      double smallest_radius = 0.25, largest_radius = 0.5;
      double smallest_size = 0.03, largest_size = 0.06;
      std::vector<double> share = {1., 0., 0.};
      std::string corners_path, radius_path, size_path, share_path;
    };
  } // namespace

  NODAL_REGISTER(Geometry<2>, RandomPolygon, "polygon",
                 "a random star-shaped polygon, cut into triangles by gmsh; "
                 "needs no mesh source")
} // namespace nodal
