// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/pde/steady_problem.h>

namespace nodal
{
  using namespace dealii;

  template <int dim>
  FieldDescription SteadyProblem<dim>::output() const
  {
    FieldDescription description;
    description.name = "solution";
    description.role = Role::solution;
    description.location = Location::node;
    description.n_components = n_components();
    return description;
  }

  template <int dim>
  std::set<BoundaryType> SteadyProblem<dim>::boundary_types() const
  {
    return {BoundaryType::dirichlet, BoundaryType::neumann,
            BoundaryType::robin};
  }

  template <int dim>
  void SteadyProblem<dim>::boundary(const QuadratureData<dim> &data,
                                    const BoundaryCondition<dim> &condition,
                                    FullMatrix<double> &matrix,
                                    Vector<double> &rhs) const
  {
    const FEValuesBase<dim> &fe = *data.fe;
    const FiniteElement<dim> &element = fe.get_fe();
    const unsigned int n = element.n_dofs_per_cell();
    const bool is_robin = condition.type == BoundaryType::robin;
    Vector<double> g(condition.value->n_components);
    for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
    {
      condition.value->vector_value(fe.quadrature_point(q), g);
      const double alpha = is_robin ? g[g.size() - 1] : 0;
      if (!data.boundary_value.empty())
        for (unsigned int c = 0; c < n_components(); ++c)
          g[c] = data.boundary_value[q * n_components() + c];
      for (unsigned int i = 0; i < n; ++i)
      {
        const unsigned int c = element.system_to_component_index(i).first;
        const double v = fe.shape_value(i, q) * fe.JxW(q);
        rhs[i] += g[c] * v;
        if (!is_robin)
          continue;
        if (!data.state.empty())
          rhs[i] -= alpha * data.state[q] * v;
        for (unsigned int j = 0; j < n; ++j)
          if (element.system_to_component_index(j).first == c)
            matrix(i, j) += alpha * v * fe.shape_value(j, q);
      }
    }
  }

  template class SteadyProblem<2>;
  template class SteadyProblem<3>;
} // namespace nodal
