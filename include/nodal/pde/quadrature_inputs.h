// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_quadrature_inputs_h
#define nodal_pde_quadrature_inputs_h

#include <nodal/pde/steady_problem.h>

#include <deal.II/dofs/dof_accessor.h>
#include <deal.II/fe/fe_values.h>

namespace nodal
{
  /**
   * Evaluates shape functions, the inputs of a sample and, for nonlinear
   * problems, the state at the quadrature points of one cell or face after
   * the other.
   */
  template <int dim>
  class QuadratureInputs
  {
  public:
    using Cell = typename dealii::DoFHandler<dim>::active_cell_iterator;

    /// Keeps references to all arguments. @p state may be null. Throws
    /// BadInput if @p inputs lacks one that the problem needs.
    QuadratureInputs(const Space<dim> &space, const SteadyProblem<dim> &problem,
                     const Inputs<dim> &inputs, const FieldVector *state);

    /// The data of @p cell, valid until the next call.
    const QuadratureData<dim> &on_cell(const Cell &cell);

    /// The data of face @p face of @p cell, valid until the next call. If
    /// @p is_sampled, with the boundary value of the inputs, interpolated from
    /// the nodes, where they have one.
    const QuadratureData<dim> &on_face(const Cell &cell, unsigned int face,
                                       bool is_sampled = false);

  private:
    /// How one input is evaluated.
    struct Source
    {
      const InputField<dim> *field;
      unsigned int n_components;
    };

    void evaluate(const Cell &cell, const dealii::FEValuesBase<dim> &scalar,
                  QuadratureData<dim> &data);
    void evaluate_state(QuadratureData<dim> &data);
    void evaluate_boundary_value();

    const Space<dim> &space;
    const FieldVector *state;
    std::vector<Source> sources;
    const std::vector<FieldVector> *boundary_value; ///< or null
    bool has_node_values = false;
    dealii::FEValues<dim> cell_values, scalar_values;
    dealii::FEFaceValues<dim> face_values, scalar_face_values;
    QuadratureData<dim> cell_data, face_data;
    std::vector<double> node_values;
  };
} // namespace nodal

#endif
