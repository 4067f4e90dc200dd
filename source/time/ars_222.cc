// SPDX-License-Identifier: LGPL-2.1-or-later
#include "imex_runge_kutta.h"

#include <nodal/core/registry.h>

#include <cmath>

namespace nodal
{
  namespace
  {
    /// ARS(2,2,2) of Ascher, Ruuth and Spiteri (1997), section 2.6.
    class Ars222 : public ImexRungeKutta
    {
    public:
      Ars222() : ImexRungeKutta(tableau())
      {
      }

    private:
      static ImexTableau tableau()
      {
        const double gamma = 1 - std::sqrt(0.5), delta = 1 - 0.5 / gamma;
        ImexTableau result;
        result.order = 2;
        result.times = {0, gamma, 1};
        result.explicit_part = {0, 0, 0, gamma, 0, 0, delta, 1 - delta, 0};
        result.implicit_part = {0, 0, 0, 0, gamma, 0, 0, 1 - gamma, gamma};
        return result;
      }
    };
  } // namespace

  NODAL_REGISTER(TimeStepper, Ars222, "ars 222",
                 "implicit in L, explicit in N, of order 2, with two solves a "
                 "step")
} // namespace nodal
