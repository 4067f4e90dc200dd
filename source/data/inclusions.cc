// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/data/sampler.h>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /**
     * 1 within random balls and 0 outside; the map `threshold` of the input
     * gives the two materials their values. Balls that must not overlap are
     * placed one after the other; one for which 1,000 places were tried in
     * vain is left out.
     */
    template <int dim>
    class Inclusions : public Sampler<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Smallest number", min_number, "Fewest balls.", 0, 10000);
        prm.add("Largest number", max_number, "Most balls.", 0, 10000);
        number_path = prm.path("Largest number");
        prm.add("Smallest radius", min_radius,
                "Smallest radius, in the unit of the mesh.", 0, 1e9);
        prm.add("Largest radius", max_radius,
                "Largest radius, in the unit of the mesh.", 0, 1e9);
        radius_path = prm.path("Largest radius");
        prm.add("Overlap", overlap, "Balls may overlap.");
      }

      void check(unsigned int) const override
      {
        if (max_number < min_number)
          throw BadInput("The largest number of balls is below the smallest "
                         "one.",
                         number_path);
        if (max_radius < min_radius)
          throw BadInput("The largest radius is below the smallest one.",
                         radius_path);
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
          for (const Ball &ball : draw(random))
            for (std::size_t i = 0; i < points.size(); ++i)
              if ((points[i] - ball.centre).norm_square() <=
                  ball.radius * ball.radius)
                values[i * n_components + c] = 1;
      }

    private:
      struct Ball
      {
        Point<dim> centre;
        double radius;
      };

      std::vector<Ball> draw(Random &random) const
      {
        const unsigned int n =
            min_number + (max_number - min_number + 1) * random.uniform();
        std::vector<Ball> balls;
        for (unsigned int b = 0; b < n; ++b)
          for (unsigned int attempt = 0; attempt < 1000; ++attempt)
          {
            Ball ball;
            ball.radius =
                min_radius + (max_radius - min_radius) * random.uniform();
            for (unsigned int d = 0; d < dim; ++d)
              ball.centre[d] =
                  sites->lower[d] +
                  (sites->upper[d] - sites->lower[d]) * random.uniform();
            if (!overlap && touches(ball, balls))
              continue;
            balls.push_back(ball);
            break;
          }
        return balls;
      }

      static bool touches(const Ball &ball, const std::vector<Ball> &others)
      {
        for (const Ball &other : others)
          if (ball.centre.distance(other.centre) < ball.radius + other.radius)
            return true;
        return false;
      }

      unsigned int min_number = 1, max_number = 5;
      double min_radius = 0.05, max_radius = 0.2;
      bool overlap = false;
      std::string number_path, radius_path;
      const Sites<dim> *sites = nullptr;
    };
  } // namespace

  NODAL_REGISTER_DIM(Sampler, Inclusions, "inclusions",
                     "1 within random balls, 0 outside.")
} // namespace nodal
