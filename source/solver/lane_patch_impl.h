// SPDX-License-Identifier: LGPL-2.1-or-later
// Interpolation that follows the coefficient and coarse matrices with it, for
// lane_kernels_impl.h. Everything is local to the file that includes it.
#ifndef nodal_source_solver_lane_patch_impl_h
#define nodal_source_solver_lane_patch_impl_h

#include "lane_coarse_impl.h"

namespace nodal
{
  namespace lanes
  {
    namespace
    {
      template <int i>
      struct Int
      {
        static constexpr int value = i;
      };

      /// Call f(Int<begin>()), …, f(Int<end − 1>()).
      template <int begin, int end, class F>
      NODAL_INLINE void static_for(const F &f)
      {
        if constexpr (begin < end)
        {
          f(Int<begin>());
          static_for<begin + 1, end>(f);
        }
      }

      template <int N>
      constexpr bool is_corner(const int node)
      {
        return node < N;
      }

      template <int N>
      constexpr bool is_middle_of_edge(const int node)
      {
        return node >= N && node < 2 * N;
      }

      /// Which end of edge @p e a node lies beside: 0 or 1, or -1.
      template <int N>
      constexpr int side(const int e, const int node)
      {
        for (int s = 0; s < 2; ++s)
        {
          const int end = Patch<N>::edges[e][s];
          if (node == end)
            return s;
          if (is_middle_of_edge<N>(node) && node != N + e)
            for (int t = 0; t < 2; ++t)
              if (Patch<N>::edges[node - N][t] == end)
                return s;
        }
        return -1;
      }

      /// Whether the function of corner @p q is zero at a node.
      template <int N>
      constexpr bool is_zero(const int q, const int node)
      {
        if (is_corner<N>(node))
          return node != q;
        if (is_middle_of_edge<N>(node))
          return Patch<N>::edges[node - N][0] != q &&
                 Patch<N>::edges[node - N][1] != q;
        return false;
      }

      /// Pairs of the nodes of a cell.
      template <int N>
      struct Pairs
      {
        static constexpr int n = N * (N - 1) / 2;

        static constexpr int first(int pair)
        {
          int i = 0;
          for (; pair >= N - 1 - i; ++i)
            pair -= N - 1 - i;
          return i;
        }

        static constexpr int second(int pair)
        {
          int i = 0;
          for (; pair >= N - 1 - i; ++i)
            pair -= N - 1 - i;
          return i + 1 + pair;
        }
      };

      /// Call f(a, b, coupling) for all couplings within patch @p c.
      template <int S, int N, bool is_scaled, class F>
      NODAL_INLINE void for_couplings(const Patches &m, const int c,
                                      const float *const fine, const F &f)
      {
        using V = Floats<S>;
        constexpr int n = Pairs<N>::n;
        const V *const from = as_lanes<float, S>(fine);
        const int *const places = m.places + long(c) * (is_scaled ? 4 : 4 * n);
        const float *const values = m.values + long(c) * 4 * n;
        static_for<0, 4>(
            [&](const auto k)
            {
              static_for<0, n>(
                  [&](const auto pair)
                  {
                    constexpr int child = k.value, p = pair.value;
                    constexpr int
                        a = Patch<N>::children[child][Pairs<N>::first(p)],
                        b = Patch<N>::children[child][Pairs<N>::second(p)];
                    V coupling;
                    if constexpr (is_scaled)
                      coupling = values[child * n + p] * from[places[child]];
                    else
                      coupling = from[places[child * n + p]];
                    f(Int<a>(), Int<b>(), coupling);
                  });
            });
      }

