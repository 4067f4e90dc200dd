// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_boundary_conditions_h
#define nodal_pde_boundary_conditions_h

#include <nodal/core/parameters.h>

#include <deal.II/base/function.h>
#include <deal.II/base/types.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace nodal
{
  /// The condition on one part of the boundary; q is the conormal derivative
  /// of the problem (flux into the domain, traction).
  enum class BoundaryType
  {
    dirichlet, ///< u = g
    neumann,   ///< q = g
    robin,     ///< q + α u = g
    impedance  ///< q − i k u = g, for two-component complex fields
  };

  std::string to_string(BoundaryType type);

  template <int dim>
  struct BoundaryCondition
  {
    BoundaryType type = BoundaryType::dirichlet;

    /// g, with as many components as the solution; for Robin conditions α
    /// follows as the last component.
    std::shared_ptr<const dealii::Function<dim>> value;
  };

  /**
   * The subsection `Boundary conditions`: for each type of condition a list of
   * boundary ids and expressions, as in
   * `Dirichlet = 0: 1; 2,3: sin(pi*y)` or, with two components,
   * `Neumann = 4: 0 | -1`. The id `*` stands for all that are not named.
   */
  template <int dim>
  class BoundaryConditions
  {
  public:
    void add_parameters(Parameters &prm);

    /**
     * Read the entries for a solution with @p n_components and a mesh with
     * boundary @p ids. @p known are the types the problem understands. Throws
     * BadInput for an expression that cannot be read, an id that the mesh does
     * not have, or one that has no condition or two.
     */
    void parse(unsigned int n_components,
               const std::set<dealii::types::boundary_id> &ids,
               const std::set<BoundaryType> &known);

    /// Set u = @p value on all @p ids, from code.
    void set_dirichlet(const std::set<dealii::types::boundary_id> &ids,
                       std::shared_ptr<const dealii::Function<dim>> value);

    std::map<dealii::types::boundary_id, BoundaryCondition<dim>> conditions;

    /// Ids whose value g, of whatever type of condition, is the input
    /// `boundary value` where the data set varies it.
    std::set<dealii::types::boundary_id> sampled;

    /// True if an id in @ref sampled has another condition than Dirichlet's.
    bool samples_natural() const;

  private:
    std::map<BoundaryType, std::string> text = {
        {BoundaryType::dirichlet, "*: 0"},
        {BoundaryType::neumann, ""},
        {BoundaryType::robin, ""},
        {BoundaryType::impedance, ""}};
    std::string sampled_text = "*";
    std::string path;
  };
} // namespace nodal

#endif
