// SPDX-License-Identifier: LGPL-2.1-or-later
#include "line_equation.h"

#include <nodal/core/registry.h>

namespace nodal
{
  namespace
  {
    /// u_t + u u_x = ν u_xx on a circle.
    class BurgersLine : public LineEquation
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        LineEquation::add_parameters(prm);
        prm.add("Viscosity", second, "Of the term of second derivatives.", 0,
                1e6);
        prm.add("Initial waves", n_waves,
                "Of random phase and size, with up to so many on the circle.",
                1, 1000);
      }

      BurgersLine()
      {
        second = 0.01;
        square = 0.5;
      }

    private:
      void draw(Random &random) override
      {
        waves.draw(random, n_waves, circumference, 1);
      }

      double initial_value(const double x) const override
      {
        return waves(x);
      }

      unsigned int n_waves = 3;
      RandomWaves waves;
    };
  } // namespace

  NODAL_REGISTER(EvolutionModel, BurgersLine, "burgers 1d",
                 "u_t + u u_x = nu u_xx on a circle")
} // namespace nodal
