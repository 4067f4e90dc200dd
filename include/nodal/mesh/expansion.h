// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_expansion_h
#define nodal_mesh_expansion_h

#include <deal.II/lac/affine_constraints.h>

#include <utility>
#include <vector>

namespace nodal
{
  /// What an unknown of a cell stands for after elimination: itself, a
  /// combination of others (hanging node), or nothing (Dirichlet value).
  using Expansion =
      std::vector<std::pair<dealii::types::global_dof_index, double>>;

  inline Expansion expand(const dealii::types::global_dof_index dof,
                          const dealii::AffineConstraints<double> &constraints)
  {
    if (!constraints.is_constrained(dof))
      return {{dof, 1.}};
    return *constraints.get_constraint_entries(dof);
  }
} // namespace nodal

#endif
