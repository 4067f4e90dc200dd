// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernels of lane_kernels.h for one kind of processor, whose name
// NODAL_LANES_TARGET the including file defines, and NODAL_LANES_WIDE if its
// registers hold 16 floats. Everything is local to it.
//
// What limits them: a sweep over quadrilaterals does 18 vector operations per
// cell and reads about five vectors per node, so it runs at the bandwidth of
// the cache in which S lanes of all vectors fit.
#include "lane_kernels.h"

namespace nodal
{
  namespace lanes
  {
    namespace
    {
#define NODAL_INLINE inline __attribute__((always_inline))

      template <class T, int S>
      struct Simd
      {
        static constexpr int size = S * sizeof(T);
        typedef T type
            __attribute__((vector_size(size), aligned(size < 64 ? size : 64)));
      };

      template <int S>
      using Floats = typename Simd<float, S>::type;
      template <int S>
      using Doubles = typename Simd<double, S>::type;

      template <class T, int S>
      NODAL_INLINE typename Simd<T, S>::type *as_lanes(T *p)
      {
        return reinterpret_cast<typename Simd<T, S>::type *>(p);
      }

      template <class T, int S>
      NODAL_INLINE const typename Simd<T, S>::type *as_lanes(const T *p)
      {
        return reinterpret_cast<const typename Simd<T, S>::type *>(p);
      }

      template <int S>
      NODAL_INLINE Doubles<S> widen(const Floats<S> x)
      {
        return __builtin_convertvector(x, Doubles<S>);
      }

      /// Add the products of one cell to the ring.
      template <class T, int S, int N, Form form>
      NODAL_INLINE void add_cell(const int *const nodes, const T *const values,
                                 const typename Simd<T, S>::type a,
                                 const typename Simd<T, S>::type *const x,
                                 typename Simd<T, S>::type *const sums,
                                 const int ring)
      {
        using V = typename Simd<T, S>::type;
        if constexpr (form == difference_form)
        {
          const V x0 = x[nodes[0]];
          V d[N - 1];
#pragma GCC unroll 8
          for (int j = 0; j < N - 1; ++j)
            d[j] = x[nodes[j + 1]] - x0;
          V y0 = {};
#pragma GCC unroll 8
          for (int i = 0; i < N - 1; ++i)
          {
            V y = {};
#pragma GCC unroll 8
            for (int j = 0; j < N - 1; ++j)
            {
              const int low = i < j ? i : j, high = i < j ? j : i;
              y += values[low * (N - 1) - low * (low - 1) / 2 + high - low] *
                   d[j];
            }
            y *= a;
            sums[nodes[i + 1] & ring] += y;
            y0 -= y;
          }
          sums[nodes[0] & ring] += y0;
        }
        else
        {
          constexpr int half = N * (N + 1) / 2;
          V d[N];
#pragma GCC unroll 8
          for (int j = 0; j < N; ++j)
            d[j] = x[nodes[j]];
#pragma GCC unroll 8
          for (int i = 0; i < N; ++i)
          {
            V y = {}, c = {};
#pragma GCC unroll 8
            for (int j = 0; j < N; ++j)
            {
              const int low = i < j ? i : j, high = i < j ? j : i;
              const int k = low * N - low * (low - 1) / 2 + high - low;
              y += values[k] * d[j];
              c += values[half + k] * d[j];
            }
            sums[nodes[i] & ring] += a * y + c;
          }
        }
      }

