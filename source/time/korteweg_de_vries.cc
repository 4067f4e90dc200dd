// SPDX-License-Identifier: LGPL-2.1-or-later
#include "line_equation.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>

#include <cmath>

namespace nodal
{
  namespace
  {
    /// u_t + 6 u u_x + u_xxx = 0 on a circle. It begins with a wave that would
    /// keep its shape on a line and move with speed c (Korteweg, de Vries,
    /// Phil. Mag. 39, 1895): u = c/2 sech²(√c/2 (x − x₀)).
    class KortewegDeVries : public LineEquation
    {
    public:
      KortewegDeVries()
      {
        circumference = 40;
        third = -1;
        square = 3;
      }

      void add_parameters(Parameters &prm) override
      {
        LineEquation::add_parameters(prm);
        prm.add("Smallest speed", slowest, "Of the wave.", 1e-3, 1e3);
        path = prm.path("Largest speed");
        prm.add("Largest speed", fastest, "Of the wave.", 1e-3, 1e3);
      }

      void check() const override
      {
        if (fastest < slowest)
          throw BadInput("The largest speed is below the smallest one.", path);
      }

    private:
      void draw(Random &random) override
      {
        speed = slowest + (fastest - slowest) * random.uniform();
      }

      double initial_value(const double x) const override
      {
        const double cosh =
            std::cosh(std::sqrt(speed) / 2 * (x - circumference / 2));
        return speed / 2 / (cosh * cosh);
      }

      std::string path;
      double slowest = 1, fastest = 1, speed = 1;
    };
  } // namespace

  NODAL_REGISTER(EvolutionModel, KortewegDeVries, "kdv",
                 "u_t + 6 u u_x + u_xxx = 0 on a circle, from a solitary wave")
} // namespace nodal
