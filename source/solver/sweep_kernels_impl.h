// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernels of sweep_kernels.h for one kind of processor, whose name
// NODAL_SWEEPS_TARGET the including file defines, and the numbers that a
// register of it holds, NODAL_SWEEPS_WIDTH.
//
// What limits them is how fast single numbers of y can be read; the rows of a
// block are independent, so that reading does not wait for arithmetic.
#include "sweep_kernels.h"

namespace nodal
{
  namespace sweeps
  {
    namespace
    {
      /// Numbers in one register.
      constexpr int width = NODAL_SWEEPS_WIDTH;
      constexpr int n_parts = lanes / width;

      typedef double Part
          __attribute__((vector_size(8 * width), aligned(8), may_alias));
      typedef float FloatPart
          __attribute__((vector_size(4 * width), aligned(4), may_alias));

      /// @p lanes numbers. Not one vector of them: what is longer than a
      /// register, compilers keep in memory.
      struct Block
      {
        Part parts[n_parts];
      };

      /// @p operation for all parts of a block.
      template <class Operation>
      inline __attribute__((always_inline)) Block
      for_parts(const Operation &operation)
      {
        Block result;
#pragma GCC unroll 8
        for (int k = 0; k < n_parts; ++k)
          result.parts[k] = operation(k);
        return result;
      }

      inline __attribute__((always_inline)) Block operator+(const Block &a,
                                                            const Block &b)
      {
        return for_parts([&](const int k) __attribute__((always_inline)) {
          return a.parts[k] + b.parts[k];
        });
      }

      inline __attribute__((always_inline)) Block operator-(const Block &a,
                                                            const Block &b)
      {
        return for_parts([&](const int k) __attribute__((always_inline)) {
          return a.parts[k] - b.parts[k];
        });
      }

      inline __attribute__((always_inline)) Block operator*(const Block &a,
                                                            const Block &b)
      {
        return for_parts([&](const int k) __attribute__((always_inline)) {
          return a.parts[k] * b.parts[k];
        });
      }

      inline __attribute__((always_inline)) Block operator*(const double a,
                                                            const Block &b)
      {
        return for_parts([&](const int k) __attribute__((always_inline)) {
          return a * b.parts[k];
        });
      }

      inline __attribute__((always_inline)) Part gather_part(const double *x,
                                                             const int *at)
      {
#if NODAL_SWEEPS_WIDTH == 2
        return Part{x[at[0]], x[at[1]]};
#elif NODAL_SWEEPS_WIDTH == 4
        return Part{x[at[0]], x[at[1]], x[at[2]], x[at[3]]};
#else
        return Part{x[at[0]], x[at[1]], x[at[2]], x[at[3]],
                    x[at[4]], x[at[5]], x[at[6]], x[at[7]]};
#endif
      }

      inline __attribute__((always_inline)) Block gather(const double *const x,
                                                         const int *const at)
      {
        return for_parts([&](const int k) __attribute__((always_inline)) {
          return gather_part(x, at + width * k);
        });
      }

      inline __attribute__((always_inline)) Block load(const double *const p)
      {
        return for_parts([&](const int k) __attribute__((always_inline)) {
          return *reinterpret_cast<const Part *>(p + width * k);
        });
      }

      inline __attribute__((always_inline)) Block load(const float *const p)
      {
        return for_parts([&](const int k) __attribute__((always_inline)) {
          return __builtin_convertvector(
              *reinterpret_cast<const FloatPart *>(p + width * k), Part);
        });
      }

      inline __attribute__((always_inline)) void store(double *const p,
                                                       const Block &x)
      {
#pragma GCC unroll 8
        for (int k = 0; k < n_parts; ++k)
          *reinterpret_cast<Part *>(p + width * k) = x.parts[k];
      }

      inline double sum_of(const Block &x)
      {
        double numbers[lanes];
        store(numbers, x);
        return ((numbers[0] + numbers[1]) + (numbers[2] + numbers[3])) +
               ((numbers[4] + numbers[5]) + (numbers[6] + numbers[7]));
      }

      template <class T>
      void sweep(const Triangle<T> &N, const int *const rows,
                 const double *const s, const double *const x, double *const y)
      {
        for (int k = 0; k < N.n_blocks; ++k)
        {
          const int at = lanes * k;
          Block sum = rows ? load(s + at) * gather(x, rows + at) : load(x + at);
          for (int t = N.offsets[k]; t < N.offsets[k + 1]; ++t)
            sum = sum +
                  load(N.values + lanes * t) * gather(y, N.columns + lanes * t);
          store(y + at, sum);
        }
      }

      void multiply(const Triangle<float> &N, const int *const rows,
                    const double *const x, double *const y)
      {
        for (int k = 0; k < N.n_blocks; ++k)
        {
          Block sum = {};
          for (int t = N.offsets[k]; t < N.offsets[k + 1]; ++t)
            sum = sum +
                  load(N.values + lanes * t) * gather(x, N.columns + lanes * t);
          double numbers[lanes];
          store(numbers, sum);
          for (int l = 0; l < lanes; ++l)
            y[rows[lanes * k + l]] = numbers[l];
        }
      }

      double square(const Triangle<double> &N, const double *const w,
                    const double *const x)
      {
        Block sum = {};
        for (int k = 0; k < N.n_blocks; ++k)
        {
          const int at = lanes * k;
          Block entry = load(x + at);
          for (int t = N.offsets[k]; t < N.offsets[k + 1]; ++t)
            entry = entry - load(N.values + lanes * t) *
                                gather(x, N.columns + lanes * t);
          entry = load(w + at) * entry;
          sum = sum + entry * entry;
        }
        return sum_of(sum);
      }

