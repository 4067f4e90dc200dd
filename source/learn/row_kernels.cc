// SPDX-License-Identifier: LGPL-2.1-or-later
#include "row_kernels.h"

namespace nodal
{
  namespace rows
  {
    template <class T>
    const Kernels<T> &kernels()
    {
#ifdef __x86_64__
      if (__builtin_cpu_supports("avx512f") &&
          __builtin_cpu_supports("avx512dq") &&
          __builtin_cpu_supports("avx512vl"))
        return avx512_kernels(T());
      if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return avx2_kernels(T());
#endif
      return generic_kernels(T());
    }

    template const Kernels<float> &kernels();
    template const Kernels<double> &kernels();
  } // namespace rows
} // namespace nodal