      /// The one loop over a level: @p work prepares and finishes nodes.
      template <class T, int S, int N, Form form, class Work>
      NODAL_INLINE void sweep(const Sweep<T> &s, const T *coefficient,
                              const T *vector, T *ring_memory, Work &work)
      {
        using V = typename Simd<T, S>::type;
        const V *const a = as_lanes<T, S>(coefficient);
        const V *const x = as_lanes<T, S>(vector);
        V *const sums = as_lanes<T, S>(ring_memory);
        const int ring = s.ring;
        constexpr int n_stored = n_values(form, N);
        int ready = 0;
        for (int b = 0; b < s.n_blocks; ++b)
        {
          for (; ready < s.ready[b]; ++ready)
          {
            sums[ready & ring] = V{};
            work.prepare(ready);
          }
          const int end = s.cells[b + 1];
          for (int c = s.cells[b]; c < end; ++c)
            add_cell<T, S, N, form>(s.cell_nodes + c * N,
                                    s.values + long(c) * n_stored, a[c], x,
                                    sums, ring);
          const int last = s.nodes[b + 1];
          for (int i = s.nodes[b]; i < last; ++i)
            work.finish(i, sums[i & ring]);
          work.end_block();
        }
      }

      /// The diagonal needs no vector, so it has a loop of its own.
      template <int S, int N, Form form>
      void diagonal(const Sweep<float> &s, const float *coefficient,
                    float *inverse)
      {
        using V = Floats<S>;
        const V *const a = as_lanes<float, S>(coefficient);
        V *const d = as_lanes<float, S>(inverse);
        for (int i = 0; i < s.n_nodes; ++i)
          d[i] = V{};
        const int n_cells = s.cells[s.n_blocks];
        for (int c = 0; c < n_cells; ++c)
        {
          const float *const k = s.values + long(c) * n_values(form, N);
          const int *const nodes = s.cell_nodes + c * N;
          if constexpr (form == difference_form)
          {
            float first = 0;
            for (int i = 0; i < N - 1; ++i)
              for (int j = i; j < N - 1; ++j)
              {
                const float entry = k[i * (N - 1) - i * (i - 1) / 2 + j - i];
                first += i == j ? entry : 2 * entry;
                if (i == j)
                  d[nodes[i + 1]] += entry * a[c];
              }
            d[nodes[0]] += first * a[c];
          }
          else
            for (int i = 0; i < N; ++i)
            {
              const int at = i * N - i * (i - 1) / 2;
              d[nodes[i]] += k[at] * a[c];
              d[nodes[i]] += V{} + k[N * (N + 1) / 2 + at];
            }
        }
        for (int i = 0; i < s.n_nodes; ++i)
          d[i] = s.mask[i] != 0 ? 1 / d[i] : V{};
      }

      template <int S>
      struct NoSums
      {
        NODAL_INLINE void end_block()
        {
        }
      };

      /// Sums of a block in float, of all blocks in double.
      template <int S>
      struct Sums
      {
        Floats<S> block = {};
        Doubles<S> total = {};

        NODAL_INLINE void end_block()
        {
          total += widen<S>(block);
          block = Floats<S>{};
        }
      };

      template <int S, bool has_krylov>
      struct FromZero : Sums<S>
      {
        using V = Floats<S>;
        float omega0, omega1;
        const V *d;
        V *r, *z, *q, *p, *u;
        V alpha;

        NODAL_INLINE void prepare(const int i)
        {
          V residual = r[i];
          if constexpr (has_krylov)
          {
            residual -= alpha * q[i];
            r[i] = residual;
            u[i] += alpha * p[i];
            this->block += residual * residual;
          }
          z[i] = omega0 * d[i] * residual;
        }

        NODAL_INLINE void finish(const int i, const V sum)
        {
          z[i] += omega1 * d[i] * (r[i] - sum);
        }
      };

