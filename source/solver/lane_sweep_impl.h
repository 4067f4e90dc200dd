// SPDX-License-Identifier: LGPL-2.1-or-later
// Vectors of lanes and the sweep over the cells of a level, for the kernels in
// lane_kernels_impl.h. Everything is local to the file that includes it.
#ifndef nodal_source_solver_lane_sweep_impl_h
#define nodal_source_solver_lane_sweep_impl_h

#include "lane_kernels.h"

namespace nodal
{
  namespace lanes
  {
    namespace
    {
#define NODAL_INLINE inline __attribute__((always_inline))

      template <class T, int S>
      struct Simd
      {
        static constexpr int size = S * sizeof(T);
        typedef T type
            __attribute__((vector_size(size), aligned(size < 64 ? size : 64)));
      };

      template <int S>
      using Floats = typename Simd<float, S>::type;
      template <int S>
      using Doubles = typename Simd<double, S>::type;

      template <class T, int S>
      NODAL_INLINE typename Simd<T, S>::type *as_lanes(T *p)
      {
        return reinterpret_cast<typename Simd<T, S>::type *>(p);
      }

      template <class T, int S>
      NODAL_INLINE const typename Simd<T, S>::type *as_lanes(const T *p)
      {
        return reinterpret_cast<const typename Simd<T, S>::type *>(p);
      }

      template <int S>
      NODAL_INLINE Doubles<S> widen(const Floats<S> x)
      {
        return __builtin_convertvector(x, Doubles<S>);
      }

      /// The lanes that begin at p[place]; a byte offset in one register.
      template <class T, int S>
      NODAL_INLINE typename Simd<T, S>::type &at(T *p, const unsigned int place)
      {
        return *as_lanes<T, S>(p + place);
      }

      template <class T, int S>
      NODAL_INLINE const typename Simd<T, S>::type &at(const T *p,
                                                       const unsigned int place)
      {
        return *as_lanes<T, S>(p + place);
      }

      /// Where entry (i, j) of a packed upper triangle is.
      constexpr int packed(const int i, const int j, const int n)
      {
        return i <= j ? i * n - i * (i - 1) / 2 + j - i
                      : j * n - j * (j - 1) / 2 + i - j;
      }

      /// Row @p i of a packed n × n matrix times d.
      template <int n, class K, class V>
      NODAL_INLINE V row_product(const K *const k, const V *const d,
                                 const int i)
      {
        V y = k[packed(i, 0, n)] * d[0];
#pragma GCC unroll 32
        for (int j = 1; j < n; ++j)
          y += k[packed(i, j, n)] * d[j];
        return y;
      }

      /// Add the products of one cell to the ring.
      template <class T, int S, int N, Form form>
      NODAL_INLINE void add_cell(const unsigned int *const places,
                                 const T *const values,
                                 const typename Simd<T, S>::type a,
                                 const T *const x, T *const sums)
      {
        using V = typename Simd<T, S>::type;
        if constexpr (form == difference_form)
        {
          const V x0 = at<T, S>(x, places[0]);
          V d[N - 1];
#pragma GCC unroll 32
          for (int j = 0; j < N - 1; ++j)
            d[j] = at<T, S>(x, places[j + 1]) - x0;
          V y0 = {};
#pragma GCC unroll 32
          for (int i = 0; i < N - 1; ++i)
          {
            const V y = row_product<N - 1>(values, d, i);
            at<T, S>(sums, places[N + i + 1]) += a * y;
            y0 -= a * y;
          }
          at<T, S>(sums, places[N]) += y0;
        }
        else
        {
          constexpr int half = N * (N + 1) / 2;
          V d[N];
#pragma GCC unroll 32
          for (int j = 0; j < N; ++j)
            d[j] = at<T, S>(x, places[j]);
#pragma GCC unroll 32
          for (int i = 0; i < N; ++i)
            at<T, S>(sums, places[N + i]) +=
                a * row_product<N>(values, d, i) +
                row_product<N>(values + half, d, i);
        }
      }

