// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_steady_system_h
#define nodal_pde_steady_system_h

#include <nodal/core/petsc.h>
#include <nodal/pde/boundary_dofs.h>
#include <nodal/pde/steady_problem.h>

#include <deal.II/base/quadrature.h>
#include <deal.II/dofs/dof_accessor.h>
#include <deal.II/lac/affine_constraints.h>

#include <functional>
#include <memory>

namespace nodal
{
  template <int dim>
  class EquationOfSystem;
  template <int dim>
  class LinearAssembly;

  /**
   * The linear system of a steady problem on a space: one sparsity pattern,
   * whose values are computed anew for each sample of the inputs.
   *
   * Dirichlet values and hanging nodes are eliminated; their rows hold a
   * diagonal entry, so a symmetric problem has a symmetric matrix.
   */
  template <int dim>
  class SteadySystem
  {
  public:
    /// @p space, @p problem and @p boundary must outlive the system. The
    /// boundary conditions have been parsed. @p is_for_many says that tables
    /// pay, which cost two assemblies: then a problem that is linear in a cell
    /// input is assembled from them as long as its other inputs stay the same.
    SteadySystem(const Space<dim> &space, const SteadyProblem<dim> &problem,
                 const BoundaryConditions<dim> &boundary,
                 bool is_for_many = false);
    ~SteadySystem();

    /**
     * Compute matrix() and rhs() for @p inputs. @p state is needed if the
     * problem is nonlinear: then the matrix is the Jacobian there, the
     * right-hand side minus the residual, and constrained values of an update
     * are zero. Throws BadInput if an input is missing. Collective.
     */
    void assemble(const Inputs<dim> &inputs,
                  const FieldVector *state = nullptr);

    /// Set the Dirichlet values of @p inputs and what hanging nodes follow.
    void set_constraints(const Inputs<dim> &inputs);

    /// Write the values that the constraints prescribe into @p field and
    /// update its halo.
    void distribute(FieldVector &field) const;

    /// What eliminates Dirichlet's nodes, as zero, and hanging ones.
    const dealii::AffineConstraints<double> &zero_constraints() const
    {
      return homogeneous_constraints;
    }

    /// seqaij on one rank, mpiaij on several; blocks are the components at a
    /// node. It knows coordinates_of() it and, of a linear problem,
    /// equation_of() it.
    Mat matrix() const
    {
      return system_matrix;
    }

    /// The matrix that preconditioners are made from: null for matrix()
    /// itself, or else computed for @p inputs, for which assemble() has been
    /// called. Collective.
    Mat preconditioner_matrix(const Inputs<dim> &inputs);

    Vec rhs() const
    {
      return system_rhs;
    }

    const Space<dim> &space;
    const SteadyProblem<dim> &problem;

  private:
    using Cell = typename dealii::DoFHandler<dim>::active_cell_iterator;

    /// Sets the terms of a cell; matrix and right-hand side come as zero.
    using CellTerms = std::function<void(
        const Cell &, dealii::FullMatrix<double> &, dealii::Vector<double> &)>;

    void make_matrix();

    /// Tell preconditioners of displacements and rotations.
    void set_rigid_body_modes();

    /// True if the tables hold for @p inputs; makes them when that pays.
    bool use_tables(const Inputs<dim> &inputs);

    void add_cells(const CellTerms &terms,
                   const dealii::AffineConstraints<double> &active);

    const BoundaryConditions<dim> &boundary;
    const bool is_for_many;
    std::vector<BoundaryDof<dim>> boundary_dofs;
    dealii::AffineConstraints<double> constraints, homogeneous_constraints;
    MatHandle system_matrix, matrix_for_preconditioner;
    VecHandle system_rhs;

    std::unique_ptr<LinearAssembly<dim>> tables;
    std::shared_ptr<EquationOfSystem<dim>> equation; ///< of a linear problem
  };

  /// Copy the owned values between a field and a vector of the system.
  void copy(const FieldVector &from, Vec to);
  void copy(Vec from, FieldVector &to);
} // namespace nodal

#endif