      template <int S, int N, Form form>
      void smooth_from_zero(const Sweep<float> &s, const LevelVectors &v,
                            const float omega[2], const KrylovVectors *krylov,
                            const float *alpha, double *norm_squared)
      {
        const auto set = [&](auto &work)
        {
          work.omega0 = omega[0];
          work.omega1 = omega[1];
          work.d = as_lanes<float, S>(v.inverse_diagonal);
          work.r = as_lanes<float, S>(v.r);
          work.z = as_lanes<float, S>(v.z);
        };
        if (!krylov)
        {
          FromZero<S, false> work;
          set(work);
          sweep<float, S, N, form>(s, v.coefficient, v.z, v.ring, work);
          return;
        }
        FromZero<S, true> work;
        set(work);
        work.q = as_lanes<float, S>(krylov->q);
        work.p = as_lanes<float, S>(krylov->p);
        work.u = as_lanes<float, S>(krylov->u);
        work.alpha = *as_lanes<float, S>(alpha);
        sweep<float, S, N, form>(s, v.coefficient, v.z, v.ring, work);
        *as_lanes<double, S>(norm_squared) = work.total;
      }

      template <int S>
      struct Restrict : NoSums<S>
      {
        using V = Floats<S>;
        const float *mask;
        const Transfer *transfer;
        const V *r;
        V *coarse;

        NODAL_INLINE void prepare(const int)
        {
        }

        NODAL_INLINE void finish(const int i, const V sum)
        {
          const V residual = mask[i] * (r[i] - sum);
          const int end = transfer->offsets[i + 1];
          for (int k = transfer->offsets[i]; k < end; ++k)
            coarse[transfer->columns[k]] += transfer->weights[k] * residual;
        }
      };

      template <int S, int N, Form form>
      void restrict_residual(const Sweep<float> &s, const Transfer &transfer,
                             const LevelVectors &v)
      {
        Restrict<S> work;
        work.mask = s.mask;
        work.transfer = &transfer;
        work.r = as_lanes<float, S>(v.r);
        work.coarse = as_lanes<float, S>(v.coarse_r);
        sweep<float, S, N, form>(s, v.coefficient, v.z, v.ring, work);
      }

      template <int S>
      struct Prolong : NoSums<S>
      {
        using V = Floats<S>;
        float omega;
        const Transfer *transfer;
        const V *d, *r, *coarse;
        V *z;

        NODAL_INLINE void prepare(const int i)
        {
          V sum = z[i];
          const int end = transfer->offsets[i + 1];
          for (int k = transfer->offsets[i]; k < end; ++k)
            sum += transfer->weights[k] * coarse[transfer->columns[k]];
          z[i] = sum;
        }

        NODAL_INLINE void finish(const int i, const V sum)
        {
          z[i] += omega * d[i] * (r[i] - sum);
        }
      };

      template <int S, int N, Form form>
      void prolong_and_smooth(const Sweep<float> &s, const Transfer &transfer,
                              const LevelVectors &v, const float omega)
      {
        Prolong<S> work;
        work.omega = omega;
        work.transfer = &transfer;
        work.d = as_lanes<float, S>(v.inverse_diagonal);
        work.r = as_lanes<float, S>(v.r);
        work.z = as_lanes<float, S>(v.z);
        work.coarse = as_lanes<float, S>(v.coarse_z);
        sweep<float, S, N, form>(s, v.coefficient, v.z, v.ring, work);
      }

      template <int S>
      struct Smooth : Sums<S>
      {
        using V = Floats<S>;
        float omega;
        const V *d, *r;
        V *z;

        NODAL_INLINE void prepare(const int)
        {
        }

        NODAL_INLINE void finish(const int i, const V sum)
        {
          const V residual = r[i];
          const V x = z[i] + omega * d[i] * (residual - sum);
          z[i] = x;
          this->block += residual * x;
        }
      };

      template <int S, int N, Form form>
      void smooth(const Sweep<float> &s, const LevelVectors &v,
                  const float omega, double *rz)
      {
        Smooth<S> work;
        work.omega = omega;
        work.d = as_lanes<float, S>(v.inverse_diagonal);
        work.r = as_lanes<float, S>(v.r);
        work.z = as_lanes<float, S>(v.z);
        sweep<float, S, N, form>(s, v.coefficient, v.z, v.ring, work);
        if (rz)
          *as_lanes<double, S>(rz) = work.total;
      }

