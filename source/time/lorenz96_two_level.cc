// SPDX-License-Identifier: LGPL-2.1-or-later
#include "circle_of_values.h"

#include <nodal/core/registry.h>

namespace nodal
{
  namespace
  {
    /**
     * The model of 1996 with two scales, K large variables X and J small ones
     * Y for each, on circles (Lorenz, ECMWF 1996):
     *
     *     X_k' = −X_{k−1} (X_{k−2} − X_{k+1}) − X_k + F − (h c / b) Σ_j Y_jk,
     *     Y_m' = −c b Y_{m+1} (Y_{m+2} − Y_{m−1}) − c Y_m + (h c / b) X_k(m).
     */
    class Lorenz96TwoLevel : public CircleOfValues
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Large variables", K, "X, on the circle.", 4, 100000);
        prm.add("Small variables", J, "Y, for each large one.", 1, 1000);
        prm.add("Forcing", forcing, "F.", -1e6, 1e6);
        prm.add("Coupling", h, "h.", -1e3, 1e3);
        prm.add("Ratio of times", c, "c: so much faster are small variables.",
                1e-3, 1e3);
        prm.add("Ratio of sizes", b, "b: so much smaller are small variables.",
                1e-3, 1e3);
      }

      void set_up() override
      {
        std::vector<double> places;
        std::vector<unsigned int> components;
        for (unsigned int k = 0; k < K; ++k)
        {
          places.push_back(k);
          components.push_back(0);
        }
        for (unsigned int m = 0; m < K * J; ++m)
        {
          places.push_back(m / double(J));
          components.push_back(1);
        }
        make_state(K, places, components);
      }

      void nonlinear(double, Vec u, Vec load) override
      {
        const ReadValues values(u);
        const WriteValues slopes(load);
        const double *const X = values, *const Y = X + K;
        double *const of_X = slopes, *const of_Y = of_X + K;
        const unsigned int n = K * J;
        const double coupling = h * c / b;
        for (unsigned int k = 0; k < K; ++k)
        {
          double sum = 0;
          for (unsigned int j = 0; j < J; ++j)
            sum += Y[k * J + j];
          of_X[k] =
              -X[(k + K - 1) % K] * (X[(k + K - 2) % K] - X[(k + 1) % K]) -
              X[k] + forcing - coupling * sum;
        }
        for (unsigned int m = 0; m < n; ++m)
          of_Y[m] =
              -c * b * Y[(m + 1) % n] * (Y[(m + 2) % n] - Y[(m + n - 1) % n]) -
              c * Y[m] + coupling * X[m / J];
      }

      void draw_state(Random random, Vec u) override
      {
        const WriteValues x(u);
        for (unsigned int k = 0; k < K; ++k)
          x[k] = forcing / 2 + random.normal();
        for (unsigned int m = 0; m < K * J; ++m)
          x[K + m] = random.normal() / b;
      }

      std::vector<std::string> component_names() const override
      {
        return {"X", "Y"};
      }

      Interpolation at(const std::vector<dealii::Point<3>> &points,
                       const unsigned int component) const override
      {
        return component == 0 ? between(points, K) : between(points, K * J, K);
      }

      std::map<std::string, double> quantities(double, Vec u) const override
      {
        const ReadValues x(u);
        double large = 0, small = 0;
        for (unsigned int k = 0; k < K; ++k)
          large += x[k] * x[k];
        for (unsigned int m = 0; m < K * J; ++m)
          small += x[K + m] * x[K + m];
        return {{"energy", large / 2 / K}, {"small energy", small / 2 / K}};
      }

    private:
      unsigned int K = 36, J = 10;
      double forcing = 10, h = 1, c = 10, b = 10;
    };
  } // namespace

  NODAL_REGISTER(EvolutionModel, Lorenz96TwoLevel, "lorenz96 two level",
                 "Lorenz' model of 1996 with fast small variables")
} // namespace nodal
