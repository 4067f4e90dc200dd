// SPDX-License-Identifier: LGPL-2.1-or-later
// Between samples one by one and lanes, for lane_kernels_impl.h. Everything is
// local to the file that includes it.
#ifndef nodal_source_solver_lane_samples_impl_h
#define nodal_source_solver_lane_samples_impl_h

#include "lane_sweep_impl.h"

namespace nodal
{
  namespace lanes
  {
    namespace
    {
      /// from[lane][at] of all lanes
      template <int S>
      NODAL_INLINE Doubles<S> gathered(const double *const *const from,
                                       const int at)
      {
        Doubles<S> x;
#pragma GCC unroll 16
        for (int lane = 0; lane < S; ++lane)
          x[lane] = from[lane][at];
        return x;
      }

      /// Bit by bit, where @p x is not zero.
      template <int S>
      NODAL_INLINE unsigned int bits(const typename Simd<long long, S>::type x)
      {
        long long values[S];
        __builtin_memcpy(values, &x, sizeof values);
        unsigned int result = 0;
        for (int lane = 0; lane < S; ++lane)
          result |= (values[lane] != 0 ? 1U : 0U) << lane;
        return result;
      }

      template <int S>
      unsigned int gather(const int n, const int *index,
                          const double *const *samples, double *to,
                          float *single)
      {
        constexpr double largest = __DBL_MAX__;
        const double *from[S];
        for (int lane = 0; lane < S; ++lane)
          from[lane] = samples[lane];
        typename Simd<long long, S>::type is_bad = {};
        for (int k = 0; k < n; ++k)
        {
          const Doubles<S> x = gathered<S>(from, index[k]);
          // What is not a number compares as false.
          is_bad |= ~((x > 0) & (x <= largest));
          as_lanes<double, S>(to)[k] = x;
          as_lanes<float, S>(single)[k] = __builtin_convertvector(x, Floats<S>);
        }
        return bits<S>(is_bad);
      }

      template <int S>
      unsigned int distribute(const int n, const int *index,
                              const double *const *samples, const float *mask,
                              double *to)
      {
        const double *from[S];
        for (int lane = 0; lane < S; ++lane)
          from[lane] = samples[lane];
        typename Simd<long long, S>::type not_zero[2] = {};
        for (int k = 0; k < n; ++k)
        {
          const Doubles<S> x = gathered<S>(from, k);
          not_zero[mask[index[k]] != 0] |= x != 0;
          as_lanes<double, S>(to)[index[k]] = x;
        }
        return (bits<S>(not_zero[0]) != 0 ? 1 : 0) |
               (bits<S>(not_zero[1]) != 0 ? 2 : 0);
      }

      /// A piece of all lanes stays in the first cache meanwhile.
      template <int S>
      void collect(const int n, const int *index, const double *from,
                   const int n_lanes, double *const *to)
      {
        constexpr int piece = 64;
        for (int begin = 0; begin < n; begin += piece)
        {
          const int end = begin + piece < n ? begin + piece : n;
          for (int lane = 0; lane < n_lanes; ++lane)
            for (int k = begin; k < end; ++k)
              to[lane][k] = from[long(index[k]) * S + lane];
        }
      }
    } // namespace
  }   // namespace lanes
} // namespace nodal

#endif
