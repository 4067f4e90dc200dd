// SPDX-License-Identifier: LGPL-2.1-or-later
#include "imex_runge_kutta.h"

#include <nodal/core/registry.h>

namespace nodal
{
  namespace
  {
    /// ARS(1,1,1) of Ascher, Ruuth and Spiteri (1997).
    class ImexEuler : public ImexRungeKutta
    {
    public:
      ImexEuler() : ImexRungeKutta(tableau())
      {
      }

    private:
      static ImexTableau tableau()
      {
        ImexTableau result;
        result.order = 1;
        result.times = {0, 1};
        result.explicit_part = {0, 0, 1, 0};
        result.implicit_part = {0, 0, 0, 1};
        return result;
      }
    };
  } // namespace

  NODAL_REGISTER(TimeStepper, ImexEuler, "imex euler",
                 "implicit in L, explicit in N, of order 1")
} // namespace nodal
