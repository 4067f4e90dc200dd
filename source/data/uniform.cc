// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/data/sampler.h>

namespace nodal
{
  /// One number per sample and component, the same at all sites.
  template <int dim>
  class Uniform : public Sampler<dim>
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      prm.add("Lower bound", lower, "Of the interval.");
      prm.add("Upper bound", upper, "Of the interval.");
    }

    void prepare(const Sites<dim> &) override
    {
    }

    void sample(Random random, const unsigned int n_components,
                std::vector<double> &values) override
    {
      for (unsigned int c = 0; c < n_components; ++c)
      {
        const double value = lower + (upper - lower) * random.uniform();
        for (std::size_t i = c; i < values.size(); i += n_components)
          values[i] = value;
      }
    }

  private:
    double lower = 0, upper = 1;
  };

  NODAL_REGISTER_DIM(Sampler, Uniform, "uniform",
                     "One random number per component, constant in space.")
} // namespace nodal
