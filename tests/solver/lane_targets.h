// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_solver_lane_targets_h
#define nodal_tests_solver_lane_targets_h

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
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    result.push_back({"avx2", nodal::lanes::avx2_kernels});
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    result.push_back({"avx512", nodal::lanes::avx512_kernels});
#endif
  return result;
}

#endif
