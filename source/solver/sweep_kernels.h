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
     * not depend on each other, or any sparse matrix. Block k has the entries
     * offsets[k] … offsets[k
     * + 1], each of them a column and a value per row: entry t of row l of the
     * block is at lanes t + l. Entries that fill up a row are zero.
     */
    template <class T>
    struct Triangle
    {
      int n_blocks;
      const int *offsets;
      const int *columns;
      const T *values;
    };

    /// Vectors of @p n numbers have a multiple of @p lanes; panels are any
    /// number. tests/solver/
    /// triangular_sweep.cc compares all with plain loops.
    struct Kernels
    {
      /// y = (I − N)⁻¹ (s ⊙ x[rows]), block by block; without rows, of x.
      void (*sweep_float)(const Triangle<float> &N, const int *rows,
                          const double *s, const double *x, double *y);
      void (*sweep_double)(const Triangle<double> &N, const int *rows,
                           const double *s, const double *x, double *y);

      /// y[rows] = N x, block by block; rows that occur twice are the same.
      void (*multiply)(const Triangle<float> &N, const int *rows,
                       const double *x, double *y);

      /// ‖w ⊙ (x − N x)‖₂², block by block.
      double (*square)(const Triangle<double> &N, const double *w,
                       const double *x);

      /// u ← z[places] + β u, q ← r + β q, t = q − m u.
      void (*directions)(int n, const int *places, double beta, const double *z,
                         const double *r, double m, double *u, double *q,
                         double *t);

      /// For panel k of @p n, of four columns whose rows are those at
      /// offsets[k] … offsets[k + 1], the four products with x: result[4 k] and
      /// on. The values of a row begin @p stride after those before.
      void (*panel_products)(int n, const int *offsets, const int *rows,
                             int stride, const double *values, const double *x,
                             double *result);

      /// x ← x + panels × factors, four for each panel.
      void (*panel_add)(int n, const int *offsets, const int *rows, int stride,
                        const double *values, const double *factors, double *x);

      /// q · (u + v)
      double (*product)(int n, const double *q, const double *u,
                        const double *v);

      /// x ← x + α u and r ← r − α (u + v); returns r · r.
      double (*step)(int n, double alpha, const double *u, const double *v,
                     double *x, double *r);
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
