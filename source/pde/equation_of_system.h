// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_pde_equation_of_system_h
#define nodal_source_pde_equation_of_system_h

#include <nodal/pde/discretized_equation.h>
#include <nodal/pde/steady_problem.h>

#include <deal.II/lac/affine_constraints.h>

namespace nodal
{
  /// What SteadySystem tells of its matrix.
  template <int dim>
  class EquationOfSystem : public DiscretizedEquation
  {
  public:
    /// Keeps references to all arguments; @p pattern has the entries that the
    /// mass matrix gets.
    EquationOfSystem(const Space<dim> &space, const SteadyProblem<dim> &problem,
                     const BoundaryConditions<dim> &boundary,
                     const dealii::AffineConstraints<double> &constraints,
                     Mat pattern);

    /// Those of the matrix as it is assembled now.
    void set_inputs(const Inputs<dim> &inputs)
    {
      present = inputs;
    }

    std::string problem() const override;
    bool is_spd() const override;
    std::vector<FieldDescription> inputs() const override;
    FieldDescription output() const override;
    std::shared_ptr<const MeshPiece> piece() override;
    std::vector<double> input(const FieldDescription &input) override;
    std::vector<double> boundary_values() override;
    Mat mass_matrix() override;
    void follow(Vec x) const override;
    std::vector<bool> constrained_rows() const override;

  private:
    /// Values per owned node, as the space counts them.
    std::vector<double> means_of_cells(const InputField<dim> &field,
                                       unsigned int n) const;
    std::vector<double> at_nodes(const InputField<dim> &field,
                                 unsigned int n) const;

    /// @p values, n per owned node, in the order of piece().
    std::vector<double> in_order(const std::vector<double> &values,
                                 unsigned int n) const;

    const Space<dim> &space;
    const SteadyProblem<dim> &steady_problem;
    const BoundaryConditions<dim> &boundary;
    const dealii::AffineConstraints<double> &constraints;
    const Mat pattern;
    const bool has_hanging_nodes; ///< on any rank
    Inputs<dim> present;
    std::shared_ptr<MeshPiece> mesh_piece;
    MatHandle mass;
  };
} // namespace nodal

#endif
