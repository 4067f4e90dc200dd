// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/threads.h>

#include <dlfcn.h>

#include <cstdlib>
#include <initializer_list>

namespace nodal
{
  unsigned int limit_threads()
  {
    const char *wanted = std::getenv("OMP_NUM_THREADS");
    const int n = wanted ? std::atoi(wanted) : 1;
    const int n_threads = n > 0 ? n : 1;
    // Neither library is linked by name: which BLAS it is, is the system's
    // choice.
    for (const char *symbol :
         {"omp_set_num_threads", "openblas_set_num_threads"})
      if (void *address = dlsym(RTLD_DEFAULT, symbol))
        reinterpret_cast<void (*)(int)>(address)(n_threads);
    return n_threads;
  }
} // namespace nodal
