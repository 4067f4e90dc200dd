// SPDX-License-Identifier: LGPL-2.1-or-later
#include "chebyshev_series.h"

#include <nodal/core/registry.h>
#include <nodal/data/sampler.h>

#include <cmath>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /**
     * Chebyshev series in the coordinates of the bounding box, with normal
     * coefficients whose deviations fall as (1 + |k|)^-decay and have unit
     * sum of squares: smooth data with variation up to the boundary.
     */
    template <int dim>
    class Chebyshev : public Sampler<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Modes", n_modes, "Number of polynomials per direction.", 1,
                64);
        prm.add("Decay", decay,
                "Coefficients fall as (1 + degree) to the power of minus "
                "this number.",
                0, 20);
      }

      void prepare(const Sites<dim> &sites) override
      {
        std::vector<std::array<double, dim>> t(sites.points.size());
        for (std::size_t i = 0; i < t.size(); ++i)
          for (unsigned int d = 0; d < dim; ++d)
            t[i][d] = 2 * ((sites.points[i][d] - sites.lower[d]) /
                           (sites.upper[d] - sites.lower[d])) -
                      1;
        series.set_points(t);
        n_sites = t.size();
        set_deviations();
      }

      void sample(Random random, const unsigned int n_components,
                  std::vector<double> &values) override
      {
        values.assign(n_sites * n_components, 0.);
        std::vector<double> coefficients(deviations.size());
        for (unsigned int c = 0; c < n_components; ++c)
        {
          for (std::size_t k = 0; k < deviations.size(); ++k)
            coefficients[k] = deviations[k] * random.normal();
          series.add(coefficients, n_modes, values, c, n_components);
        }
      }

    private:
      void set_deviations()
      {
        deviations.assign(std::lround(std::pow(n_modes, dim)), 0.);
        double total = 0;
        for (std::size_t i = 0; i < deviations.size(); ++i)
        {
          double degree2 = 0;
          for (std::size_t d = 0, rest = i; d < dim; ++d, rest /= n_modes)
            degree2 += double(rest % n_modes) * (rest % n_modes);
          deviations[i] = std::pow(1 + std::sqrt(degree2), -decay);
          total += deviations[i] * deviations[i];
        }
        for (double &deviation : deviations)
          deviation /= std::sqrt(total);
      }

      unsigned int n_modes = 5;
      double decay = 2;

      ChebyshevSeries<dim> series;
      std::vector<double> deviations;
      std::size_t n_sites = 0;
    };
  } // namespace

  NODAL_REGISTER_DIM(Sampler, Chebyshev, "chebyshev",
                     "Random series of Chebyshev polynomials in the "
                     "coordinates of the bounding box.")
} // namespace nodal