      void directions(const int n, const int *const places, const double beta,
                      const double *const z, const double *const r,
                      const double m, double *const u, double *const q,
                      double *const t)
      {
        for (int i = 0; i < n; i += lanes)
        {
          const Block new_u = gather(z, places + i) + beta * load(u + i);
          const Block new_q = load(r + i) + beta * load(q + i);
          store(u + i, new_u);
          store(q + i, new_q);
          store(t + i, new_q - m * new_u);
        }
      }

      /// Four numbers, in one register or two: parts that are named, not an
      /// array, so that sums of them stay in registers.
      struct Four
      {
        typedef double Pair
            __attribute__((vector_size(16), aligned(8), may_alias));
        typedef double Quad
            __attribute__((vector_size(32), aligned(8), may_alias));

#if NODAL_SWEEPS_WIDTH == 2
        Pair low = {}, high = {};

        inline __attribute__((always_inline)) void add(const double *const v,
                                                       const double x)
        {
          low += *reinterpret_cast<const Pair *>(v) * x;
          high += *reinterpret_cast<const Pair *>(v + 2) * x;
        }

        inline __attribute__((always_inline)) void add(const Four &other)
        {
          low += other.low;
          high += other.high;
        }

        inline __attribute__((always_inline)) void store(double *const to) const
        {
          *reinterpret_cast<Pair *>(to) = low;
          *reinterpret_cast<Pair *>(to + 2) = high;
        }
#else
        Quad all = {};

        inline __attribute__((always_inline)) void add(const double *const v,
                                                       const double x)
        {
          all += *reinterpret_cast<const Quad *>(v) * x;
        }

        inline __attribute__((always_inline)) void add(const Four &other)
        {
          all += other.all;
        }

        inline __attribute__((always_inline)) void store(double *const to) const
        {
          *reinterpret_cast<Quad *>(to) = all;
        }
#endif
      };

      template <int fixed_stride>
      inline __attribute__((always_inline)) void
      products_of_panels(const int n, const int *const offsets,
                         const int *const rows, const int any_stride,
                         const double *const values, const double *const x,
                         double *const result)
      {
        const long stride = fixed_stride > 0 ? fixed_stride : any_stride;
        for (int k = 0; k < n; ++k)
        {
          // Several sums, so that one addition does not wait for the other.
          Four first, second, third, fourth;
          const int end = offsets[k + 1];
          int t = offsets[k];
          const double *v = values + stride * t;
          for (; t + 4 <= end; t += 4, v += 4 * stride)
          {
            first.add(v, x[rows[t]]);
            second.add(v + stride, x[rows[t + 1]]);
            third.add(v + 2 * stride, x[rows[t + 2]]);
            fourth.add(v + 3 * stride, x[rows[t + 3]]);
          }
          for (; t < end; ++t, v += stride)
            first.add(v, x[rows[t]]);
          first.add(second);
          third.add(fourth);
          first.add(third);
          first.store(result + 4 * k);
        }
      }

      void panel_products(const int n, const int *const offsets,
                          const int *const rows, const int stride,
                          const double *const values, const double *const x,
                          double *const result)
      {
        if (stride == 4)
          products_of_panels<4>(n, offsets, rows, 4, values, x, result);
        else
          products_of_panels<0>(n, offsets, rows, stride, values, x, result);
      }

      template <int fixed_stride>
      inline __attribute__((always_inline)) void
      add_panels(const int n, const int *const offsets, const int *const rows,
                 const int any_stride, const double *const values,
                 const double *const factors, double *const x)
      {
        const long stride = fixed_stride > 0 ? fixed_stride : any_stride;
        for (int k = 0; k < n; ++k)
        {
          const double f0 = factors[4 * k], f1 = factors[4 * k + 1],
                       f2 = factors[4 * k + 2], f3 = factors[4 * k + 3];
          const double *v = values + stride * offsets[k];
          for (int t = offsets[k]; t < offsets[k + 1]; ++t, v += stride)
            x[rows[t]] += (v[0] * f0 + v[1] * f1) + (v[2] * f2 + v[3] * f3);
        }
      }

      void panel_add(const int n, const int *const offsets,
                     const int *const rows, const int stride,
                     const double *const values, const double *const factors,
                     double *const x)
      {
        if (stride == 4)
          add_panels<4>(n, offsets, rows, 4, values, factors, x);
        else
          add_panels<0>(n, offsets, rows, stride, values, factors, x);
      }

      double product(const int n, const double *const q, const double *const u,
                     const double *const v)
      {
        Block sum = {};
        for (int i = 0; i < n; i += lanes)
          sum = sum + load(q + i) * (load(u + i) + load(v + i));
        return sum_of(sum);
      }

      double step(const int n, const double alpha, const double *const u,
                  const double *const v, double *const x, double *const r)
      {
        Block sum = {};
        for (int i = 0; i < n; i += lanes)
        {
          const Block direction = load(u + i);
          const Block rest = load(r + i) - alpha * (direction + load(v + i));
          store(x + i, load(x + i) + alpha * direction);
          store(r + i, rest);
          sum = sum + rest * rest;
        }
        return sum_of(sum);
      }
    } // namespace

    const Kernels &NODAL_SWEEPS_TARGET()
    {
      static const Kernels result = {
          sweep<float>,   sweep<double>, multiply, square, directions,
          panel_products, panel_add,     product,  step};
      return result;
    }
  } // namespace sweeps
} // namespace nodal
