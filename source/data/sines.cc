// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/data/sampler.h>

#include <array>
#include <cmath>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /**
     * (π / K^d) Σ_k a_k |k|^{2r} Π_d sin(π k_d x_d), k_d = 1 … K, with a_k
     * uniform in (−1, 1): the sources of label-free training on the square and
     * the disc (TensorPILS, K = 4, r = 1/2).
     */
    template <int dim>
    class Sines : public Sampler<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Modes", n_modes, "Number of sines per direction, K.", 1, 32);
        prm.add("Exponent", exponent,
                "Terms grow as (i^2 + j^2) to this power; negative ones make "
                "smooth fields.",
                -10., 10.);
      }

      void prepare(const Sites<dim> &sites) override
      {
        points = &sites.points;
        weights.assign(std::lround(std::pow(n_modes, dim)), 0.);
        for (std::size_t k = 0; k < weights.size(); ++k)
        {
          double square = 0;
          for (std::size_t d = 0, rest = k; d < dim; ++d, rest /= n_modes)
            square += std::pow(1. + rest % n_modes, 2);
          weights[k] =
              numbers::PI / weights.size() * std::pow(square, exponent);
        }
      }

      void sample(Random random, const unsigned int n_components,
                  std::vector<double> &values) override
      {
        values.assign(points->size() * n_components, 0.);
        std::vector<double> coefficients(weights.size());
        for (unsigned int c = 0; c < n_components; ++c)
        {
          for (std::size_t k = 0; k < weights.size(); ++k)
            coefficients[k] = weights[k] * (2 * random.uniform() - 1);
          for (std::size_t i = 0; i < points->size(); ++i)
            values[i * n_components + c] = sum((*points)[i], coefficients);
        }
      }

    private:
      double sum(const Point<dim> &x,
                 const std::vector<double> &coefficients) const
      {
        std::array<std::vector<double>, dim> sine;
        for (unsigned int d = 0; d < dim; ++d)
          for (unsigned int k = 1; k <= n_modes; ++k)
            sine[d].push_back(std::sin(numbers::PI * k * x[d]));
        double result = 0;
        for (std::size_t k = 0; k < coefficients.size(); ++k)
        {
          double term = coefficients[k];
          for (std::size_t d = 0, rest = k; d < dim; ++d, rest /= n_modes)
            term *= sine[d][rest % n_modes];
          result += term;
        }
        return result;
      }

      unsigned int n_modes = 4;
      double exponent = 0.5;
      std::vector<double> weights;
      const std::vector<Point<dim>> *points = nullptr;
    };
  } // namespace

  NODAL_REGISTER_DIM(Sampler, Sines, "sines",
                     "Products of sines that vanish on the boundary of the "
                     "unit cube, with uniform random coefficients.")
} // namespace nodal
