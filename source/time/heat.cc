// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/time/evolution_problem.h>

namespace nodal
{
  /// u' = ∇·(a K ∇u) − r u + f: the steady problem 'darcy' in time.
  template <int dim>
  class Heat : public EvolutionProblem<dim>
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      darcy->add_parameters(prm);
    }

    const SteadyProblem<dim> &linear_part() const override
    {
      return *darcy;
    }

  private:
    const std::unique_ptr<SteadyProblem<dim>> darcy =
        Registry<SteadyProblem<dim>>::create("darcy");
  };

  NODAL_REGISTER_DIM(EvolutionProblem, Heat, "heat",
                     "u' = div(a K grad u) - r u + f, with the inputs of "
                     "'darcy'.")
} // namespace nodal
