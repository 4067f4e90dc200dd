// SPDX-License-Identifier: LGPL-2.1-or-later
#include "line_equation.h"

#include <nodal/core/registry.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace
  {
    /// u_t + u_xx + u_xxxx + u u_x = 0 on a circle: waves of length near 9 grow
    /// and interact without end.
    class KuramotoSivashinsky : public LineEquation
    {
    public:
      KuramotoSivashinsky()
      {
        circumference = 32 * M_PI;
        second = -1;
        fourth = -1;
        square = 0.5;
      }

    private:
      void draw(Random &random) override
      {
        waves.draw(random, std::max(1., circumference / 9), circumference, 0.5);
      }

      double initial_value(const double x) const override
      {
        return waves(x);
      }

      RandomWaves waves;
    };
  } // namespace

  NODAL_REGISTER(EvolutionModel, KuramotoSivashinsky, "kuramoto sivashinsky",
                 "u_t + u_xx + u_xxxx + u u_x = 0 on a circle")
} // namespace nodal
