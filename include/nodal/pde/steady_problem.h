// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_steady_problem_h
#define nodal_pde_steady_problem_h

#include <nodal/core/parameters.h>
#include <nodal/pde/boundary_conditions.h>
#include <nodal/pde/field.h>

#include <deal.II/fe/fe_values.h>
#include <deal.II/lac/full_matrix.h>
#include <deal.II/lac/vector.h>

#include <set>
#include <string>
#include <vector>

namespace nodal
{
  /// What is known of the systems that a problem gives.
  struct ProblemTraits
  {
    bool is_linear = true;
    bool is_symmetric = false;
    bool is_spd = false; ///< symmetric positive definite

    /// Rigid displacements and rotations have no energy away from boundaries:
    /// preconditioners are told (MatSetNearNullSpace).
    bool has_rigid_body_modes = false;

    /// The cell input in which the matrix is linear, or empty: A(μ) is then
    /// the sum over cells of μ_c times a fixed matrix.
    std::string linear_in;

    /// Inputs, besides boundary values, that only the right-hand side depends
    /// on: it is their linear image plus what does not depend on them.
    std::set<std::string> in_rhs;
  };

  /// What a weak form needs at the quadrature points of a cell or a face.
  template <int dim>
  struct QuadratureData
  {
    /// Shape functions of the solution space.
    const dealii::FEValuesBase<dim> *fe = nullptr;

    /// Values of input i at point q, component c: inputs[i][q*n + c].
    std::vector<std::vector<double>> inputs;
    std::vector<unsigned int> n_input_components;

    /// Where the problem is nonlinear: the present state at the points,
    /// component c at point q: state[q*n + c].
    std::vector<double> state;
    std::vector<dealii::Tensor<1, dim>> state_gradient;

    /// On a boundary face whose value is sampled: component c at point q,
    /// boundary_value[q*n + c]; else empty.
    std::vector<double> boundary_value;

    double cell_diameter = 0;

    double input(const unsigned int i, const unsigned int q,
                 const unsigned int c = 0) const
    {
      return inputs[i][q * n_input_components[i] + c];
    }
  };

  /// A smooth solution and the inputs that give it.
  template <int dim>
  struct ManufacturedSolution
  {
    std::shared_ptr<const dealii::Function<dim>> solution;
    std::map<std::string, std::shared_ptr<const dealii::Function<dim>>> inputs;
  };

  /**
   * A steady equation in weak form. For one sample of its inputs it gives the
   * matrix and right-hand side of every cell and boundary face; SteadySystem
   * puts them together.
   */
  template <int dim>
  class SteadyProblem
  {
  public:
    virtual ~SteadyProblem() = default;

    static std::string kind()
    {
      return "problem";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    virtual unsigned int n_components() const
    {
      return 1;
    }

    virtual ProblemTraits traits() const = 0;

    /// The inputs, in the order in which QuadratureData holds them. An input
    /// of role boundary_value is not passed to cell() and boundary().
    virtual std::vector<FieldDescription> inputs() const = 0;

    /// Name, components and unit of the solution.
    virtual FieldDescription output() const;

    virtual std::set<BoundaryType> boundary_types() const;

    /**
     * Add the terms of one cell. For a linear problem the matrix A and the
     * right-hand side b; for a nonlinear one, at the state in @p data, the
     * Jacobian and minus the residual.
     */
    virtual void cell(const QuadratureData<dim> &data,
                      dealii::FullMatrix<double> &matrix,
                      dealii::Vector<double> &rhs) const = 0;

    /// True if preconditioners should not be made from A but from
    /// A + preconditioner_term().
    virtual bool has_preconditioner_term() const
    {
      return false;
    }

    /// Add what the matrix that preconditioners are made from has on one cell
    /// beyond the terms of cell().
    virtual void preconditioner_term(const QuadratureData<dim> &,
                                     dealii::FullMatrix<double> &) const
    {
    }

    /**
     * Add the terms of a boundary face with a Neumann, Robin or other natural
     * @p condition, as in cell(); the value g is QuadratureData::boundary_value
     * if there is one. The default knows Neumann and Robin conditions for any
     * number of components.
     */
    virtual void boundary(const QuadratureData<dim> &data,
                          const BoundaryCondition<dim> &condition,
                          dealii::FullMatrix<double> &matrix,
                          dealii::Vector<double> &rhs) const;

    /// For order tests. The solution holds on any domain near the unit cube.
    virtual ManufacturedSolution<dim> manufactured() const = 0;

    /// g of a natural boundary condition for the manufactured solution at
    /// @p point with outward @p normal: the conormal derivative, per
    /// component. @p inputs are those of manufactured().
    virtual dealii::Vector<double>
    manufactured_flux(const dealii::Point<dim> &point,
                      const dealii::Tensor<1, dim> &normal) const = 0;
  };
} // namespace nodal

#endif
