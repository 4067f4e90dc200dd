// SPDX-License-Identifier: LGPL-2.1-or-later
#include "series_kernels.h"

namespace nodal
{
  namespace series
  {
    const Kernels &kernels()
    {
#ifdef __x86_64__
      if (__builtin_cpu_supports("avx512f") &&
          __builtin_cpu_supports("avx512dq") &&
          __builtin_cpu_supports("avx512vl"))
        return avx512_kernels();
      if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return avx2_kernels();
#endif
      return generic_kernels();
    }
  } // namespace series
} // namespace nodal