      /// The sums of couplings to both sides of the middles of edges.
      template <int S, int N, bool is_scaled>
      void add_sides(const Patches &m, const float *fine, float *sums)
      {
        using V = Floats<S>;
        V *const out = as_lanes<float, S>(sums);
        for (int c = 0; c < m.n_patches; ++c)
        {
          V sum[N][2] = {};
          for_couplings<S, N, is_scaled>(
              m, c, fine,
              [&](const auto a, const auto b, const V coupling)
              {
                constexpr int i = a.value, j = b.value;
                if constexpr (is_middle_of_edge<N>(i))
                  if constexpr (side<N>(i - N, j) >= 0)
                    sum[i - N][side<N>(i - N, j)] += coupling;
                if constexpr (is_middle_of_edge<N>(j))
                  if constexpr (side<N>(j - N, i) >= 0)
                    sum[j - N][side<N>(j - N, i)] += coupling;
              });
#pragma GCC unroll 4
          for (int e = 0; e < N; ++e)
          {
            const int edge = m.edges[c * N + e];
            out[edge] += sum[e][0];
            out[edge ^ 1] += sum[e][1];
          }
        }
      }

      /// The weights of both ends of edges from the sums of their sides.
      template <int S>
      void weigh_edges(const Patches &m, float *sums, float *weights)
      {
        using V = Floats<S>;
        V *const at = as_lanes<float, S>(sums);
        for (int e = 0; e < m.n_edges; ++e)
        {
          V a = at[2 * e], b = at[2 * e + 1];
          a = a > 0 ? a : V{};
          b = b > 0 ? b : V{};
          const V sum = a + b;
          const V weight = sum > 0 ? a / sum : V{} + 0.5F;
          at[2 * e] = weight;
          at[2 * e + 1] = 1 - weight;
          if (m.edge_weights[e] >= 0)
            as_lanes<float, S>(weights)[m.edge_weights[e]] = weight;
        }
      }

      /// The weights of the corners at the middle of a quadrilateral.
      template <int S, bool is_scaled>
      NODAL_INLINE void
      weigh_centre(const Patches &m, const int c, const float *const fine,
                   const Floats<S> edge[][2], Floats<S> weight[])
      {
        using V = Floats<S>;
        constexpr int N = 4;
        V coupling[8] = {};
        for_couplings<S, N, is_scaled>(
            m, c, fine,
            [&](const auto a, const auto b, const V c_ab)
            {
              constexpr int i = a.value, j = b.value;
              if constexpr (i == 8)
                coupling[j] += c_ab;
              if constexpr (j == 8)
                coupling[i] += c_ab;
            });
        V sum = {};
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i)
          sum += coupling[i];
        static_for<0, N>([&](const auto q)
                         { weight[q.value] = coupling[q.value]; });
        static_for<0, N>(
            [&](const auto e)
            {
              constexpr int k = e.value;
              weight[Patch<N>::edges[k][0]] += coupling[N + k] * edge[k][0];
              weight[Patch<N>::edges[k][1]] += coupling[N + k] * edge[k][1];
            });
#pragma GCC unroll 4
        for (int q = 0; q < N; ++q)
          weight[q] /= sum;
      }

