// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_memory_h
#define nodal_core_memory_h

namespace nodal
{
  /**
   * Let the process keep memory that it frees, and take all of it from the
   * heap. By default the C library hands every field of some hundred kB back
   * to the system and asks for it again for the next sample, which costs as
   * much as computing it. Does nothing where the library has no such setting.
   */
  void keep_freed_memory();
} // namespace nodal

#endif
