// SPDX-License-Identifier: LGPL-2.1-or-later
#include "random_range.h"

#include <nodal/core/registry.h>

#include <cmath>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// A sum of Gaussians with random centres in the bounding box, widths and
    /// amplitudes.
    template <int dim>
    class Gaussians : public Sampler<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        number.add_parameters(prm, "number", "Fewest Gaussians.",
                              "Most Gaussians.", 0, 10000);
        width.add_parameters(
            prm, "width",
            "Smallest standard deviation, in the unit of the mesh.",
            "Largest standard deviation, in the unit of the mesh.", 1e-9, 1e9);
        amplitude.add_parameters(prm, "amplitude", "Smallest height.",
                                 "Largest height.", -1e300, 1e300);
      }

      void check(unsigned int) const override
      {
        number.check("number of Gaussians");
        width.check("width");
        amplitude.check("amplitude");
      }

      void prepare(const Sites<dim> &s) override
      {
        sites = &s;
      }

      void sample(Random random, const unsigned int n_components,
                  std::vector<double> &values) override
      {
        const std::vector<Point<dim>> &points = sites->points;
        values.assign(points.size() * n_components, 0.);
        for (unsigned int c = 0; c < n_components; ++c)
        {
          const unsigned int n = number.draw(random);
          for (unsigned int g = 0; g < n; ++g)
          {
            const Point<dim> centre = random_point(*sites, random);
            const double w = width.draw(random), a = amplitude.draw(random);
            for (std::size_t i = 0; i < points.size(); ++i)
              values[i * n_components + c] +=
                  a *
                  std::exp(-0.5 * (points[i] - centre).norm_square() / (w * w));
          }
        }
      }

    private:
      RandomRange<unsigned int> number = {1, 5};
      RandomRange<double> width = {0.05, 0.2}, amplitude = {-1, 1};
      const Sites<dim> *sites = nullptr;
    };
  } // namespace

  NODAL_REGISTER_DIM(Sampler, Gaussians, "gaussians",
                     "A sum of Gaussians with random centres, widths and "
                     "amplitudes.")
} // namespace nodal
