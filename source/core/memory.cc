// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/memory.h>

#include <cstdlib> // defines __GLIBC__

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace nodal
{
  void keep_freed_memory()
  {
#ifdef __GLIBC__
    constexpr int one_gigabyte = 1 << 30;
    mallopt(M_MMAP_THRESHOLD, one_gigabyte);
    mallopt(M_TRIM_THRESHOLD, one_gigabyte);
#endif
  }
} // namespace nodal