      template <int S, int N, bool is_scaled>
      void galerkin(const Patches &m, const float *fine, const float *sums,
                    float *weights, float *coarse)
      {
        using V = Floats<S>;
        constexpr int n_nodes = Patch<N>::n_nodes;
        const V *const ends = as_lanes<float, S>(sums);
        V *out = as_lanes<float, S>(coarse);
        for (int c = 0; c < m.n_patches; ++c)
        {
          V edge[N][2], centre[4] = {};
#pragma GCC unroll 4
          for (int e = 0; e < N; ++e)
          {
            const int k = m.edges[c * N + e];
            edge[e][0] = ends[k];
            edge[e][1] = ends[k ^ 1];
          }
          if constexpr (N == 4)
          {
            weigh_centre<S, is_scaled>(m, c, fine, edge, centre);
            if (const int k = m.centre_weights[c]; k >= 0)
              for (int q = 0; q < 3; ++q)
                as_lanes<float, S>(weights)[k + q] = centre[q];
          }
          /// The function of a corner at a node where it is not zero.
          const auto value = [&](const auto corner, const auto node)
          {
            constexpr int q = corner.value, i = node.value;
            if constexpr (is_corner<N>(i))
              return V{} + 1.F;
            else if constexpr (is_middle_of_edge<N>(i))
              return edge[i - N][Patch<N>::edges[i - N][0] == q ? 0 : 1];
            else
              return centre[q];
          };
          static_for<0, N - 1>(
              [&](const auto corner)
              {
                constexpr int q = corner.value;
                V y[n_nodes] = {};
                for_couplings<S, N, is_scaled>(
                    m, c, fine,
                    [&](const auto a, const auto b, const V coupling)
                    {
                      constexpr int i = a.value, j = b.value;
                      constexpr bool no_i = is_zero<N>(q, i),
                                     no_j = is_zero<N>(q, j);
                      if constexpr (!(no_i && no_j))
                      {
                        V flow;
                        if constexpr (no_j)
                          flow = coupling * value(corner, a);
                        else if constexpr (no_i)
                          flow = -coupling * value(corner, b);
                        else
                          flow =
                              coupling * (value(corner, a) - value(corner, b));
                        y[i] += flow;
                        y[j] -= flow;
                      }
                    });
                static_for<q + 1, N>(
                    [&](const auto other)
                    {
                      V sum = {};
                      static_for<0, n_nodes>(
                          [&](const auto node)
                          {
                            if constexpr (!is_zero<N>(other.value, node.value))
                              sum -= value(other, node) * y[node.value];
                          });
                      *out++ = sum;
                    });
              });
        }
      }

      template <int S, int N>
      void coarsen(const Patches &m, const float *fine, float *sums,
                   float *weights, float *coarse)
      {
        for (long i = 0; i < 2L * m.n_edges; ++i)
          as_lanes<float, S>(sums)[i] = Floats<S>{};
        if (m.values)
          add_sides<S, N, true>(m, fine, sums);
        else
          add_sides<S, N, false>(m, fine, sums);
        weigh_edges<S>(m, sums, weights);
        if (m.values)
          galerkin<S, N, true>(m, fine, sums, weights, coarse);
        else
          galerkin<S, N, false>(m, fine, sums, weights, coarse);
      }

      template <int S, int N>
      void bounded_diagonal(const int n_nodes, const int n_cells,
                            const int *nodes, const float *couplings,
                            const float *mask, float *inverse)
      {
        using V = Floats<S>;
        constexpr float mean = N / (N - 1.F);
        V *const d = as_lanes<float, S>(inverse);
        const V *c = as_lanes<float, S>(couplings);
        for (int i = 0; i < n_nodes; ++i)
          d[i] = V{};
        for (int cell = 0; cell < n_cells; ++cell, nodes += N, c += Pairs<N>::n)
        {
          V diagonal[N] = {}, squares = V{} + float(N);
          static_for<0, Pairs<N>::n>(
              [&](const auto pair)
              {
                diagonal[Pairs<N>::first(pair.value)] += c[pair.value];
                diagonal[Pairs<N>::second(pair.value)] += c[pair.value];
              });
          static_for<0, Pairs<N>::n>(
              [&](const auto pair)
              {
                // Squares of small couplings are nothing.
                squares +=
                    2 *
                    (c[pair.value] / diagonal[Pairs<N>::first(pair.value)]) *
                    (c[pair.value] / diagonal[Pairs<N>::second(pair.value)]);
              });
          const V spread =
              (N - 2.F) / (N - 1.F) * (squares - float(N) * N / (N - 1.F));
          const V largest = mean + square_root<S>(spread > 0 ? spread : V{});
#pragma GCC unroll 4
          for (int i = 0; i < N; ++i)
            d[nodes[i]] += largest * diagonal[i];
        }
        for (int i = 0; i < n_nodes; ++i)
          d[i] = mask[i] != 0 ? 1 / d[i] : V{};
      }
    } // namespace
  }   // namespace lanes
} // namespace nodal

#endif
