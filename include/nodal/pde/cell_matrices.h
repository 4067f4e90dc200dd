// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_cell_matrices_h
#define nodal_pde_cell_matrices_h

#include <nodal/pde/quadrature_inputs.h>

#include <vector>

namespace nodal
{
  /// Add the terms of @p cell, with those of its faces on the boundary that
  /// have a natural condition, to @p matrix and @p rhs.
  template <int dim>
  void integrate_cell(const typename QuadratureInputs<dim>::Cell &cell,
                      const SteadyProblem<dim> &problem,
                      const BoundaryConditions<dim> &boundary,
                      QuadratureInputs<dim> &data,
                      dealii::FullMatrix<double> &matrix,
                      dealii::Vector<double> &rhs);

  /**
   * The matrices of all cells of a problem whose matrix is linear in one cell
   * input μ (ProblemTraits::linear_in), while its other inputs stay as they
   * are: A(μ) = Σ_c (μ_c K_c + C_c). K_c holds what the
   * coefficient multiplies, C_c what it does not: reaction terms, Robin
   * conditions. Constraints are not applied.
   *
   * Cells are counted by active cell index; those that this rank does not own
   * have zeros. Matrices are row-major, n × n.
   */
  template <int dim>
  struct CellMatrices
  {
    unsigned int n = 0;           ///< degrees of freedom per cell
    std::vector<double> unit;     ///< K_c
    std::vector<double> constant; ///< C_c; empty if zero on all cells
  };

  /**
   * Tabulate the matrices of @p problem. @p inputs holds all inputs but the one
   * that the matrix is linear in, whose values do not count.
   */
  template <int dim>
  CellMatrices<dim> tabulate_cells(const Space<dim> &space,
                                   const SteadyProblem<dim> &problem,
                                   const BoundaryConditions<dim> &boundary,
                                   const Inputs<dim> &inputs);
} // namespace nodal

#endif
