// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/data/sampler.h>

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
        prm.add("Smallest number", min_number, "Fewest Gaussians.", 0, 10000);
        prm.add("Largest number", max_number, "Most Gaussians.", 0, 10000);
        number_path = prm.path("Largest number");
        prm.add("Smallest width", min_width,
                "Smallest standard deviation, in the unit of the mesh.", 1e-9,
                1e9);
        prm.add("Largest width", max_width,
                "Largest standard deviation, in the unit of the mesh.", 1e-9,
                1e9);
        width_path = prm.path("Largest width");
        prm.add("Smallest amplitude", min_amplitude, "Smallest height.", -1e300,
                1e300);
        prm.add("Largest amplitude", max_amplitude, "Largest height.", -1e300,
                1e300);
        amplitude_path = prm.path("Largest amplitude");
      }

      void check(unsigned int) const override
      {
        if (max_number < min_number)
          throw BadInput("The largest number of Gaussians is below the "
                         "smallest one.",
                         number_path);
        if (max_width < min_width)
          throw BadInput("The largest width is below the smallest one.",
                         width_path);
        if (max_amplitude < min_amplitude)
          throw BadInput("The largest amplitude is below the smallest one.",
                         amplitude_path);
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
          const unsigned int n =
              min_number + (max_number - min_number + 1) * random.uniform();
          for (unsigned int g = 0; g < n; ++g)
          {
            Point<dim> centre;
            for (unsigned int d = 0; d < dim; ++d)
              centre[d] =
                  sites->lower[d] +
                  (sites->upper[d] - sites->lower[d]) * random.uniform();
            const double width =
                min_width + (max_width - min_width) * random.uniform();
            const double amplitude =
                min_amplitude +
                (max_amplitude - min_amplitude) * random.uniform();
            for (std::size_t i = 0; i < points.size(); ++i)
              values[i * n_components + c] +=
                  amplitude *
                  std::exp(-0.5 * (points[i] - centre).norm_square() /
                           (width * width));
          }
        }
      }

    private:
      unsigned int min_number = 1, max_number = 5;
      double min_width = 0.05, max_width = 0.2;
      double min_amplitude = -1, max_amplitude = 1;
      std::string number_path, width_path, amplitude_path;
      const Sites<dim> *sites = nullptr;
    };
  } // namespace

  NODAL_REGISTER_DIM(Sampler, Gaussians, "gaussians",
                     "A sum of Gaussians with random centres, widths and "
                     "amplitudes.")
} // namespace nodal
