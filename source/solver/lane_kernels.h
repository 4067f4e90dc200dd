// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_kernels_h
#define nodal_source_solver_lane_kernels_h

// Included by files that are compiled for one kind of processor each: no
// standard header here, whose inline functions the linker might share.

namespace nodal
{
  namespace lanes
  {
    /// How the matrix of a cell is stored.
    enum Form
    {
      /// K symmetric with zero row sums, C = 0: the n(n−1)/2 entries of rows
      /// and columns 1…n−1, row by row from the diagonal on.
      difference_form,
      /// K and C symmetric: the upper triangles of K, then of C.
      affine_form,
      /// No cells: the matrix of the level is assembled; see LaneRows.
      row_form
    };

    /// Number of values that @p form stores per cell with @p n unknowns.
    constexpr int n_values(const Form form, const int n)
    {
      return form == difference_form ? n * (n - 1) / 2 : n * (n + 1);
    }

    /// Number of diagonal entries per cell: those of K, and of C.
    constexpr int n_diagonals(const Form form, const int n)
    {
      return form == difference_form ? n : 2 * n;
    }

    /// Whether cells of this kind come in runs; see LaneRuns.
    constexpr bool has_runs(const Form form, const int n)
    {
      return form == difference_form && (n == 3 || n == 4);
    }

    /**
     * The cells of one level in the order of a sweep: in block b first the
     * nodes up to ready[b] are prepared, then the cells from cells[b] to
     * cells[b+1] add their products to a ring of accumulators, then the nodes
     * from nodes[b] to nodes[b+1], whose sums are complete, are finished. The
     * ring is zero before and after.
     */
    template <class T>
    struct Sweep
    {
      int n_nodes, n_blocks;
      int ring; ///< length of the ring minus one; the length is a power of 2
      const int *nodes, *cells, *ready;
      /// Where there are runs, those of block b are run_offsets[b] …
      /// run_offsets[b+1], each of run_lengths cells.
      const int *run_offsets, *run_lengths;
      /// 2n per cell: where its nodes are in a vector of S lanes, node·S, then
      /// where in the ring.
      const unsigned int *places;
      const T *values; ///< n_values() per cell
      /// 1 for free nodes of this rank, 0 for constrained and other ranks'
      /// ones.
      const T *mask;
      /// In row_form the entries above the diagonal of row i are row_offsets[i]
      /// … row_offsets[i+1], two places for each; in the array of values of
      /// all lanes its row sum comes before them. No cells, runs and values.
      const int *row_offsets;
    };

    /**
     * Interpolation from the next coarser level, rows of this one: with the
     * same weights in all lanes, or, if lane_rows is not null, others in
     * each. Then a row has one, two or four entries, whose sum is one; of its
     * weights all but the last are given, from lane_rows[i] on.
     */
    struct Transfer
    {
      const int *offsets, *columns;
      const float *weights;
      const int *lane_rows;
      const float *lane_weights;
    };

    /**
     * Four children of a triangle or quadrilateral and their nodes: corners,
     * then middles of edges, then that of the quadrilateral. Edges are given by
     * their ends, children by their nodes, those at the corners first.
     */
    template <int N>
    struct Patch;

    template <>
    struct Patch<3>
    {
      static constexpr int n_nodes = 6;
      static constexpr int edges[3][2] = {{0, 1}, {1, 2}, {2, 0}};
      static constexpr int children[4][3] = {
          {0, 3, 5}, {1, 4, 3}, {2, 5, 4}, {3, 4, 5}};
    };

    template <>
    struct Patch<4>
    {
      static constexpr int n_nodes = 9;
      static constexpr int edges[4][2] = {{0, 1}, {2, 3}, {0, 2}, {1, 3}};
      static constexpr int children[4][4] = {
          {0, 4, 6, 8}, {4, 1, 8, 7}, {6, 8, 2, 5}, {8, 7, 5, 3}};
    };

    /// The cells of a coarse level as patches of their four children of the
    /// next finer one; see LanePatches.
    struct Patches
    {
      int n_patches, n_edges;
      /// Where the couplings of the children are; if there are values, where
      /// the coefficients are that those are to be multiplied with.
      const int *places;
      const float *values;
      /// For each edge of a patch twice its number, plus one if its first end
      /// comes last there.
      const int *edges;
      /// Places of weights in Transfer::lane_weights, or -1.
      const int *edge_weights, *centre_weights;
    };

    /// The lower triangle of a sparse factorisation L D Lᵀ.
    struct Factor
    {
      int n;
      const int *offsets; ///< entries of column k: offsets[k] … offsets[k+1]
      const int *rows;    ///< of each entry
      /// For column k and each pair of its entries e₁ ≤ e₂: the place of entry
      /// (row e₂, row e₁) among diagonal (first n) and lower entries.
      const int *targets;
      const int *target_offsets; ///< n
    };

    /// A matrix as a sum over cells: the entries of cell c are
    /// offsets[c] … offsets[c+1], values × coefficient (+ base).
    struct CellSum
    {
      int n_cells, n_entries;
      const int *offsets, *positions;
      const float *values;
      const float *base; ///< n_entries, or null
    };

