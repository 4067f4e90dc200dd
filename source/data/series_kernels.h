// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_series_kernels_h
#define nodal_source_data_series_kernels_h

// Included by files that are compiled for one kind of processor each: no
// standard header here, whose inline functions the linker might share.

namespace nodal
{
  namespace series
  {
    constexpr int block_size = 8; ///< points in the lanes of a block
    constexpr int most_modes = 256;

    /**
     * Sums and maps over blocks of points. A point has one order of
     * operations, whatever its block, so that its value is the same to the
     * bit in every set of points.
     */
    struct Kernels
    {
      /// out = Σ_k c_k Π_d T_{k_d}(t_d) with @p n_modes^dim coefficients, the
      /// last direction fastest; t holds dim × block_size numbers per block.
      void (*sum_2d)(long n_blocks, const double *t, const double *c,
                     int n_modes, double *out);
      void (*sum_3d)(long n_blocks, const double *t, const double *c,
                     int n_modes, double *out);

      /// x = exp(mean + deviation x) for n numbers, to about one unit in the
      /// last place; infinity from exp(709) on, 0 below exp(-708).
      void (*log_normal)(long n, double mean, double deviation, double *x);
    };

    const Kernels &generic_kernels();
    const Kernels &avx2_kernels();
    const Kernels &avx512_kernels();

    /// The best that this processor has.
    const Kernels &kernels();
  } // namespace series
} // namespace nodal

#endif
