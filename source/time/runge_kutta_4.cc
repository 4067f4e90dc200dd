// SPDX-License-Identifier: LGPL-2.1-or-later
#include "imex_runge_kutta.h"

#include <nodal/core/registry.h>

namespace nodal
{
  namespace
  {
    /// The classical method.
    class RungeKutta4 : public ImexRungeKutta
    {
    public:
      RungeKutta4() : ImexRungeKutta(tableau())
      {
      }

    private:
      static ImexTableau tableau()
      {
        ImexTableau result;
        result.order = 4;
        result.times = {0, 0.5, 0.5, 1};
        result.explicit_part = {0, 0,   0, 0, 0.5, 0, 0, 0,
                                0, 0.5, 0, 0, 0,   0, 1, 0};
        result.implicit_part.assign(16, 0.);
        result.weights = {1. / 6, 1. / 3, 1. / 3, 1. / 6};
        return result;
      }
    };
  } // namespace

  NODAL_REGISTER(TimeStepper, RungeKutta4, "runge kutta 4",
                 "the classical explicit method, of order 4")
} // namespace nodal