      /// Add the products of a run of cells, in which the last two nodes of a
      /// cell are the first two of the next: what limits a sweep is how many
      /// vectors it loads, and this way half of them stay in registers.
      template <class T, int S, int N, int stride>
      NODAL_INLINE void add_run(const unsigned int *&places, const T *&values,
                                const T *&a, const int length, const T *const x,
                                T *const sums)
      {
        using V = typename Simd<T, S>::type;
        constexpr int n_left = N - 2; // behind by the next cell
        V at0 = at<T, S>(x, places[0]), at1 = at<T, S>(x, places[1]);
        V sum0 = {}, sum1 = {};
        const T *const last = a + length * stride;
        for (; a != last; a += stride, places += 2 * N,
                          values += n_values(difference_form, N))
        {
          V d[N - 1], k[N * (N - 1) / 2], y[N];
          V next[N] = {at0, at1};
#pragma GCC unroll 4
          for (int j = 2; j < N; ++j)
            next[j] = at<T, S>(x, places[j]);
#pragma GCC unroll 4
          for (int j = 1; j < N; ++j)
            d[j - 1] = next[j] - at0;
#pragma GCC unroll 8
          for (int j = 0; j < N * (N - 1) / 2; ++j)
            k[j] = V{} + values[j];
          const V factor = *as_lanes<T, S>(a);
          y[0] = sum0;
#pragma GCC unroll 4
          for (int i = 0; i < N - 1; ++i)
          {
            const V row = factor * row_product<N - 1>(k, d, i);
            y[i + 1] = i == 0 ? sum1 + row : row;
            y[0] -= row;
          }
#pragma GCC unroll 4
          for (int i = 0; i < n_left; ++i)
            at<T, S>(sums, places[N + i]) += y[i];
          sum0 = y[n_left];
          sum1 = y[n_left + 1];
          at0 = next[n_left];
          at1 = next[n_left + 1];
        }
        at<T, S>(sums, places[n_left - N]) += sum0;
        at<T, S>(sums, places[n_left + 1 - N]) += sum1;
      }

      /// The loop over rows: what row i gives to those behind it waits in the
      /// ring.
      template <int S, class Work>
      NODAL_INLINE void sweep_rows(const Sweep<float> &s, const float *a,
                                   const float *const x, float *const sums,
                                   Work &work)
      {
        using V = Floats<S>;
        const unsigned int *places = s.places;
        const int ring = s.ring, n_blocks = s.n_blocks;
        int ready = 0;
        for (int b = 0; b < n_blocks; ++b)
        {
          if constexpr (Work::prepares)
            for (const int end = s.ready[b]; ready < end; ++ready)
              work.prepare(ready);
          const int last = s.nodes[b + 1];
          for (int i = s.nodes[b]; i < last; ++i)
          {
            V &waiting = at<float, S>(sums, (i & ring) * S);
            const V xi = at<float, S>(x, i * S);
            V sum = waiting + *as_lanes<float, S>(a) * xi;
            waiting = V{};
            a += S;
            const int n = s.row_offsets[i + 1] - s.row_offsets[i];
            for (int k = 0; k < n; ++k, a += S, places += 2)
            {
              const V flow =
                  *as_lanes<float, S>(a) * (at<float, S>(x, places[0]) - xi);
              sum += flow;
              at<float, S>(sums, places[1]) -= flow;
            }
            work.finish(i, sum);
          }
          work.end_block();
        }
      }

      /// The loop over cells. S of @p stride lanes are worked on.
      template <class T, int S, int N, Form form, int stride = S, class Work>
      NODAL_INLINE void sweep_cells(const Sweep<T> &s,
                                    const T *const coefficient,
                                    const T *const x, T *const sums, Work &work)
      {
        using V = typename Simd<T, S>::type;
        const T *a = coefficient;
        const unsigned int *places = s.places;
        const T *values = s.values;
        [[maybe_unused]] constexpr int n_stored = n_values(form, N);
        const int ring = s.ring, n_blocks = s.n_blocks;
        int ready = 0;
        for (int b = 0; b < n_blocks; ++b)
        {
          if constexpr (Work::prepares)
            for (const int end = s.ready[b]; ready < end; ++ready)
              work.prepare(ready);
          if constexpr (has_runs(form, N))
            for (int run = s.run_offsets[b]; run < s.run_offsets[b + 1]; ++run)
              add_run<T, S, N, stride>(places, values, a, s.run_lengths[run], x,
                                       sums);
          else
          {
            const T *const last_cell =
                coefficient + long(s.cells[b + 1]) * stride;
            for (; a != last_cell;
                 a += stride, places += 2 * N, values += n_stored)
              add_cell<T, S, N, form>(places, values, *as_lanes<T, S>(a), x,
                                      sums);
          }
          const int last = s.nodes[b + 1];
          for (int i = s.nodes[b]; i < last; ++i)
          {
            V &sum = at<T, S>(sums, (i & ring) * stride);
            work.finish(i, sum);
            sum = V{};
          }
          work.end_block();
        }
      }

      /// The one loop over a level: @p work prepares and finishes nodes.
      template <class T, int S, int N, Form form, int stride = S, class Work>
      NODAL_INLINE void sweep(const Sweep<T> &s, const T *const coefficient,
                              const T *const x, T *const sums, Work &work)
      {
        if constexpr (form == row_form)
          sweep_rows<S>(s, coefficient, x, sums, work);
        else
          sweep_cells<T, S, N, form, stride>(s, coefficient, x, sums, work);
      }
    } // namespace
  }   // namespace lanes
} // namespace nodal

#endif
