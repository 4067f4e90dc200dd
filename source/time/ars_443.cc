// SPDX-License-Identifier: LGPL-2.1-or-later
#include "imex_runge_kutta.h"

#include <nodal/core/registry.h>

namespace nodal
{
  namespace
  {
    /// ARS(4,4,3) of Ascher, Ruuth and Spiteri (1997), section 2.8.
    class Ars443 : public ImexRungeKutta
    {
    public:
      Ars443() : ImexRungeKutta(tableau())
      {
      }

    private:
      static ImexTableau tableau()
      {
        ImexTableau result;
        result.order = 3;
        result.times = {0, 1. / 2, 2. / 3, 1. / 2, 1};
        result.explicit_part = {0,        0,       0,      0,       0, //
                                1. / 2,   0,       0,      0,       0, //
                                11. / 18, 1. / 18, 0,      0,       0, //
                                5. / 6,   -5. / 6, 1. / 2, 0,       0, //
                                1. / 4,   7. / 4,  3. / 4, -7. / 4, 0};
        result.implicit_part = {0, 0,       0,       0,      0, //
                                0, 1. / 2,  0,       0,      0, //
                                0, 1. / 6,  1. / 2,  0,      0, //
                                0, -1. / 2, 1. / 2,  1. / 2, 0, //
                                0, 3. / 2,  -3. / 2, 1. / 2, 1. / 2};
        return result;
      }
    };
  } // namespace

  NODAL_REGISTER(TimeStepper, Ars443, "ars 443",
                 "implicit in L, explicit in N, of order 3, with four solves a "
                 "step")
} // namespace nodal
