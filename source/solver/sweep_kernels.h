// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_sweep_kernels_h
#define nodal_source_solver_sweep_kernels_h

// Included by files that are compiled for one kind of processor each: no
// standard header here, whose inline functions the linker might share.

namespace nodal
{
  namespace sweeps
  {
    /// Rows in one block: what eight numbers in double precision at once need.
    constexpr int lanes = 8;

    /**
     * A strictly lower triangular matrix N by blocks of @p lanes rows that do
     * not depend on each other. Block k has the entries offsets[k] … offsets[k
     * + 1], each of them a column and a value per row: entry t of row l of the
     * block is at lanes t + l. Entries that fill up a row are zero.
     */
    struct Triangle
    {
      int n_blocks;
      const int *offsets;
      const int *columns;
      const float *values;
    };

    /// tests/solver/incomplete_cholesky.cc compares them with plain loops.
    struct Kernels
    {
      /// y = (I − N)⁻¹ (s ⊙ x[rows]), block by block.
      void (*sweep)(const Triangle &N, const int *rows, const double *s,
                    const double *x, double *y);
    };

    /// The kernels for the processor that runs this.
    const Kernels &kernels();

    // One for each kind of processor.
    const Kernels &generic_kernels();
    const Kernels &avx2_kernels();
    const Kernels &avx512_kernels();
  } // namespace sweeps
} // namespace nodal

#endif