      template <int S>
      struct Direction : Sums<S>
      {
        using V = Floats<S>;
        V beta;
        const V *z;
        V *p, *q;
        const float *mask;

        NODAL_INLINE void prepare(const int i)
        {
          p[i] = z[i] + beta * p[i];
        }

        NODAL_INLINE void finish(const int i, const V sum)
        {
          const V y = mask[i] * sum;
          q[i] = y;
          this->block += p[i] * y;
        }
      };

      template <int S, int N, Form form>
      void direction(const Sweep<float> &s, const LevelVectors &v,
                     const KrylovVectors &krylov, const float *beta, double *pq)
      {
        Direction<S> work;
        work.beta = *as_lanes<float, S>(beta);
        work.z = as_lanes<float, S>(v.z);
        work.p = as_lanes<float, S>(krylov.p);
        work.q = as_lanes<float, S>(krylov.q);
        work.mask = s.mask;
        sweep<float, S, N, form>(s, v.coefficient, krylov.p, v.ring, work);
        *as_lanes<double, S>(pq) = work.total;
      }

      template <int S>
      struct Residual
      {
        using V = Doubles<S>;
        V *x, *r;
        const Floats<S> *u;
        V scale;
        const double *f, *mask;
        bool is_shared;
        V total = {};

        NODAL_INLINE void prepare(const int i)
        {
          if (u)
            x[i] += scale * widen<S>(u[i]);
        }

        NODAL_INLINE void finish(const int i, const V sum)
        {
          const V right = is_shared ? V{} + f[i] : as_lanes<double, S>(f)[i];
          const V residual = mask[i] * (right - sum);
          r[i] = residual;
          total += residual * residual;
        }

        NODAL_INLINE void end_block()
        {
        }
      };

      template <int S, int N, Form form>
      void residual(const Sweep<double> &s, const double *coefficient,
                    double *x, const float *u, const double *scale,
                    const double *f, const bool is_shared, double *r,
                    double *ring, double *norm_squared)
      {
        Residual<S> work;
        work.x = as_lanes<double, S>(x);
        work.r = as_lanes<double, S>(r);
        work.u = as_lanes<float, S>(u);
        work.scale = *as_lanes<double, S>(scale);
        work.f = f;
        work.mask = s.mask;
        work.is_shared = is_shared;
        sweep<double, S, N, form>(s, coefficient, x, ring, work);
        *as_lanes<double, S>(norm_squared) = work.total;
      }

      template <int S>
      void convert(const int n_nodes, const double *r, const double *scale,
                   float *r_float)
      {
        const Doubles<S> factor = *as_lanes<double, S>(scale);
        for (int i = 0; i < n_nodes; ++i)
          as_lanes<float, S>(r_float)[i] = __builtin_convertvector(
              as_lanes<double, S>(r)[i] * factor, Floats<S>);
      }

      template <int S>
      void add_cells(const CellSum &m, const float *coefficient, float *entries)
      {
        using V = Floats<S>;
        V *const out = as_lanes<float, S>(entries);
        for (int k = 0; k < m.n_entries; ++k)
          out[k] = m.base ? V{} + m.base[k] : V{};
        for (int c = 0; c < m.n_cells; ++c)
        {
          const V a = as_lanes<float, S>(coefficient)[c];
          for (int k = m.offsets[c]; k < m.offsets[c + 1]; ++k)
            out[m.positions[k]] += m.values[k] * a;
        }
      }

      template <int S>
      void factorise(const Factor &f, float *entries)
      {
        using V = Floats<S>;
        V *const diagonal = as_lanes<float, S>(entries);
        V *const lower = diagonal + f.n;
        for (int k = 0; k < f.n; ++k)
        {
          const V inverse = 1 / diagonal[k];
          diagonal[k] = inverse;
          const int *target = f.targets + f.target_offsets[k];
          const int end = f.offsets[k + 1];
          for (int e = f.offsets[k]; e < end; ++e)
          {
            const V w = lower[e] * inverse;
            for (int e2 = e; e2 < end; ++e2)
              diagonal[*target++] -= w * lower[e2];
            // Entries after this one still need the unscaled column.
            lower[e] = w;
          }
        }
      }

