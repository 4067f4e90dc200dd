// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/pde/boundary_dofs.h>
#include <nodal/pde/quadrature_inputs.h>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// Second derivatives occur only in the residual of stabilised forms.
    template <int dim>
    UpdateFlags cell_flags(const Space<dim> &space)
    {
      return update_values | update_gradients | update_JxW_values |
             update_quadrature_points |
             (space.degree > 1 ? update_hessians : update_default);
    }
  } // namespace

  template <int dim>
  QuadratureInputs<dim>::QuadratureInputs(const Space<dim> &space,
                                          const SteadyProblem<dim> &problem,
                                          const Inputs<dim> &inputs,
                                          const FieldVector *state)
      : space(space), state(state),
        boundary_value(sampled_boundary_value(problem, inputs)),
        cell_values(space.mesh->mapping(), *space.fe, space.quadrature,
                    cell_flags(space)),
        scalar_values(space.mesh->mapping(), *space.scalar_fe, space.quadrature,
                      update_values),
        face_values(space.mesh->mapping(), *space.fe, space.face_quadrature,
                    update_values | update_gradients | update_JxW_values |
                        update_quadrature_points | update_normal_vectors),
        scalar_face_values(space.mesh->mapping(), *space.scalar_fe,
                           space.face_quadrature, update_values)
  {
    for (const FieldDescription &input : problem.inputs())
    {
      if (input.role == Role::boundary_value)
        continue;
      const auto found = inputs.find(input.name);
      if (found == inputs.end())
        throw BadInput("The problem needs the input '" + input.name + "'.");
      sources.push_back({&found->second, input.n_components});
      has_node_values |= !found->second.node_values.empty();
      for (QuadratureData<dim> *data : {&cell_data, &face_data})
      {
        data->inputs.emplace_back();
        data->n_input_components.push_back(input.n_components);
      }
    }
  }

  template <int dim>
  const QuadratureData<dim> &QuadratureInputs<dim>::on_cell(const Cell &cell)
  {
    cell_values.reinit(cell);
    if (has_node_values)
      scalar_values.reinit(Cell(&cell->get_triangulation(), cell->level(),
                                cell->index(), &space.scalar_dofs));
    cell_data.fe = &cell_values;
    evaluate(cell, scalar_values, cell_data);
    return cell_data;
  }

  template <int dim>
  const QuadratureData<dim> &
  QuadratureInputs<dim>::on_face(const Cell &cell, const unsigned int face,
                                 const bool is_sampled)
  {
    face_values.reinit(cell, face);
    const bool has_boundary_value = is_sampled && boundary_value;
    if (has_node_values || has_boundary_value)
      scalar_face_values.reinit(Cell(&cell->get_triangulation(), cell->level(),
                                     cell->index(), &space.scalar_dofs),
                                face);
    face_data.fe = &face_values;
    evaluate(cell, scalar_face_values, face_data);
    face_data.boundary_value.clear();
    if (has_boundary_value)
      evaluate_boundary_value();
    return face_data;
  }

  template <int dim>
  void QuadratureInputs<dim>::evaluate_boundary_value()
  {
    const unsigned int n_q = face_values.n_quadrature_points;
    const unsigned int n = boundary_value->size();
    face_data.boundary_value.resize(n_q * n);
    node_values.resize(n_q);
    for (unsigned int c = 0; c < n; ++c)
    {
      scalar_face_values.get_function_values((*boundary_value)[c], node_values);
      for (unsigned int q = 0; q < n_q; ++q)
        face_data.boundary_value[q * n + c] = node_values[q];
    }
  }

  template <int dim>
  void QuadratureInputs<dim>::evaluate(const Cell &cell,
                                       const FEValuesBase<dim> &scalar,
                                       QuadratureData<dim> &data)
  {
    const unsigned int n_q = data.fe->n_quadrature_points;
    data.cell_diameter = cell->diameter();
    for (unsigned int i = 0; i < sources.size(); ++i)
    {
      const InputField<dim> &field = *sources[i].field;
      const unsigned int n = sources[i].n_components;
      std::vector<double> &values = data.inputs[i];
      values.resize(n_q * n);
      if (field.function)
        for (unsigned int q = 0; q < n_q; ++q)
          for (unsigned int c = 0; c < n; ++c)
            values[q * n + c] =
                field.function->value(data.fe->quadrature_point(q), c);
      else if (!field.cell_values.empty())
        for (unsigned int q = 0; q < n_q; ++q)
          for (unsigned int c = 0; c < n; ++c)
            values[q * n + c] =
                field.cell_values[cell->active_cell_index() * n + c];
      else
      {
        node_values.resize(n_q);
        for (unsigned int c = 0; c < n; ++c)
        {
          scalar.get_function_values(field.node_values[c], node_values);
          for (unsigned int q = 0; q < n_q; ++q)
            values[q * n + c] = node_values[q];
        }
      }
    }
    if (state)
      evaluate_state(data);
  }

  template <int dim>
  void QuadratureInputs<dim>::evaluate_state(QuadratureData<dim> &data)
  {
    const unsigned int n_q = data.fe->n_quadrature_points,
                       n = space.n_components;
    data.state.resize(n_q * n);
    data.state_gradient.resize(n_q * n);
    if (n == 1)
    {
      data.fe->get_function_values(*state, data.state);
      data.fe->get_function_gradients(*state, data.state_gradient);
      return;
    }
    std::vector<Vector<double>> values(n_q, Vector<double>(n));
    std::vector<std::vector<Tensor<1, dim>>> gradients(
        n_q, std::vector<Tensor<1, dim>>(n));
    data.fe->get_function_values(*state, values);
    data.fe->get_function_gradients(*state, gradients);
    for (unsigned int q = 0; q < n_q; ++q)
      for (unsigned int c = 0; c < n; ++c)
      {
        data.state[q * n + c] = values[q][c];
        data.state_gradient[q * n + c] = gradients[q][c];
      }
  }

  template class QuadratureInputs<2>;
  template class QuadratureInputs<3>;
} // namespace nodal
