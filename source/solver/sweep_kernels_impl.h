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
      static const Kernels result = {sweep<float>, sweep<double>, square,
                                     directions,   product,       step};
      return result;
    }
  } // namespace sweeps
} // namespace nodal
