// SPDX-License-Identifier: LGPL-2.1-or-later
#include "circle_of_values.h"

#include <nodal/core/registry.h>

#include <cmath>
#include <numeric>

namespace nodal
{
  namespace
  {
    /**
     * x_i' = (x_{i+1} − x_{i−2}) x_{i−1} − x_i + F on a circle (Lorenz:
     * Predictability, a problem partly solved, ECMWF 1996).
     */
    class Lorenz96 : public CircleOfValues
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Variables", n, "On the circle.", 4, 1000000);
        prm.add("Forcing", forcing, "F; above 4 or so the motion is chaotic.",
                -1e6, 1e6);
      }

      void set_up() override
      {
        std::vector<double> places(n);
        std::iota(places.begin(), places.end(), 0.);
        make_state(n, places, std::vector<unsigned int>(n, 0));
      }

      void nonlinear(double, Vec u, Vec load) override
      {
        const ReadValues x(u);
        const WriteValues slope(load);
        const auto at = [&](const unsigned int i, const unsigned int before,
                            const unsigned int last, const unsigned int next)
        { slope[i] = (x[next] - x[last]) * x[before] - x[i] + forcing; };
        at(0, n - 1, n - 2, 1);
        at(1, 0, n - 1, 2);
        for (unsigned int i = 2; i + 1 < n; ++i)
          at(i, i - 1, i - 2, i + 1);
        at(n - 1, n - 2, n - 3, 0);
      }

      bool has_derivative() const override
      {
        return true;
      }

      void nonlinear_transposed(double, Vec u, Vec lambda, Vec result) override
      {
        const ReadValues x(u), l(lambda);
        const WriteValues y(result);
        for (unsigned int j = 0; j < n; ++j)
        {
          const unsigned int before = (j + n - 1) % n, last = (j + n - 2) % n,
                             next = (j + 1) % n, second = (j + 2) % n;
          y[j] = l[before] * x[last] + l[next] * (x[second] - x[before]) -
                 l[second] * x[next] - l[j];
        }
      }

      void draw_state(Random random, Vec u) override
      {
        const WriteValues x(u);
        for (unsigned int i = 0; i < n; ++i)
          x[i] = forcing + random.normal();
      }

      std::vector<std::string> component_names() const override
      {
        return {"x"};
      }

      Interpolation at(const std::vector<dealii::Point<3>> &points,
                       unsigned int) const override
      {
        return between(points, n);
      }

      std::map<std::string, double> quantities(double, Vec u) const override
      {
        const ReadValues x(u);
        double sum = 0, squares = 0;
        for (unsigned int i = 0; i < n; ++i)
        {
          sum += x[i];
          squares += x[i] * x[i];
        }
        return {{"mean", sum / n}, {"energy", squares / 2 / n}};
      }

    private:
      unsigned int n = 40;
      double forcing = 8;
    };
  } // namespace

  NODAL_REGISTER(EvolutionModel, Lorenz96, "lorenz96",
                 "Lorenz' model of 1996, a circle of values that drive each "
                 "other")
} // namespace nodal
