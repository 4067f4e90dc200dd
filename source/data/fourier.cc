// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/data/sampler.h>

#include <cmath>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /**
     * Random Fourier series in the angle around the centre of the bounding
     * box, meant for values on the boundary (at the centre itself it jumps).
     * In 3d, products with Chebyshev polynomials of the height; both are
     * polynomials in the direction from the centre, hence smooth at the poles.
     */
    template <int dim>
    class Fourier : public Sampler<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Modes", n_modes,
                "Highest frequency in the angle; in 3d also the highest "
                "degree in the height.",
                1, 128);
        prm.add("Decay", decay,
                "Coefficients fall as (1 + frequency) to the power of minus "
                "this number.",
                0, 20);
      }

      void prepare(const Sites<dim> &sites) override
      {
        const Point<dim> centre =
            sites.lower + 0.5 * (sites.upper - sites.lower);
        directions.resize(sites.points.size());
        for (std::size_t i = 0; i < directions.size(); ++i)
        {
          const Tensor<1, dim> r = sites.points[i] - centre;
          const double distance = r.norm();
          directions[i] = Tensor<1, dim>();
          if (distance > 0)
            directions[i] = r / distance;
          else
            directions[i][0] = 1;
        }
      }

      void sample(Random random, const unsigned int n_components,
                  std::vector<double> &values) override
      {
        values.assign(directions.size() * n_components, 0.);
        const unsigned int n_heights = dim == 2 ? 1 : n_modes + 1;
        std::vector<double> a(n_heights * (n_modes + 1)), b(a.size());
        for (unsigned int c = 0; c < n_components; ++c)
        {
          draw(random, n_heights, a, b);
          for (std::size_t i = 0; i < directions.size(); ++i)
            values[i * n_components + c] =
                series(directions[i], n_heights, a, b);
        }
      }

    private:
      void draw(Random &random, const unsigned int n_heights,
                std::vector<double> &a, std::vector<double> &b) const
      {
        double total = 0;
        for (unsigned int l = 0; l < n_heights; ++l)
          for (unsigned int k = 0; k <= n_modes; ++k)
          {
            const double deviation =
                std::pow(1 + std::sqrt(double(k * k + l * l)), -decay);
            total += deviation * deviation;
            a[l * (n_modes + 1) + k] = deviation * random.normal();
            b[l * (n_modes + 1) + k] = deviation * random.normal();
          }
        for (std::size_t i = 0; i < a.size(); ++i)
        {
          a[i] /= std::sqrt(total);
          b[i] /= std::sqrt(total);
        }
      }

      /// Σ_l T_l(z) Σ_k (a_lk Re + b_lk Im) (x + iy)^k.
      double series(const Tensor<1, dim> &direction,
                    const unsigned int n_heights, const std::vector<double> &a,
                    const std::vector<double> &b) const
      {
        const double x = direction[0], y = direction[1], z = direction[dim - 1];
        double sum = 0, height = 1, previous = z;
        for (unsigned int l = 0; l < n_heights; ++l)
        {
          double real = 1, imaginary = 0, inner = 0;
          for (unsigned int k = 0; k <= n_modes; ++k)
          {
            const unsigned int i = l * (n_modes + 1) + k;
            inner += a[i] * real + b[i] * imaginary;
            const double next = real * x - imaginary * y;
            imaginary = real * y + imaginary * x;
            real = next;
          }
          sum += height * inner;
          // T_{l+1} = 2 z T_l − T_{l−1}, where T_{−1} = T_1 = z.
          const double next = 2 * z * height - previous;
          previous = height;
          height = next;
        }
        return sum;
      }

      unsigned int n_modes = 6;
      double decay = 2;

      std::vector<Tensor<1, dim>> directions;
    };
  } // namespace

  NODAL_REGISTER_DIM(Sampler, Fourier, "fourier",
                     "Random Fourier series in the angle around the centre "
                     "of the mesh, for values on the boundary.")
} // namespace nodal
