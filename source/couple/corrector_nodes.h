// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_corrector_nodes_h
#define nodal_source_couple_corrector_nodes_h

#include "local_averages.h"

#include <nodal/couple/observations.h>

#include <memory>
#include <vector>

namespace nodal
{
  /// The nodes of one component of a system, those of all its ranks on each of
  /// them, and what a CorrectorNetwork sees there.
  class CorrectorNodes
  {
  public:
    /// Collective over the ranks of @p system, which is kept.
    CorrectorNodes(const EvolutionSystem &system, unsigned int component);

    /// The grid of places that the network has.
    void make_averages(double spacing, unsigned int n_places);

    /// What CorrectorNetwork::forward() takes, n × members × n_seen, for the
    /// forecast @p members. @p deviation is that of errors whose observations
    /// have the weight one; of several members, each has its own errors, from
    /// @p noise. Collective.
    torch::Tensor see(const Ensemble &members, const Observations &observations,
                      double deviation, Random noise) const;

    /// The values of @p state at all nodes. Collective.
    torch::Tensor values(const double *state) const;

    /// Add the increments, n × members from column @p first on.
    void add(const torch::Tensor &increments, std::int64_t first,
             Ensemble &members) const;

    /// Owned entries of a state.
    std::size_t n_rows() const
    {
      return node_of_row.size();
    }

    const std::vector<dealii::Point<3>> &points() const
    {
      return all;
    }

    std::shared_ptr<const LocalAverages> averages;

  private:
    const EvolutionSystem &system;
    const MPI_Comm comm;
    std::vector<int> rows; ///< owned entries of states that are nodes here
    std::vector<int> node_of_row; ///< or -1
    std::vector<dealii::Point<3>> all;
    std::size_t first_own = 0; ///< of all nodes
  };
} // namespace nodal

#endif
