// SPDX-License-Identifier: LGPL-2.1-or-later
#include "line_equation.h"

#include <nodal/core/registry.h>

#include <cmath>

namespace nodal
{
  namespace
  {
    /// u_t + u u_x = ν u_xx + f(x, t) on a circle.
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
        prm.add("Force", force,
                "Root mean square of f, a sum of waves that travel.", 0, 1e6);
        prm.add("Force waves", n_force_waves,
                "The lengths of these waves fit once, twice, ... so many times "
                "on the circle.",
                1, 1000);
        prm.add("Force speed", force_speed,
                "Root mean square of their frequencies, which are random.", 0,
                1e6);
        prm.add("Force seed", force_seed,
                "What is random in f follows from it.");
      }

      BurgersLine()
      {
        second = 0.01;
        square = 0.5;
      }

      void set_up() override
      {
        LineEquation::set_up();
        travelling.clear();
        if (force == 0)
          return;
        Random random(force_seed, 0, 0x7b1d0002);
        for (unsigned int k = 1; k <= n_force_waves; ++k)
        {
          Wave wave;
          wave.phase = 2 * M_PI * random.uniform();
          wave.frequency = force_speed * random.normal();
          const double size = force * std::sqrt(2. / n_force_waves),
                       number = 2 * M_PI * k / circumference;
          wave.sine = load_of([&](const double x)
                              { return size * std::sin(number * x); });
          wave.cosine = load_of([&](const double x)
                                { return size * std::cos(number * x); });
          travelling.push_back(std::move(wave));
        }
      }

      void nonlinear(const double t, Vec u, Vec load) override
      {
        LineEquation::nonlinear(t, u, load);
        for (const Wave &wave : travelling)
        {
          const double angle = wave.phase + wave.frequency * t;
          NODAL_PETSC(VecAXPY(load, std::cos(angle), wave.sine));
          NODAL_PETSC(VecAXPY(load, std::sin(angle), wave.cosine));
        }
      }

    private:
      /// One with (f, v) = cos(angle) sine + sin(angle) cosine.
      struct Wave
      {
        double phase, frequency;
        VecHandle sine, cosine;
      };

      template <class F>
      VecHandle load_of(const F &f) const
      {
        VecHandle result = duplicate(like());
        NODAL_PETSC(VecSet(result, 0));
        add_term(
            {},
            [&](const PointState &state, PointTerm &term)
            { term.sources[0] = f(state.place[0]); },
            result);
        return result;
      }

      void draw(Random &random) override
      {
        waves.draw(random, n_waves, circumference, 1);
      }

      double initial_value(const double x) const override
      {
        return waves(x);
      }

      unsigned int n_waves = 3, n_force_waves = 3, force_seed = 1;
      double force = 0, force_speed = 1;
      RandomWaves waves;
      std::vector<Wave> travelling;
    };
  } // namespace

  NODAL_REGISTER(EvolutionModel, BurgersLine, "burgers 1d",
                 "u_t + u u_x = nu u_xx + f on a circle")
} // namespace nodal
