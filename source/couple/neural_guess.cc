// SPDX-License-Identifier: LGPL-2.1-or-later
#include "best_factor.h"
#include "operator_on_equation.h"

#include <nodal/core/registry.h>
#include <nodal/solver/initial_guess.h>

#include <cmath>

namespace nodal
{
  namespace
  {
    /// What a trained operator says.
    class NeuralGuess : public InitialGuess
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        network.add_parameters(prm);
      }

      void guess(Mat A, Vec b, const bool is_spd, Vec x) override
      {
        if (!network.prepare(A))
          return;
        network.predict(x);
        const VecHandle image = duplicate(b);
        const double factor = best_factor(A, x, b, is_spd, image);
        if (std::isfinite(factor))
          NODAL_PETSC(VecScale(x, factor));
        else
          NODAL_PETSC(VecSet(x, 0));
        network.solve_constrained(b, x);
      }

    private:
      OperatorOnEquation network =
          OperatorOnEquation("Initial guess 'neural operator'");
    };
  } // namespace

  NODAL_REGISTER(InitialGuess, NeuralGuess, "neural operator",
                 "what a trained operator says for the sources and boundary "
                 "values")
} // namespace nodal
