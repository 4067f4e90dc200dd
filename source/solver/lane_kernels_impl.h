// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernels of lane_kernels.h for one kind of processor, whose name
// NODAL_LANES_TARGET the including file defines, and NODAL_LANES_WIDE if its
// registers hold 16 floats. Everything is local to it.
//
// What limits them: a sweep over quadrilaterals does 23 vector operations per
// cell and node and, in rows, loads 15 vectors, of which a processor takes two
// per cycle. On one with AVX-512 it was measured at 11 cycles per cell with 8
// lanes and 13 with 16 in the first cache, 15 and 18 for 31,000 nodes.
#include "lane_coarse_impl.h"
#include "lane_patch_impl.h"
#include "lane_samples_impl.h"
#include "lane_sweep_impl.h"

namespace nodal
{
  namespace lanes
  {
    namespace
    {
      /// The diagonal needs no vector, so it has a loop of its own.
      template <int S, int N, Form form>
      void diagonal(const Sweep<float> &s, const float *cells,
                    const float *coefficient, float *inverse)
      {
        using V = Floats<S>;
        const V *const a = as_lanes<float, S>(coefficient);
        V *const d = as_lanes<float, S>(inverse);
        for (int i = 0; i < s.n_nodes; ++i)
          d[i] = V{};
        const int n_cells = s.cells[s.n_blocks];
        for (int c = 0; c < n_cells; ++c, cells += n_diagonals(form, N))
        {
          const unsigned int *const places = s.places + long(c) * 2 * N;
          for (int i = 0; i < N; ++i)
          {
            V &entry = at<float, S>(inverse, places[i]);
            entry += cells[i] * a[c];
            if constexpr (form == affine_form)
              entry += V{} + cells[N + i];
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
        const float *mask;
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
            this->block += mask[i] * residual * residual;
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
        work.mask = s.mask;
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
          const int begin = transfer->offsets[i],
                    end = transfer->offsets[i + 1];
          if (!transfer->lane_rows)
          {
            for (int k = begin; k < end; ++k)
              coarse[transfer->columns[k]] += transfer->weights[k] * residual;
            return;
          }
          if (begin == end)
            return;
          const V *weight = as_lanes<float, S>(transfer->lane_weights) +
                            transfer->lane_rows[i];
          V last = residual;
          for (int k = begin; k < end - 1; ++k)
          {
            const V part = *weight++ * residual;
            coarse[transfer->columns[k]] += part;
            last -= part;
          }
          coarse[transfer->columns[end - 1]] += last;
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
          const int begin = transfer->offsets[i],
                    end = transfer->offsets[i + 1];
          if (!transfer->lane_rows)
            for (int k = begin; k < end; ++k)
              sum += transfer->weights[k] * coarse[transfer->columns[k]];
          else if (begin != end)
          {
            const V *weight = as_lanes<float, S>(transfer->lane_weights) +
                              transfer->lane_rows[i];
            const V last = coarse[transfer->columns[end - 1]];
            sum += last;
            for (int k = begin; k < end - 1; ++k)
              sum += *weight++ * (coarse[transfer->columns[k]] - last);
          }
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
        const float *mask;
        const V *d, *r;
        V *z;

        NODAL_INLINE void finish(const int i, const V sum)
        {
          const V residual = r[i];
          const V x = z[i] + omega * d[i] * (residual - sum);
          z[i] = x;
          this->block += mask[i] * residual * x;
        }
      };

      template <int S, int N, Form form>
      void smooth(const Sweep<float> &s, const LevelVectors &v,
                  const float omega, double *rz)
      {
        Smooth<S> work;
        work.omega = omega;
        work.mask = s.mask;
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
          // Not a product: f is not set at nodes of other ranks.
          const V residual = mask[i] != 0 ? right - sum : V{};
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
        constexpr int P = S < 8 ? S : 8;
        for (int part = 0; part < S; part += P)
        {
          Residual<P, S> work;
          work.r = r + part;
          work.scale = *as_lanes<double, P>(scale + part);
          work.f = is_shared ? f : f + part;
          work.mask = s.mask;
          work.is_shared = is_shared;
          if (x)
            sweep<double, P, N, form, S>(s, coefficient + part, x + part,
                                         ring + part, work);
          else
            for (int i = 0; i < s.n_nodes; ++i)
              work.finish(i, Doubles<P>{});
          *as_lanes<double, P>(norm_squared + part) = work.total;
        }
      }

      template <int S, int N, Form form>
      const Kernels *kernels_of()
      {
        constexpr bool has_rows = form == row_form;
        const auto get_diagonal = []
        {
          if constexpr (has_rows)
            return decltype(Kernels::diagonal)(nullptr);
          else
            return diagonal<S, N, form>;
        };
        const auto get_residual = []
        {
          if constexpr (has_rows)
            return decltype(Kernels::residual)(nullptr);
          else
            return residual<S, N, form>;
        };
        const auto get_coarsen = []
        {
          if constexpr (form == difference_form && (N == 3 || N == 4))
            return coarsen<S, N>;
          else
            return decltype(Kernels::coarsen)(nullptr);
        };
        const auto get_bounded_diagonal = []
        {
          if constexpr (form == difference_form && (N == 3 || N == 4))
            return bounded_diagonal<S, N>;
          else
            return decltype(Kernels::bounded_diagonal)(nullptr);
        };
        static const Kernels kernels = {S,
                                        N,
                                        form,
                                        get_diagonal(),
                                        smooth_from_zero<S, N, form>,
                                        restrict_residual<S, N, form>,
                                        prolong_and_smooth<S, N, form>,
                                        smooth<S, N, form>,
                                        direction<S, N, form>,
                                        get_residual(),
                                        gather<S>,
                                        distribute<S>,
                                        collect<S>,
                                        add_cells<S>,
                                        factorise<S>,
                                        solve<S>,
                                        average<S>,
                                        get_coarsen(),
                                        get_bounded_diagonal()};
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
        if (form == row_form)
          return kernels_of<S, 0, row_form>();
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
      if (lanes == 1)
        return kernels_of<1>(n, form);
      return lanes == 8 ? kernels_of<8>(n, form) : nullptr;
    }
  } // namespace lanes
} // namespace nodal
