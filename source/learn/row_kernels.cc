// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/learn/row_kernels.h>

#include <nodal/core/processor.h>

namespace nodal
{
  namespace rows
  {
    template <class T>
    const Kernels<T> &kernels()
    {
      if (has_avx512())
        return avx512_kernels(T());
      if (has_avx2())
        return avx2_kernels(T());
      return generic_kernels(T());
    }

    template const Kernels<float> &kernels();
    template const Kernels<double> &kernels();
  } // namespace rows
} // namespace nodal
