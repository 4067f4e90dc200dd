// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_groups_in_training_h
#define nodal_source_couple_groups_in_training_h

#include <mpi.h>
#include <torch/types.h>

#include <vector>

namespace nodal
{
  /// Ranks that train one network: groups, each of which shares the examples it
  /// works on, and the ranks that have the same place in all of them.
  struct GroupsInTraining
  {
    MPI_Comm across, group;

    /// Sums over the groups, the same to the bit on all ranks.
    void sum(std::vector<double> &values) const;

    /// The same of gradients; returns that of @p loss.
    double sum_gradients(const std::vector<torch::Tensor> &parameters,
                         double loss) const;

    /// Let parameters be those of the first rank of all: processors of other
    /// kinds may round otherwise.
    void make_equal(const std::vector<torch::Tensor> &parameters) const;
  };
} // namespace nodal

#endif
