// SPDX-License-Identifier: LGPL-2.1-or-later
#include "flow_closure.h"
#include "restricted_mass.h"

#include <nodal/core/registry.h>

#include <cmath>

namespace nodal
{
  namespace
  {
    /**
     * Orthogonal subscales: what the convective term has outside the elements'
     * space, (I − P)(u·∇)u, dampens along streamlines,
     *
     *     −(τ (I − P)(u·∇)u, (u·∇)v),  1/τ = c₁ ν / Δ² + c₂ |u| / Δ,
     *
     * P the L2 projection and Δ the distance of nodes (Codina, Comput. Methods
     * Appl. Mech. Engrg. 191, 2002; term by term: Appl. Numer. Math. 58, 2008).
     */
    class VariationalMultiscale : public FlowClosure
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Diffusive constant", diffusive, "c1.", 0, 1e6);
        prm.add("Convective constant", convective, "c2.", 1e-6, 1e6);
        prm.add("Viscosity", viscosity,
                "nu in the time scale; 0 leaves its part out.", 0, 1e6);
      }

      void begin(const EvolutionSystem &of) override
      {
        FlowClosure::begin(of);
        const unsigned int n = of.n_velocities();
        projection = RestrictedMass(
            of.mass(), of.like(),
            free_rows(of, [n](const unsigned int c) { return c < n; }));
        mean = duplicate(of.like());
      }

      void add(double, Vec u, Vec load) override
      {
        const unsigned int n = system->n_velocities();
        const auto convection =
            [n](const PointState &state, const unsigned int c)
        {
          double result = 0;
          for (unsigned int d = 0; d < n; ++d)
            result += state.value(d) * state.slope(c, d);
          return result;
        };
        NODAL_PETSC(VecSet(mean, 0));
        system->add_term(
            {u},
            [&](const PointState &state, PointTerm &term)
            {
              for (unsigned int c = 0; c < n; ++c)
                term.sources[c] = convection(state, c);
            },
            mean);
        projection.solve(mean);
        system->add_term(
            {u, mean},
            [&](const PointState &state, PointTerm &term)
            {
              double square = 0;
              for (unsigned int d = 0; d < n; ++d)
                square += state.value(d) * state.value(d);
              const double rate =
                  diffusive * viscosity / (state.spacing * state.spacing) +
                  convective * std::sqrt(square) / state.spacing;
              if (rate == 0)
                return;
              const unsigned int n_all = term.sources.size();
              for (unsigned int c = 0; c < n; ++c)
              {
                const double rest =
                    convection(state, c) - state.value(n_all + c);
                for (unsigned int d = 0; d < n; ++d)
                  term.flux(c, d) = -rest / rate * state.value(d);
              }
            },
            load);
      }

    private:
      double diffusive = 4, convective = 2, viscosity = 0;
      RestrictedMass projection;
      VecHandle mean;
    };
  } // namespace

  NODAL_REGISTER(
      Closure, VariationalMultiscale, "variational multiscale",
      "what elements cannot represent of the convective term dampens "
      "along streamlines; for flows")
} // namespace nodal
