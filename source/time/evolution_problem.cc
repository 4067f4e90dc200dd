// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/time/evolution_problem.h>

namespace nodal
{
  template <int dim>
  std::vector<FieldDescription> EvolutionProblem<dim>::inputs() const
  {
    std::vector<FieldDescription> result = linear_part().inputs();
    for (FieldDescription &input : result)
      if (input.role == Role::source)
        input.default_value = "0"; // what happens by itself
    FieldDescription initial;
    initial.name = "initial state";
    initial.role = Role::initial_state;
    initial.n_components = linear_part().n_components();
    for (unsigned int c = 1; c < initial.n_components; ++c)
      initial.default_value += ";0";
    result.push_back(initial);
    return result;
  }

  template class EvolutionProblem<2>;
  template class EvolutionProblem<3>;
} // namespace nodal
