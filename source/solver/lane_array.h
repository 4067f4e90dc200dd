// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_array_h
#define nodal_source_solver_lane_array_h

#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace nodal
{
  /// Memory for vectors of lanes, aligned to cache lines and, where it is long,
  /// in large pages: processors fetch ahead within a page only.
  template <class T>
  struct LaneAllocator
  {
    using value_type = T;

    LaneAllocator() = default;

    template <class U>
    LaneAllocator(const LaneAllocator<U> &)
    {
    }

    T *allocate(const std::size_t n)
    {
      constexpr std::size_t line = 64, page = std::size_t(1) << 21;
      const std::size_t bytes = n * sizeof(T),
                        alignment = bytes < page ? line : page;
      void *const memory = std::aligned_alloc(
          alignment, (bytes + alignment - 1) / alignment * alignment);
      if (!memory)
        throw std::bad_alloc();
#ifdef __linux__
      if (alignment == page)
        madvise(memory, bytes, MADV_HUGEPAGE); // a hint, which may fail
#endif
      return static_cast<T *>(memory);
    }

    void deallocate(T *const memory, std::size_t)
    {
      std::free(memory);
    }

    friend bool operator==(const LaneAllocator &, const LaneAllocator &)
    {
      return true;
    }

    friend bool operator!=(const LaneAllocator &, const LaneAllocator &)
    {
      return false;
    }
  };

  /// Numbers of all lanes, place by place.
  template <class T>
  using LaneArray = std::vector<T, LaneAllocator<T>>;
} // namespace nodal

#endif
