// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_kernel_choice_h
#define nodal_source_solver_lane_kernel_choice_h

#include "lane_level.h"

#include <nodal/solver/lane_multigrid.h>

#include <string>
#include <vector>

namespace nodal
{
  struct ChosenKernels
  {
    std::string processor;
    std::vector<LevelKernels> of_level; ///< all but the coarsest
    const lanes::Kernels *rows = nullptr;
  };

  /// The best kernels that this processor has, or those that @p settings name,
  /// with as many lanes as suit the finest level; the same on all ranks of
  /// @p comm. Throws BadInput if there are none for the cells of @p family.
  ChosenKernels choose_kernels(const LaneMultigrid::Settings &settings,
                               const LaneFamily &family,
                               MPI_Comm comm = MPI_COMM_SELF);
} // namespace nodal

#endif