    /// What the sweeps of one level work on; lanes innermost, so entry
    /// (node, lane) is at node·S + lane. Corrections and directions are zero
    /// at constrained nodes.
    struct LevelVectors
    {
      const float *coefficient;      ///< or, in row_form, the matrix
      const float *inverse_diagonal; ///< 0 at constrained nodes
      float *r, *z;
      float *coarse_r;       ///< of the next coarser level
      const float *coarse_z; ///< of the next coarser level
      float *ring;
    };

    /// Those of conjugate gradients on the finest level. The solution is in
    /// double precision: rounded to single, it would have a residual far
    /// above that of the iteration where coefficients differ much.
    struct KrylovVectors
    {
      float *p, *q;
      double *x;
    };

    /**
     * Kernels for S samples in lanes and one kind of cells. Their reference
     * is the dense arithmetic of tests/solver/lane_kernels.cc. Sums over nodes
     * are double, one per lane.
     */
    struct Kernels
    {
      int lanes, n;
      Form form;

      /// inverse = mask / D, where D has the sums of the entries of all cells,
      /// n_diagonals() of each. Null in row_form.
      void (*diagonal)(const Sweep<float> &, const float *cells,
                       const float *coefficient, float *inverse);

      /// r = b − A z, where @p step damps nothing yet: z = ω₁ D⁻¹ r, then
      /// z += ω₂ D⁻¹ (r − A z). With @p krylov first r −= α q, x += α' p,
      /// where α' is in @p step, and @p norm_squared = Σ mask r².
      void (*smooth_from_zero)(const Sweep<float> &, const LevelVectors &,
                               const float omega[2],
                               const KrylovVectors *krylov, const float *alpha,
                               const double *step, double *norm_squared);

      /// coarse_r += Pᵀ mask (r − A z); coarse_r comes as zero.
      void (*restrict_residual)(const Sweep<float> &, const Transfer &,
                                const LevelVectors &);

      /// z += P coarse_z, then z += ω D⁻¹ (r − A z).
      void (*prolong_and_smooth)(const Sweep<float> &, const Transfer &,
                                 const LevelVectors &, float omega);

      /// z += ω D⁻¹ (r − A z); @p rz, if not null, = Σ mask r z.
      void (*smooth)(const Sweep<float> &, const LevelVectors &, float omega,
                     double *rz);

      /// p = z + β p, q = mask A p, @p pq = Σ p q.
      void (*direction)(const Sweep<float> &, const LevelVectors &,
                        const KrylovVectors &, const float *beta, double *pq);

      /// r = scale · mask (f − A x), @p norm_squared = Σ (mask (f − A x))²;
      /// x is zero if null.
      /// @p f has one value per node for all lanes if @p is_shared. Null in
      /// row_form: true residuals come from the cells.
      void (*residual)(const Sweep<double> &, const double *coefficient,
                       const double *x, const double *f, bool is_shared,
                       const double *scale, float *r, double *ring,
                       double *norm_squared);

      /// to[k·S + lane] = from[lane][index[k]], k < n, and the same in single
      /// precision in @p single. Returns bit by bit the lanes that
      /// have something else than a positive number.
      unsigned int (*gather)(int n, const int *index, const double *const *from,
                             double *to, float *single);

      /// to[index[k]·S + lane] = from[lane][k], k < n. Returns whether not all
      /// of these are zero, in bit 1 where @p mask[index[k]] is not zero, in
      /// bit 0 elsewhere.
      unsigned int (*distribute)(int n, const int *index,
                                 const double *const *from, const float *mask,
                                 double *to);

      /// to[lane][k] = from[index[k]·S + lane], k < n, of the first n_lanes.
      void (*collect)(int n, const int *index, const double *from, int n_lanes,
                      double *const *to);

      /// entries = base + Σ_c coefficient_c values_c
      void (*add_cells)(const CellSum &, const float *coefficient,
                        float *entries);

      /// Factorise in place: entries hold diagonal and lower triangle.
      void (*factorise)(const Factor &, float *entries);

      /// x = (L D Lᵀ)⁻¹ x
      void (*solve)(const Factor &, const float *entries, float *x);

      /// coarse = (Σ over children of weight · √fine)², children of cell c
      /// being offsets[c] … offsets[c+1].
      void (*average)(int n_coarse, const int *offsets, const int *children,
                      const float *weights, const float *fine, float *coarse);

      /// The weights of interpolation and the couplings of coarse cells from
      /// what @p fine holds, with scratch for two values per edge. Null for
      /// other cells than linear triangles and quadrilaterals in
      /// difference_form, as is the next.
      void (*coarsen)(const Patches &, const float *fine, float *scratch,
                      float *weights, float *coarse);

      /// inverse = mask / D from couplings, where the cells' diagonals in D are
      /// enlarged by a bound of the spectrum of their D⁻¹K: with the trace of
      /// that and of its square it is at most m + √((n−2)/(n−1) (tr − n m)),
      /// m = n/(n−1) (Samuelson's inequality).
      void (*bounded_diagonal)(int n_nodes, int n_cells, const int *nodes,
                               const float *couplings, const float *mask,
                               float *inverse);
    };

    /// The kernels for a kind of cells, or null if there are none; in
    /// row_form @p n does not count.
    const Kernels *generic_kernels(int lanes, int n, Form form);
    const Kernels *avx2_kernels(int lanes, int n, Form form);
    const Kernels *avx512_kernels(int lanes, int n, Form form);
  } // namespace lanes
} // namespace nodal

#endif
