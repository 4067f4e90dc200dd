// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/data/sampler.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /**
     * A composite of two phases, 0 and 1: regions around random points, each
     * of phase 1 with the probability `Volume fraction`. In the laminate,
     * only the distance along one random direction counts, which makes the
     * regions layers.
     */
    template <int dim>
    class TwoPhase : public Sampler<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Structure", structure,
                "'voronoi': polygonal grains. 'laminate': layers across a "
                "random direction.",
                {"voronoi", "laminate"});
        prm.add("Regions", n_regions, "Number of grains or layers.", 1, 100000);
        prm.add("Volume fraction", volume_fraction,
                "Mean share of phase 1, between 0 and 1.", 0, 1);
      }

      void prepare(const Sites<dim> &s) override
      {
        sites = &s;
      }

      void sample(Random random, const unsigned int n_components,
                  std::vector<double> &values) override
      {
        const std::vector<Point<dim>> &points = sites->points;
        values.resize(points.size() * n_components);
        for (unsigned int c = 0; c < n_components; ++c)
        {
          const std::vector<Region> regions = draw(random);
          for (std::size_t i = 0; i < points.size(); ++i)
            values[i * n_components + c] = nearest(regions, points[i]).phase;
        }
      }

    private:
      struct Region
      {
        Point<dim> centre;
        double phase;
        double position; ///< along the direction of the laminate
      };

      std::vector<Region> draw(Random &random)
      {
        normal = Tensor<1, dim>();
        for (unsigned int d = 0; d < dim; ++d)
          normal[d] = random.normal();
        normal /= normal.norm();
        std::vector<Region> regions(n_regions);
        for (Region &region : regions)
        {
          for (unsigned int d = 0; d < dim; ++d)
            region.centre[d] =
                sites->lower[d] +
                (sites->upper[d] - sites->lower[d]) * random.uniform();
          region.phase = random.uniform() < volume_fraction ? 1 : 0;
          region.position = region.centre * normal;
        }
        return regions;
      }

      const Region &nearest(const std::vector<Region> &regions,
                            const Point<dim> &point) const
      {
        const bool is_laminate = structure == "laminate";
        const double position = point * normal;
        double best = std::numeric_limits<double>::infinity();
        const Region *result = &regions[0];
        for (const Region &region : regions)
        {
          const double distance = is_laminate
                                      ? std::abs(position - region.position)
                                      : (point - region.centre).norm_square();
          if (distance < best)
          {
            best = distance;
            result = &region;
          }
        }
        return *result;
      }

      std::string structure = "voronoi";
      unsigned int n_regions = 30;
      double volume_fraction = 0.5;
      Tensor<1, dim> normal;
      const Sites<dim> *sites = nullptr;
    };
  } // namespace

  NODAL_REGISTER_DIM(Sampler, TwoPhase, "two-phase",
                     "A composite of grains or layers of two phases, 0 and 1.")
} // namespace nodal
