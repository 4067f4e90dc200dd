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

    /// See SeriesGrid: grid points that count in each direction, the multiple
    /// that rows of the grid are padded to, with as many zeros behind.
    constexpr int grid_reach = 12, grid_row_padding = 16;

    /// The width of rows of @p n numbers with padding to multiples of @p m.
    constexpr unsigned int padded_width(const unsigned int n,
                                        const unsigned int m)
    {
      return (n + m - 1) / m * m;
    }

    /// Numbers that a point has there: reach for each direction, the last one
    /// with zeros behind.
    constexpr int grid_weights(const int dim)
    {
      return (dim - 1) * grid_reach + grid_row_padding;
    }

    /// See SeriesExpansions: terms of an expansion, strips for each mode.
    constexpr int strip_terms(const int dim)
    {
      return dim == 2 ? 7 : 5;
    }
    constexpr int strips_per_mode(const int dim)
    {
      return dim == 2 ? 10 : 37;
    }

    /// The last term but one in 3d has this multiple of T_{strip_terms} taken
    /// off. With z = kh/2 for mode k on strips of width h, what the expansion
    /// leaves out begins with z^5 / 1920 (1 - 0.87 Z² / z²), Z being the
    /// largest z, which is nowhere above 0.13 Z^5 / 1920.
    constexpr double strip_correction =
        0.87 * (1.5707963267948966 / strips_per_mode(3)) *
        (1.5707963267948966 / strips_per_mode(3)) /
        (4 * strip_terms(3) * (strip_terms(3) - 1));

    /**
     * Sums and maps over blocks of points. A point has one order of
     * operations, whatever its block, so that its value is the same to the
     * bit in every set of points, on one kind of processor.
     */
    struct Kernels
    {
      /// out = Σ_k c_k Π_d T_{k_d}(t_d) with @p n_modes^dim coefficients, the
      /// last direction fastest; t holds dim × block_size numbers per block.
      void (*sum_2d)(long n_blocks, const double *t, const double *c,
                     int n_modes, double *out);
      void (*sum_3d)(long n_blocks, const double *t, const double *c,
                     int n_modes, double *out);

      /// out = Σ_l T_l(t) Σ_i c_il φ_i(s) with strip_terms rows of c, l <
      /// n_modes^(dim − 1) in rows of @p width, T_l the product over directions
      /// but the first, φ the strip's terms; x holds block_size numbers s and
      /// as many t of each of those directions per block.
      void (*sum_strip_2d)(long n_blocks, const double *x, const double *c,
                           int n_modes, int width, double *out);
      void (*sum_strip_3d)(long n_blocks, const double *x, const double *c,
                           int n_modes, int width, double *out);

      /// out = φ_0 … φ_{strip_terms−1} of n numbers s, as tabulate has T_k.
      void (*tabulate_strip_2d)(long n, const double *s, double *out);
      void (*tabulate_strip_3d)(long n, const double *s, double *out);

      /// out = T_0 … T_{n_modes−1} of n numbers, n a multiple of block_size;
      /// row k has those of T_k.
      void (*tabulate)(long n, const double *t, int n_modes, double *out);

      /// C = A B for m × k times k × n matrices by rows, n a multiple of
      /// block_size; rows of A have @p width numbers.
      void (*multiply)(int m, int k, int n, const double *A, int width,
                       const double *B, double *C);

      /// out = Σ_jl w_j v_l grid(first + (j, l)) for points with grid_weights()
      /// weights each, on a grid of n_points rows of @p width.
      void (*interpolate_2d)(long n, const int *first, const double *weights,
                             int n_points, int width, const double *grid,
                             double *out);
      void (*interpolate_3d)(long n, const int *first, const double *weights,
                             int n_points, int width, const double *grid,
                             double *out);

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
