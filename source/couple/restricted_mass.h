// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_restricted_mass_h
#define nodal_source_couple_restricted_mass_h

#include <nodal/time/evolution_system.h>

#include <functional>

namespace nodal
{
  /// What becomes of an entry that anything could be in.
  enum class RowKind
  {
    free,       ///< it stays
    prescribed, ///< it becomes what is prescribed
    dependent   ///< it becomes what follows from others, as at hanging nodes
  };

  /// Those of owned entries, as EvolutionSystem::constrain() treats them.
  /// Collective.
  std::vector<RowKind> row_kinds(const EvolutionSystem &system);

  /// The rows of a system that are free: of components that @p is_wanted, with
  /// a mass, and not prescribed. Numbers of owned entries.
  std::vector<int>
  free_rows(const EvolutionSystem &system,
            const std::function<bool(unsigned int)> &is_wanted);

  /// A mass matrix on some rows and columns alone.
  class RestrictedMass
  {
  public:
    RestrictedMass() = default;

    /// @p mass may be null, for the identity. @p rows are owned entries of
    /// vectors as @p like is. Collective.
    RestrictedMass(Mat mass, Vec like, const std::vector<int> &rows);

    /// @p x ← the inverse times @p x in the rows, zero in others. Throws
    /// NumericalFailure. Collective.
    void solve(Vec x) const;

  private:
    std::vector<int> rows;
    MatHandle part;
    KSPHandle solver;
    VecHandle rhs, solution;
  };
} // namespace nodal

#endif
