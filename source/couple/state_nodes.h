// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_state_nodes_h
#define nodal_source_couple_state_nodes_h

#include <nodal/time/evolution_system.h>

#include <vector>

namespace nodal
{
  /// The nodes of some components of a system, which are at the same places,
  /// but those whose values follow from others: of all its ranks on each.
  class StateNodes
  {
  public:
    /// Throws BadInput if the components are not at the same places, or at
    /// none. Collective over the ranks of @p system.
    StateNodes(const EvolutionSystem &system,
               const std::vector<unsigned int> &components);

    /// Of @p state, owned entries: n × components. Collective.
    std::vector<double> values(const double *state) const;

    /// Let this rank's entries of @p state be those of @p values, n ×
    /// components.
    void put(const std::vector<double> &values, double *state) const;

    /// Owned entries of a state, component after component of each of this
    /// rank's nodes.
    const std::vector<int> &rows() const
    {
      return own_rows;
    }

    /// Places of all nodes.
    const std::vector<dealii::Point<3>> &points() const
    {
      return all;
    }

    const unsigned int n_components;

  private:
    const MPI_Comm comm;
    std::vector<int> own_rows;
    std::vector<dealii::Point<3>> all;
    std::size_t first_own = 0; ///< of all nodes
  };
} // namespace nodal

#endif
