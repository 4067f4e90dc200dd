// SPDX-License-Identifier: LGPL-2.1-or-later
#include "chebyshev_series.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/data/sampler.h>

#include <cmath>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /**
     * Karhunen-Loève series of the covariance (τ² − Δ)^(−α) on the bounding
     * box with natural boundary conditions, the usual random field of the
     * operator learning literature. α = ν + dim/2 and τ = √(2ν)/ℓ in terms of
     * the smoothness ν and the correlation length ℓ of Matérn's covariance.
     * The variance is one on average over the box, and larger at its
     * boundary.
     */
    template <int dim>
    class GaussianRandomField : public Sampler<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Correlation length", correlation_length,
                "Correlation length of the field, in the unit of the mesh.",
                1e-6, 1e6);
        prm.add("Smoothness", smoothness,
                "The nu of Matern's covariance: 0.5 is rough, 1 is the usual "
                "choice, the field is n times differentiable for nu > n.",
                0.05, 20);
        prm.add("Modes", n_modes,
                "Number of cosines per direction. Waves shorter than twice "
                "the size of the mesh over this number are cut off. The cost "
                "per site is its power of the dimension below 12 modes in 2d "
                "and 6 in 3d, of one dimension less up to 32 and 24, then "
                "constant; on meshes of boxes it is small.",
                1, 256);
      }

      void prepare(const Sites<dim> &sites) override
      {
        std::vector<std::array<double, dim>> t(sites.points.size());
        for (std::size_t i = 0; i < t.size(); ++i)
          for (unsigned int d = 0; d < dim; ++d)
            t[i][d] = std::cos(M_PI * ((sites.points[i][d] - sites.lower[d]) /
                                       (sites.upper[d] - sites.lower[d])));
        series.set_points(t);
        n_sites = t.size();
        set_deviations(sites.upper - sites.lower);
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
      /// Standard deviations of the coefficients, for a variance of one.
      void set_deviations(const Tensor<1, dim> &extent)
      {
        const double tau2 =
            2 * smoothness / (correlation_length * correlation_length);
        const double alpha = smoothness + 0.5 * dim;
        deviations.assign(std::lround(std::pow(n_modes, dim)), 0.);
        double total = 0;
        for (std::size_t i = 0; i < deviations.size(); ++i)
        {
          double wave2 = 0, norm2 = 1;
          std::size_t rest = i;
          for (int d = dim - 1; d >= 0; --d)
          {
            const unsigned int k = rest % n_modes;
            rest /= n_modes;
            wave2 += (M_PI * k / extent[d]) * (M_PI * k / extent[d]);
            norm2 *= k > 0 ? 2 : 1;
          }
          const double variance = std::pow(1 + wave2 / tau2, -alpha);
          deviations[i] = std::sqrt(variance * norm2);
          total += variance;
        }
        for (double &deviation : deviations)
          deviation /= std::sqrt(total);
      }

      double correlation_length = 0.2;
      double smoothness = 1;
      unsigned int n_modes = 16;

      ChebyshevSeries<dim> series;
      std::vector<double> deviations;
      std::size_t n_sites = 0;
    };
  } // namespace

  NODAL_REGISTER_DIM(Sampler, GaussianRandomField, "gaussian random field",
                     "Normal numbers with Matern's covariance, as a cosine "
                     "series on the bounding box of the mesh.")
} // namespace nodal