      template <int S>
      void solve(const Factor &f, const float *entries, float *x_memory)
      {
        using V = Floats<S>;
        const V *const inverse = as_lanes<float, S>(entries);
        const V *const lower = inverse + f.n;
        V *const x = as_lanes<float, S>(x_memory);
        for (int k = 0; k < f.n; ++k)
        {
          const V xk = x[k];
          for (int e = f.offsets[k]; e < f.offsets[k + 1]; ++e)
            x[f.rows[e]] -= lower[e] * xk;
        }
        for (int k = f.n - 1; k >= 0; --k)
        {
          V sum = x[k] * inverse[k];
          for (int e = f.offsets[k]; e < f.offsets[k + 1]; ++e)
            sum -= lower[e] * x[f.rows[e]];
          x[k] = sum;
        }
      }

      template <int S>
      void average(const int n_coarse, const int *offsets, const int *children,
                   const float *weights, const float *fine, float *coarse)
      {
        using V = Floats<S>;
        for (int c = 0; c < n_coarse; ++c)
        {
          V sum = {};
          for (int k = offsets[c]; k < offsets[c + 1]; ++k)
            sum += weights[k] * as_lanes<float, S>(fine)[children[k]];
          as_lanes<float, S>(coarse)[c] = sum;
        }
      }

      template <int S, int N, Form form>
      const Kernels *kernels_of()
      {
        static const Kernels kernels = {S,
                                        N,
                                        form,
                                        diagonal<S, N, form>,
                                        smooth_from_zero<S, N, form>,
                                        restrict_residual<S, N, form>,
                                        prolong_and_smooth<S, N, form>,
                                        smooth<S, N, form>,
                                        direction<S, N, form>,
                                        residual<S, N, form>,
                                        convert<S>,
                                        add_cells<S>,
                                        factorise<S>,
                                        solve<S>,
                                        average<S>};
        return &kernels;
      }

      template <int S, int N>
      const Kernels *kernels_of(const Form form)
      {
        return form == difference_form ? kernels_of<S, N, difference_form>()
                                       : kernels_of<S, N, affine_form>();
      }

      template <int S>
      const Kernels *kernels_of(const int n, const Form form)
      {
        switch (n)
        {
        case 4: // linear quadrilaterals and tetrahedra
          return kernels_of<S, 4>(form);
#ifndef NODAL_LANES_FEW
        case 3: // linear triangles
          return kernels_of<S, 3>(form);
        case 6: // quadratic triangles; elasticity on linear ones
          return kernels_of<S, 6>(form);
        case 8: // linear hexahedra; elasticity on quadrilaterals
          return kernels_of<S, 8>(form);
        case 9: // quadratic quadrilaterals
          return kernels_of<S, 9>(form);
        case 10: // quadratic tetrahedra
          return kernels_of<S, 10>(form);
        case 12: // elasticity on tetrahedra and quadratic triangles
          return kernels_of<S, 12>(form);
        case 18: // elasticity on quadratic quadrilaterals
          return kernels_of<S, 18>(form);
        case 24: // elasticity on hexahedra
          return kernels_of<S, 24>(form);
        case 27: // quadratic hexahedra
          return kernels_of<S, 27>(form);
#endif
        }
        return nullptr;
      }
    } // namespace

    const Kernels *NODAL_LANES_TARGET(const int lanes, const int n,
                                      const Form form)
    {
#ifdef NODAL_LANES_WIDE
      if (lanes == 16)
        return kernels_of<16>(n, form);
#endif
      return lanes == 8 ? kernels_of<8>(n, form) : nullptr;
    }
  } // namespace lanes
} // namespace nodal
