// SPDX-License-Identifier: LGPL-2.1-or-later
// Coarse coefficients and the factorisation of the coarsest level in lanes, for
// lane_kernels_impl.h. Everything is local to the file that includes it.
#ifndef nodal_source_solver_lane_coarse_impl_h
#define nodal_source_solver_lane_coarse_impl_h

#include "lane_sweep_impl.h"

namespace nodal
{
  namespace lanes
  {
    namespace
    {
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
    } // namespace
  }   // namespace lanes
} // namespace nodal

#endif
