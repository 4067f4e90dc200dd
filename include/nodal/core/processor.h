// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_processor_h
#define nodal_core_processor_h

namespace nodal
{
  // What the processor that runs this can do beyond what the compiler was told:
  // for choosing between kernels that cmake/NodalRooms.cmake compiles for each.

  /// Instructions with registers of 32 bytes.
  inline bool has_avx2()
  {
#ifdef __x86_64__
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
  }

  /// Instructions with registers of 64 bytes.
  inline bool has_avx512()
  {
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
  }
} // namespace nodal

#endif
