// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_pde_linear_assembly_h
#define nodal_source_pde_linear_assembly_h

#include <nodal/core/petsc.h>
#include <nodal/pde/cell_matrices.h>
#include <nodal/pde/load_map.h>

#include <deal.II/lac/affine_constraints.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * Assembly of A(μ) = A₀ + Σ_c μ_c A_c from tables, for a problem that is
   * linear in one cell input while its other inputs stay the same, but for
   * those that only the right-hand side depends on (LoadMap).
   *
   * Cost per system on one rank: one pass over the entries of all cell
   * matrices, n_cells × n² multiplications and 20 bytes read for each; no
   * quadrature.
   */
  template <int dim>
  class LinearAssembly
  {
  public:
    /// Tabulate for the values that all inputs but the linear one, and those
    /// of the right-hand side that are not functions, have in @p inputs.
    /// @p constraints say which unknowns are eliminated; @p matrix has the
    /// pattern. Keeps references to @p space, @p problem and @p boundary.
    LinearAssembly(const Space<dim> &space, const SteadyProblem<dim> &problem,
                   const BoundaryConditions<dim> &boundary,
                   const Inputs<dim> &inputs,
                   const dealii::AffineConstraints<double> &constraints,
                   Mat matrix);

    /// True if the tables hold for @p inputs.
    bool fits(const Inputs<dim> &inputs) const;

    /// True if tables could be made for @p inputs and would fit into memory.
    static bool is_possible(const Space<dim> &space,
                            const SteadyProblem<dim> &problem,
                            const Inputs<dim> &inputs);

    /// The matrix of one cell, by active cell index.
    void cell(std::size_t cell, const Inputs<dim> &inputs,
              dealii::FullMatrix<double> &matrix) const;

    /// The right-hand side before Dirichlet values are eliminated. Collective.
    void load(const Inputs<dim> &inputs, Vec rhs) const
    {
      load_map->apply(inputs, rhs);
    }

    /// Write the system of @p inputs with the inhomogeneities of
    /// @p constraints into the sequential @p matrix and @p rhs.
    void assemble(const Inputs<dim> &inputs,
                  const dealii::AffineConstraints<double> &constraints,
                  Mat matrix, Vec rhs) const;

  private:
    /// Cells with an eliminated unknown that may have a value.
    struct BoundaryCell
    {
      std::size_t cell;
      std::vector<dealii::types::global_dof_index> dofs;
    };

    void tabulate_entries(const dealii::AffineConstraints<double> &constraints,
                          Mat matrix);
    void lift(const std::vector<double> &mu,
              const dealii::AffineConstraints<double> &constraints,
              double *rhs) const;

    const Space<dim> &space;
    const std::string linear_in;
    std::map<std::string, std::shared_ptr<const dealii::Function<dim>>> fixed;
    std::set<std::string> in_load; ///< inputs that the load map takes
    std::unique_ptr<LoadMap<dim>> load_map;
    CellMatrices<dim> cells;

    std::vector<std::size_t> offsets; ///< entries of cell c: offsets[c]…
    std::vector<std::int32_t> positions;
    std::vector<double> units;
    std::vector<double> base; ///< values of A₀
    std::vector<BoundaryCell> boundary_cells;
  };
} // namespace nodal

#endif
