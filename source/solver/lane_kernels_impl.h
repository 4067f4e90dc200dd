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

      /// The lanes that begin at p[place]; a byte offset in one register.
      template <class T, int S>
      NODAL_INLINE typename Simd<T, S>::type &at(T *p, const unsigned int place)
      {
        return *as_lanes<T, S>(p + place);
      }

      template <class T, int S>
      NODAL_INLINE const typename Simd<T, S>::type &at(const T *p,
                                                       const unsigned int place)
      {
        return *as_lanes<T, S>(p + place);
      }

      /// Where entry (i, j) of a packed upper triangle is.
      constexpr int packed(const int i, const int j, const int n)
      {
        return i <= j ? i * n - i * (i - 1) / 2 + j - i
                      : j * n - j * (j - 1) / 2 + i - j;
      }

      /// Add the products of one cell to the ring.
      template <class T, int S, int N, Form form>
      NODAL_INLINE void add_cell(const unsigned int *const places,
                                 const T *const values,
                                 const typename Simd<T, S>::type a,
                                 const T *const x, T *const sums)
      {
        using V = typename Simd<T, S>::type;
        if constexpr (form == difference_form)
        {
          const V x0 = at<T, S>(x, places[0]);
          V d[N - 1];
#pragma GCC unroll 32
          for (int j = 0; j < N - 1; ++j)
            d[j] = at<T, S>(x, places[j + 1]) - x0;
          V y0 = at<T, S>(sums, places[N]);
#pragma GCC unroll 32
          for (int i = 0; i < N - 1; ++i)
          {
            V y = values[packed(i, 0, N - 1)] * d[0];
#pragma GCC unroll 32
            for (int j = 1; j < N - 1; ++j)
              y += values[packed(i, j, N - 1)] * d[j];
            at<T, S>(sums, places[N + i + 1]) += a * y;
            y0 -= a * y;
          }
          at<T, S>(sums, places[N]) = y0;
        }
        else
        {
          constexpr int half = N * (N + 1) / 2;
          V d[N];
#pragma GCC unroll 32
          for (int j = 0; j < N; ++j)
            d[j] = at<T, S>(x, places[j]);
#pragma GCC unroll 32
          for (int i = 0; i < N; ++i)
          {
            V y = values[packed(i, 0, N)] * d[0],
              c = values[half + packed(i, 0, N)] * d[0];
#pragma GCC unroll 32
            for (int j = 1; j < N; ++j)
            {
              y += values[packed(i, j, N)] * d[j];
              c += values[half + packed(i, j, N)] * d[j];
            }
            at<T, S>(sums, places[N + i]) += a * y + c;
          }
        }
      }

      /// Add the products of a run of cells, in which the last two nodes of a
      /// cell are the first two of the next: what limits a sweep is how many
      /// vectors it loads, and this way half of them stay in registers.
      template <class T, int S, int N, int stride>
      NODAL_INLINE void add_run(const unsigned int *&places, const T *&values,
                                const T *&a, const int length, const T *const x,
                                T *const sums)
      {
        using V = typename Simd<T, S>::type;
        constexpr int n_left = N - 2; // behind by the next cell
        V at0 = at<T, S>(x, places[0]), at1 = at<T, S>(x, places[1]);
        V sum0 = {}, sum1 = {};
        const T *const last = a + length * stride;
        for (; a != last; a += stride, places += 2 * N,
                          values += n_values(difference_form, N))
        {
          V d[N - 1], k[N * (N - 1) / 2], y[N];
          V next[N] = {at0, at1};
#pragma GCC unroll 4
          for (int j = 2; j < N; ++j)
            next[j] = at<T, S>(x, places[j]);
#pragma GCC unroll 4
          for (int j = 1; j < N; ++j)
            d[j - 1] = next[j] - at0;
#pragma GCC unroll 8
          for (int j = 0; j < N * (N - 1) / 2; ++j)
            k[j] = V{} + values[j];
          const V factor = *as_lanes<T, S>(a);
          y[0] = sum0;
#pragma GCC unroll 4
          for (int i = 0; i < N - 1; ++i)
          {
            V row = k[packed(i, 0, N - 1)] * d[0];
#pragma GCC unroll 4
            for (int j = 1; j < N - 1; ++j)
              row += k[packed(i, j, N - 1)] * d[j];
            row *= factor;
            y[i + 1] = i == 0 ? sum1 + row : row;
            y[0] -= row;
          }
#pragma GCC unroll 4
          for (int i = 0; i < n_left; ++i)
            at<T, S>(sums, places[N + i]) += y[i];
          sum0 = y[n_left];
          sum1 = y[n_left + 1];
          at0 = next[n_left];
          at1 = next[n_left + 1];
        }
        at<T, S>(sums, places[n_left - N]) += sum0;
        at<T, S>(sums, places[n_left + 1 - N]) += sum1;
      }

      /// The one loop over a level: @p work prepares and finishes nodes. S of
      /// @p stride lanes are worked on.
      template <class T, int S, int N, Form form, int stride = S, class Work>
      NODAL_INLINE void sweep(const Sweep<T> &s, const T *const coefficient,
                              const T *const x, T *const sums, Work &work)
      {
        using V = typename Simd<T, S>::type;
        const T *a = coefficient;
        const unsigned int *places = s.places;
        const T *values = s.values;
        [[maybe_unused]] constexpr int n_stored = n_values(form, N);
        const int ring = s.ring, n_blocks = s.n_blocks;
        int ready = 0;
        for (int b = 0; b < n_blocks; ++b)
        {
          if constexpr (Work::prepares)
            for (const int end = s.ready[b]; ready < end; ++ready)
              work.prepare(ready);
          if constexpr (has_runs(form, N))
            for (int run = s.run_offsets[b]; run < s.run_offsets[b + 1]; ++run)
              add_run<T, S, N, stride>(places, values, a, s.run_lengths[run], x,
                                       sums);
          else
          {
            const T *const last_cell =
                coefficient + long(s.cells[b + 1]) * stride;
            for (; a != last_cell;
                 a += stride, places += 2 * N, values += n_stored)
              add_cell<T, S, N, form>(places, values, *as_lanes<T, S>(a), x,
                                      sums);
          }
          const int last = s.nodes[b + 1];
          for (int i = s.nodes[b]; i < last; ++i)
          {
            V &sum = at<T, S>(sums, (i & ring) * stride);
            work.finish(i, sum);
            sum = V{};
          }
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
          const unsigned int *const places = s.places + long(c) * 2 * N;
          if constexpr (form == difference_form)
          {
            float first = 0;
            for (int i = 0; i < N - 1; ++i)
              for (int j = i; j < N - 1; ++j)
              {
                const float entry = k[packed(i, j, N - 1)];
                first += i == j ? entry : 2 * entry;
                if (i == j)
                  at<float, S>(inverse, places[i + 1]) += entry * a[c];
              }
            at<float, S>(inverse, places[0]) += first * a[c];
          }
          else
            for (int i = 0; i < N; ++i)
            {
              constexpr int half = N * (N + 1) / 2;
              V &entry = at<float, S>(inverse, places[i]);
              entry += k[packed(i, i, N)] * a[c];
              entry += V{} + k[half + packed(i, i, N)];
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
        static constexpr bool prepares = true;
        using V = Floats<S>;
        float omega0, omega1;
        const V *d, *q, *p;
        V *r, *z;
        Doubles<S> *x;
        V alpha;
        Doubles<S> step;

        NODAL_INLINE void prepare(const int i)
        {
          V residual = r[i];
          if constexpr (has_krylov)
          {
            residual -= alpha * q[i];
            r[i] = residual;
            x[i] += step * widen<S>(p[i]);
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
                            const float *alpha, const double *step,
                            double *norm_squared)
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
        work.x = as_lanes<double, S>(krylov->x);
        work.alpha = *as_lanes<float, S>(alpha);
        work.step = *as_lanes<double, S>(step);
        sweep<float, S, N, form>(s, v.coefficient, v.z, v.ring, work);
        *as_lanes<double, S>(norm_squared) = work.total;
      }

      template <int S>
      struct Restrict : NoSums<S>
      {
        static constexpr bool prepares = false;
        using V = Floats<S>;
        const float *mask;
        const Transfer *transfer;
        const V *r;
        V *coarse;

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
        static constexpr bool prepares = true;
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
        static constexpr bool prepares = false;
        using V = Floats<S>;
        float omega;
        const V *d, *r;
        V *z;

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
        static constexpr bool prepares = true;
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

      template <int S, int stride>
      struct Residual
      {
        static constexpr bool prepares = false;
        using V = Doubles<S>;
        float *r;
        V scale;
        const double *f, *mask;
        bool is_shared;
        V total = {};

        NODAL_INLINE void finish(const int i, const V sum)
        {
          const V right = is_shared ? V{} + f[i] : at<double, S>(f, i * stride);
          const V residual = mask[i] * (right - sum);
          at<float, S>(r, i * stride) =
              __builtin_convertvector(scale * residual, Floats<S>);
          total += residual * residual;
        }

        NODAL_INLINE void end_block()
        {
        }
      };

      /// Eight lanes after eight: of sixteen in double precision the numbers
      /// of a cell do not fit in the registers.
      template <int S, int N, Form form>
      void residual(const Sweep<double> &s, const double *coefficient,
                    const double *x, const double *f, const bool is_shared,
                    const double *scale, float *r, double *ring,
                    double *norm_squared)
      {
        for (int part = 0; part < S; part += 8)
        {
          Residual<8, S> work;
          work.r = r + part;
          work.scale = *as_lanes<double, 8>(scale + part);
          work.f = is_shared ? f : f + part;
          work.mask = s.mask;
          work.is_shared = is_shared;
          sweep<double, 8, N, form, S>(s, coefficient + part, x + part,
                                       ring + part, work);
          *as_lanes<double, 8>(norm_squared + part) = work.total;
        }
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
      NODAL_INLINE Floats<S> square_root(Floats<S> x)
      {
#pragma GCC unroll 16
        for (int lane = 0; lane < S; ++lane)
          x[lane] = __builtin_sqrtf(x[lane]);
        return x;
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
            sum += weights[k] *
                   square_root<S>(as_lanes<float, S>(fine)[children[k]]);
          as_lanes<float, S>(coarse)[c] = sum * sum;
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
