// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_solver_lane_targets_h
#define nodal_tests_solver_lane_targets_h

#include <nodal/core/processor.h>

#include <source/solver/lane_kernels.h>

#include <string>
#include <utility>
#include <vector>

using LaneKernelFinder = const nodal::lanes::Kernels *(*)(int, int,
                                                          nodal::lanes::Form);

/// The kinds of kernels that this processor can run.
inline std::vector<std::pair<std::string, LaneKernelFinder>>
lane_targets()
{
  std::vector<std::pair<std::string, LaneKernelFinder>> result = {
      {"generic", nodal::lanes::generic_kernels}};
  if (nodal::has_avx2())
    result.push_back({"avx2", nodal::lanes::avx2_kernels});
  if (nodal::has_avx512())
    result.push_back({"avx512", nodal::lanes::avx512_kernels});
  return result;
}

#endif
