// SPDX-License-Identifier: LGPL-2.1-or-later
#include "state_nodes.h"
#include "restricted_mass.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/gather.h>

namespace nodal
{
  StateNodes::StateNodes(const EvolutionSystem &system,
                         const std::vector<unsigned int> &components)
      : n_components(components.size()), comm(system.comm())
  {
    std::vector<std::vector<int>> rows(n_components);
    const std::vector<RowKind> kinds = row_kinds(system);
    for (std::size_t i = 0; i < system.positions().size(); ++i)
      for (unsigned int c = 0; c < n_components; ++c)
        if (system.components()[i] == components[c] &&
            kinds[i] != RowKind::dependent)
          rows[c].push_back(i);
    std::vector<dealii::Point<3>> own;
    int differ = 0;
    for (unsigned int c = 1; c < n_components; ++c)
      differ = differ || rows[c].size() != rows[0].size();
    for (std::size_t k = 0;
         k < (n_components > 0 ? rows[0].size() : 0) && !differ; ++k)
    {
      own.push_back(system.positions()[rows[0][k]]);
      for (unsigned int c = 0; c < n_components; ++c)
      {
        differ = differ ||
                 system.distance(system.positions()[rows[c][k]], own[k]) > 1e-8;
        own_rows.push_back(rows[c][k]);
      }
    }
    MPI_Allreduce(MPI_IN_PLACE, &differ, 1, MPI_INT, MPI_MAX, comm);
    if (differ)
      throw BadInput("Components have nodes of their own, and learned closures "
                     "need all at the same ones: choose another problem or a "
                     "classical closure.",
                     "Problem/Name");
    all = gather_on_all(own, comm);
    if (all.empty())
      throw BadInput("The problem has no node whose value is free: refine the "
                     "mesh.",
                     "Problem/Name");
    int first = 0, n = own.size();
    MPI_Exscan(&n, &first, 1, MPI_INT, MPI_SUM, comm);
    first_own = rank_of(comm) == 0 ? 0 : first;
  }

  std::vector<double> StateNodes::values(const double *const state) const
  {
    std::vector<double> own;
    own.reserve(own_rows.size());
    for (const int row : own_rows)
      own.push_back(state[row]);
    return size_of(comm) == 1 ? own : gather_on_all(own, comm);
  }

  void StateNodes::put(const std::vector<double> &values,
                       double *const state) const
  {
    const double *const from = values.data() + first_own * n_components;
    for (std::size_t k = 0; k < own_rows.size(); ++k)
      state[own_rows[k]] = from[k];
  }
} // namespace nodal
