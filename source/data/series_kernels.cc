// SPDX-License-Identifier: LGPL-2.1-or-later
#include "series_kernels.h"

#include <nodal/core/processor.h>

namespace nodal
{
  namespace series
  {
    const Kernels &kernels()
    {
      if (has_avx512())
        return avx512_kernels();
      if (has_avx2())
        return avx2_kernels();
      return generic_kernels();
    }
  } // namespace series
} // namespace nodal
