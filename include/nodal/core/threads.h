// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_threads_h
#define nodal_core_threads_h

namespace nodal
{
  /**
   * Let BLAS and OpenMP use one thread per rank, unless the environment
   * variable OMP_NUM_THREADS says otherwise. A BLAS that starts a thread per
   * core for the short vectors of a Krylov method is many times slower, and
   * more so with several ranks. Returns the number of threads.
   */
  unsigned int limit_threads();
} // namespace nodal

#endif
