// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/data/sampler.h>

namespace nodal
{
  namespace
  {
    /// One uniform random number per component, constant in space.
    template <int dim>
    class Uniform : public Sampler<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Lower", lower, "Lower bound.", -1e300, 1e300);
        prm.add("Upper", upper, "Upper bound.", -1e300, 1e300);
        path = prm.path("Upper");
      }

      void check(unsigned int) const override
      {
        if (upper < lower)
          throw BadInput("The upper bound is below the lower one.", path);
      }

      void prepare(const Sites<dim> &sites) override
      {
        n_sites = sites.points.size();
      }

      void sample(Random random, const unsigned int n_components,
                  std::vector<double> &values) override
      {
        values.assign(n_sites * n_components, 0.);
        for (unsigned int c = 0; c < n_components; ++c)
        {
          const double value = lower + (upper - lower) * random.uniform();
          for (std::size_t i = 0; i < n_sites; ++i)
            values[i * n_components + c] = value;
        }
      }

    private:
      double lower = 0, upper = 1;
      std::string path;
      std::size_t n_sites = 0;
    };
  } // namespace

  NODAL_REGISTER_DIM(Sampler, Uniform, "uniform",
                     "One number between two bounds, constant in space.")
} // namespace nodal
