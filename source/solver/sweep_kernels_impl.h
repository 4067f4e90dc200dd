// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernels of sweep_kernels.h for one kind of processor, whose name
// NODAL_SWEEPS_TARGET the including file defines.
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
      typedef double Block
          __attribute__((vector_size(8 * lanes), aligned(8), may_alias));
      typedef float FloatBlock
          __attribute__((vector_size(4 * lanes), aligned(4), may_alias));

      inline __attribute__((always_inline)) Block gather(const double *const x,
                                                         const int *const at)
      {
        return Block{x[at[0]], x[at[1]], x[at[2]], x[at[3]],
                     x[at[4]], x[at[5]], x[at[6]], x[at[7]]};
      }

      inline __attribute__((always_inline)) Block load(const double *const p)
      {
        return *reinterpret_cast<const Block *>(p);
      }

      inline __attribute__((always_inline)) Block load(const float *const p)
      {
        return __builtin_convertvector(*reinterpret_cast<const FloatBlock *>(p),
                                       Block);
      }

      inline __attribute__((always_inline)) void store(double *const p,
                                                       const Block x)
      {
        *reinterpret_cast<Block *>(p) = x;
      }

      inline double sum_of(const Block x)
      {
        return ((x[0] + x[1]) + (x[2] + x[3])) +
               ((x[4] + x[5]) + (x[6] + x[7]));
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
            sum +=
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
            entry -=
                load(N.values + lanes * t) * gather(x, N.columns + lanes * t);
          entry *= load(w + at);
          sum += entry * entry;
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
          sum += load(q + i) * (load(u + i) + load(v + i));
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
          sum += rest * rest;
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
