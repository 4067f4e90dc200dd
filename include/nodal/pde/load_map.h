// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_load_map_h
#define nodal_pde_load_map_h

#include <nodal/core/petsc.h>
#include <nodal/pde/boundary_dofs.h>

#include <deal.II/lac/affine_constraints.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * How the right-hand side follows from the inputs that enter it linearly
   * (ProblemTraits::in_rhs), while all others stay as they are:
   * b = b₀ + Σ_i B_i μ_i, with one sparse matrix for each component of each
   * such input. Where the matrix of the system stays as well, Dirichlet values
   * g are eliminated: b = b₀ + Σ_i B_i μ_i − L g.
   *
   * Tabulating costs about as many assemblies as a cell has nodes; a
   * right-hand side then costs one product with each sparse matrix.
   */
  template <int dim>
  class LoadMap
  {
  public:
    /// True if a map can be made for @p input of @p problem: it is in the
    /// right-hand side alone and has values on cells or nodes.
    static bool is_possible(const SteadyProblem<dim> &problem,
                            const FieldDescription &input);

    /// What is taken out of the right-hand side.
    enum class Elimination
    {
      hanging,     ///< hanging nodes; Dirichlet values have their entries
      constrained, ///< hanging nodes, and Dirichlet values as if zero
      all          ///< Dirichlet values as well: the matrix does not vary
    };

    /**
     * @p varying are the inputs that may differ from call to call; @p inputs
     * holds all others, and if the problem is linear in a coefficient, that
     * may be missing unless all is eliminated. Eliminated degrees of freedom
     * have zero entries. Keeps references to @p space, @p problem and
     * @p boundary. Collective over the ranks of @p space.
     */
    LoadMap(const Space<dim> &space, const SteadyProblem<dim> &problem,
            const BoundaryConditions<dim> &boundary, const Inputs<dim> &inputs,
            const std::vector<FieldDescription> &varying,
            Elimination elimination);

    /// Compute @p b, laid out like a solution. Collective.
    void apply(const Inputs<dim> &inputs, Vec b) const;

    /// A new vector for apply().
    VecHandle vector() const;

  private:
    /// The image of one component of an input, or of the Dirichlet values.
    struct Part
    {
      std::string input;      ///< empty: Dirichlet values
      unsigned int place = 0; ///< among the inputs of QuadratureData
      unsigned int component = 0;
      bool on_cells = false;
      MatHandle map;
      VecHandle values; ///< of the input at its sites
    };

    void tabulate(const Inputs<dim> &inputs, Elimination elimination);
    void fill(const Part &part, const Inputs<dim> &inputs) const;

    const Space<dim> &space;
    const SteadyProblem<dim> &problem;
    const BoundaryConditions<dim> &boundary;
    std::vector<BoundaryDof<dim>> boundary_dofs;
    std::vector<unsigned int> owned_cells; ///< active cell indices
    std::vector<Part> parts;
    VecHandle constant; ///< b₀
  };
} // namespace nodal

#endif
