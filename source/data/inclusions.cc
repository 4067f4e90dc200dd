// SPDX-License-Identifier: LGPL-2.1-or-later
#include "random_range.h"

#include <nodal/core/registry.h>

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
        number.add_parameters(prm, "number", "Fewest balls.", "Most balls.", 0,
                              10000);
        radius.add_parameters(
            prm, "radius", "Smallest radius, in the unit of the mesh.",
            "Largest radius, in the unit of the mesh.", 0, 1e9);
        prm.add("Overlap", overlap, "Balls may overlap.");
      }

      void check(unsigned int) const override
      {
        number.check("number of balls");
        radius.check("radius");
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
        const unsigned int n = number.draw(random);
        std::vector<Ball> balls;
        for (unsigned int b = 0; b < n; ++b)
          for (unsigned int attempt = 0; attempt < 1000; ++attempt)
          {
            Ball ball;
            ball.radius = radius.draw(random);
            ball.centre = random_point(*sites, random);
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

      RandomRange<unsigned int> number = {1, 5};
      RandomRange<double> radius = {0.05, 0.2};
      bool overlap = false;
      const Sites<dim> *sites = nullptr;
    };
  } // namespace

  NODAL_REGISTER_DIM(Sampler, Inclusions, "inclusions",
                     "1 within random balls, 0 outside.")
} // namespace nodal
