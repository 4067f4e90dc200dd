// SPDX-License-Identifier: LGPL-2.1-or-later
#include "flow_closure.h"

#include <nodal/core/registry.h>

#include <cmath>

namespace nodal
{
  namespace
  {
    /**
     * The eddy viscosity (C Δ)² |S| with |S| = √(2 S:S), S the symmetric
     * gradient of the velocity and Δ the distance of nodes, in the term
     * −(2 ν_t S, ∇v) (Smagorinsky, Mon. Weather Rev. 91, 1963). In one
     * dimension −(ν_t u_x, v_x) with |S| = |u_x|.
     */
    class Smagorinsky : public FlowClosure
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Constant", constant, "C; lengths are distances of nodes.", 0,
                100);
      }

      void add(double, Vec u, Vec load) override
      {
        const unsigned int n = system->n_velocities();
        system->add_term(
            {u},
            [&](const PointState &state, PointTerm &term)
            {
              const double length = constant * state.spacing;
              if (n == 1)
              {
                const double slope = state.slope(0, 0);
                term.flux(0, 0) = -length * length * std::abs(slope) * slope;
                return;
              }
              double sum = 0;
              for (unsigned int c = 0; c < n; ++c)
                for (unsigned int d = 0; d < n; ++d)
                  sum += std::pow(state.slope(c, d) + state.slope(d, c), 2) / 2;
              const double viscosity = length * length * std::sqrt(sum);
              for (unsigned int c = 0; c < n; ++c)
                for (unsigned int d = 0; d < n; ++d)
                  term.flux(c, d) =
                      -viscosity * (state.slope(c, d) + state.slope(d, c));
            },
            load);
      }

    private:
      double constant = 0.17;
    };
  } // namespace

  NODAL_REGISTER(Closure, Smagorinsky, "smagorinsky",
                 "an eddy viscosity that grows with the rate of strain; for "
                 "flows")
} // namespace nodal
