// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/data/sampler.h>

#include <cmath>

namespace nodal
{
  using namespace dealii;

  /**
   * A Gaussian random field with covariance proportional to (−Δ + τ²)^−α and
   * zero Neumann conditions on the bounding box, as a cosine series:
   *
   *   g(x) = Σ_k s_k ξ_k Π_d cos(π k_d (x_d − l_d) / L),   ξ_k ~ N(0, 1),
   *
   * where L is the longest side, s_k² ∝ (π²|k|²/L² + τ²)^−α, τ = 1 / (length ·
   * L), scaled to mean variance one over the box. The constant mode is left
   * out, so that every sample has mean zero over the box.
   *
   * Cost per sample: modes^dim multiplications per site. The cosines of each
   * site are kept: dim · modes numbers.
   */
  template <int dim>
  class GaussianRandomField : public Sampler<dim>
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      prm.add("Correlation length", length,
              "As a share of the longest side of the bounding box.", 1e-4, 100);
      prm.add("Smoothness", alpha,
              "Exponent alpha of the covariance (-laplace + tau^2)^-alpha; "
              "about 2 is smooth, near dim/2 rough.",
              0.1, 20);
      prm.add("Modes", n_modes, "Cosines per direction.", 2, 512);
    }

    void prepare(const Sites<dim> &sites) override
    {
      const unsigned int n = sites.points.size();
      double side = 0;
      for (unsigned int d = 0; d < dim; ++d)
        side = std::max(side, sites.upper[d] - sites.lower[d]);
      cosines.resize(std::size_t(n) * dim * n_modes);
      for (unsigned int i = 0; i < n; ++i)
        for (unsigned int d = 0; d < dim; ++d)
          for (unsigned int k = 0; k < n_modes; ++k)
            cosines[(std::size_t(i) * dim + d) * n_modes + k] = std::cos(
                M_PI * k * (sites.points[i][d] - sites.lower[d]) / side);

      const double tau = 1 / (length * side);
      unsigned int n_all = 1;
      for (unsigned int d = 0; d < dim; ++d)
        n_all *= n_modes;
      scales.assign(n_all, 0.);
      double variance = 0;
      for (unsigned int m = 1; m < n_all; ++m)
      {
        double square = 0, mean_square = 1;
        for (unsigned int d = 0, rest = m; d < dim; ++d, rest /= n_modes)
        {
          const unsigned int k = rest % n_modes;
          square += double(k) * k;
          mean_square *= k > 0 ? 0.5 : 1;
        }
        const double power =
            std::pow(M_PI * M_PI * square / (side * side) + tau * tau, -alpha);
        scales[m] = std::sqrt(power);
        variance += power * mean_square;
      }
      for (double &s : scales)
        s /= std::sqrt(variance);
    }

    void sample(Random random, const unsigned int n_components,
                std::vector<double> &values) override
    {
      std::vector<double> amplitude(scales.size());
      for (unsigned int c = 0; c < n_components; ++c)
      {
        for (unsigned int m = 0; m < scales.size(); ++m)
          amplitude[m] = scales[m] * random.normal();
        const std::size_t n = values.size() / n_components;
        for (std::size_t i = 0; i < n; ++i)
          values[i * n_components + c] =
              evaluate(&cosines[i * dim * n_modes], amplitude);
      }
    }

  private:
    /// The series at one site, direction by direction from the last.
    double evaluate(const double *site,
                    const std::vector<double> &amplitude) const
    {
      const unsigned int n = n_modes;
      double result = 0;
      for (unsigned int k = 0; k < (dim == 3 ? n : 1); ++k)
      {
        double plane = 0;
        for (unsigned int j = 0; j < n; ++j)
        {
          const double *a = &amplitude[(k * n + j) * n];
          double row = 0;
          for (unsigned int i = 0; i < n; ++i)
            row += a[i] * site[i];
          plane += row * site[n + j];
        }
        result += dim == 3 ? plane * site[(dim - 1) * n + k] : plane;
      }
      return result;
    }

    double length = 0.2, alpha = 2;
    unsigned int n_modes = 16;
    std::vector<double> cosines, scales;
  };

  NODAL_REGISTER_DIM(Sampler, GaussianRandomField, "gaussian random field",
                     "Cosine series on the bounding box with covariance "
                     "(-laplace + tau^2)^-alpha, mean 0, variance 1.")
} // namespace nodal
