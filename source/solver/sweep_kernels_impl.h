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

      /// sum + Σ_t values y[columns] of block @p k.
      inline __attribute__((always_inline)) Block
      add_block(const Triangle &N, const int k, const double *const y,
                Block sum)
      {
        for (int t = N.offsets[k]; t < N.offsets[k + 1]; ++t)
          sum += __builtin_convertvector(*reinterpret_cast<const FloatBlock *>(
                                             N.values + lanes * t),
                                         Block) *
                 gather(y, N.columns + lanes * t);
        return sum;
      }

      void sweep(const Triangle &N, const int *const rows,
                 const double *const s, const double *const x, double *const y)
      {
        for (int k = 0; k < N.n_blocks; ++k)
        {
          const int at = lanes * k;
          const Block load =
              *reinterpret_cast<const Block *>(s + at) * gather(x, rows + at);
          *reinterpret_cast<Block *>(y + at) = add_block(N, k, y, load);
        }
      }
    } // namespace

    const Kernels &NODAL_SWEEPS_TARGET()
    {
      static const Kernels result = {sweep};
      return result;
    }
  } // namespace sweeps
} // namespace nodal
