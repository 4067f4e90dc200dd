// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_learn_row_kernels_h
#define nodal_learn_row_kernels_h

// Included by files that are compiled for one kind of processor each: no
// standard header here, whose inline functions the linker might share.

namespace nodal
{
  namespace rows
  {
    /**
     * For each row i from first to last: the entries from offsets[i] to
     * offsets[i + 1], which stand for edge edges[t] (t itself if null) and
     * node nodes[t].
     */
    struct Lists
    {
      const int *offsets;
      const int *edges;
      const int *nodes;
    };

    /**
     * Loops of graph networks over rows of numbers: a row belongs to a node or
     * an edge and holds its channels. All arrays are row-major and contiguous.
     * A row of a result is the same to the bit whatever rows are computed
     * beside it, so that neither threads nor ranks change it.
     *
     * tests/learn/row_kernels.cc compares them with plain loops.
     */
    template <class T>
    struct Kernels
    {
      /// y = x w + bias for m rows; w is k × n, bias may be null.
      void (*times)(int m, int k, int n, const T *x, const T *w, const T *bias,
                    T *y);

      /// g += xᵀ y for m rows of x (k numbers) and y (n); g is k × n.
      void (*transposed_times)(int m, int k, int n, const T *x, const T *y,
                               T *g);

      /// For edges t of rows [first, last): before_t = p_row + q_source +
      /// features_t w, of @p n channels, and after_t = silu(before_t).
      void (*edge_hidden)(int first, int last, Lists lists, int n_features,
                          int n, const T *p, const T *q, const T *features,
                          const T *w, T *before, T *after);

      /// y_i = own_i ⊙ x_i + Σ_t weights_edge ⊙ x_node, n channels each.
      void (*weighted_sum)(int first, int last, Lists lists, int n,
                           const T *weights, const T *own, const T *x, T *y);

      /// The same with one weight for all channels of an entry.
      void (*scalar_sum)(int first, int last, Lists lists, int n,
                         const T *weights, const T *x, T *y);

      /// y_i = Σ_t x_edge.
      void (*edge_sum)(int first, int last, Lists lists, int n, const T *x,
                       T *y);

      /// For edges t of rows [first, last): y_t = a_row ⊙ b_source.
      void (*edge_products)(int first, int last, Lists lists, int n, const T *a,
                            const T *b, T *y);

      /// y = silu(x) = x / (1 + exp(−x)).
      void (*silu)(long n, const T *x, T *y);

      /// dx = dy silu'(x).
      void (*silu_gradient)(long n, const T *x, const T *dy, T *dx);
    };

    /// The kernels for the processor that runs this.
    template <class T>
    const Kernels<T> &kernels();

    // One for each kind of processor.
    const Kernels<float> &generic_kernels(float);
    const Kernels<double> &generic_kernels(double);
    const Kernels<float> &avx2_kernels(float);
    const Kernels<double> &avx2_kernels(double);
    const Kernels<float> &avx512_kernels(float);
    const Kernels<double> &avx512_kernels(double);
  } // namespace rows
} // namespace nodal

#endif
