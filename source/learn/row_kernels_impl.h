// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernels of row_kernels.h for one kind of processor, whose name
// NODAL_ROWS_TARGET the including file defines, with the size of its
// registers, NODAL_ROWS_BYTES.
//
// Products keep a block of rows and columns in registers: with 8 rows and two
// registers of columns, a number of x is used 2 registers' worth, one of w 8
// times, so the units that multiply are the limit. The loops over edges load
// two rows and store one per edge: they are limited by the second-level cache.
// Columns that do not fill a register cost as much as a full one each: widths
// should be multiples of 16.
#include <nodal/learn/row_kernels.h>

namespace nodal
{
  namespace rows
  {
    namespace
    {
#define NODAL_INLINE inline __attribute__((always_inline))

      typedef float FloatBlock
          __attribute__((vector_size(NODAL_ROWS_BYTES), aligned(4), may_alias));
      typedef double DoubleBlock
          __attribute__((vector_size(NODAL_ROWS_BYTES), aligned(8), may_alias));
      typedef int IntegerBlock
          __attribute__((vector_size(NODAL_ROWS_BYTES), may_alias));

      template <class T>
      struct BlockOf;

      template <>
      struct BlockOf<float>
      {
        typedef FloatBlock type;
      };

      template <>
      struct BlockOf<double>
      {
        typedef DoubleBlock type;
      };

      template <class T>
      constexpr int width = NODAL_ROWS_BYTES / sizeof(T);

      template <class T>
      NODAL_INLINE typename BlockOf<T>::type load(const T *const p)
      {
        return *reinterpret_cast<const typename BlockOf<T>::type *>(p);
      }

      template <class T>
      NODAL_INLINE void store(T *const p, const typename BlockOf<T>::type x)
      {
        *reinterpret_cast<typename BlockOf<T>::type *>(p) = x;
      }

      /// @p R rows of x times @p V registers of columns of w.
      template <class T, int R, int V>
      NODAL_INLINE void times_block(const int k, const int n, const T *const x,
                                    const T *const w, const T *const bias,
                                    T *const y)
      {
        typedef typename BlockOf<T>::type Block;
        Block sums[R][V];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
          for (int v = 0; v < V; ++v)
            sums[r][v] = bias ? load(bias + v * width<T>) : Block{};
        for (int l = 0; l < k; ++l)
        {
          Block columns[V];
#pragma GCC unroll 4
          for (int v = 0; v < V; ++v)
            columns[v] = load(w + l * n + v * width<T>);
#pragma GCC unroll 8
          for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < V; ++v)
              sums[r][v] += x[r * k + l] * columns[v];
        }
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
          for (int v = 0; v < V; ++v)
            store(y + r * n + v * width<T>, sums[r][v]);
      }

      /// All columns for @p R rows.
      template <class T, int R>
      NODAL_INLINE void times_rows(const int k, const int n, const T *const x,
                                   const T *const w, const T *const bias,
                                   T *const y)
      {
        constexpr int W = width<T>;
        int c = 0;
        for (; c + 2 * W <= n; c += 2 * W)
          times_block<T, R, 2>(k, n, x, w + c, bias ? bias + c : bias, y + c);
        for (; c + W <= n; c += W)
          times_block<T, R, 1>(k, n, x, w + c, bias ? bias + c : bias, y + c);
        for (; c < n; ++c)
          for (int r = 0; r < R; ++r)
          {
            T sum = bias ? bias[c] : T(0);
            for (int l = 0; l < k; ++l)
              sum = __builtin_fma(x[r * k + l], w[l * n + c], sum);
            y[r * n + c] = sum;
          }
      }

      template <class T>
      void times(const int m, const int k, const int n, const T *const x,
                 const T *const w, const T *const bias, T *const y)
      {
        int i = 0;
        for (; i + 8 <= m; i += 8)
          times_rows<T, 8>(k, n, x + long(i) * k, w, bias, y + long(i) * n);
        for (; i < m; ++i)
          times_rows<T, 1>(k, n, x + long(i) * k, w, bias, y + long(i) * n);
      }

      /// @p R rows and @p V registers of columns of xᵀ y.
      template <class T, int R, int V>
      NODAL_INLINE void gram_block(const int m, const int k, const int n,
                                   const T *const x, const T *const y,
                                   T *const g)
      {
        typedef typename BlockOf<T>::type Block;
        Block sums[R][V];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
          for (int v = 0; v < V; ++v)
            sums[r][v] = load(g + r * n + v * width<T>);
        for (int i = 0; i < m; ++i)
        {
          Block columns[V];
#pragma GCC unroll 4
          for (int v = 0; v < V; ++v)
            columns[v] = load(y + long(i) * n + v * width<T>);
#pragma GCC unroll 8
          for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < V; ++v)
              sums[r][v] += x[long(i) * k + r] * columns[v];
        }
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
          for (int v = 0; v < V; ++v)
            store(g + r * n + v * width<T>, sums[r][v]);
      }

      template <class T, int R>
      NODAL_INLINE void gram_rows(const int m, const int k, const int n,
                                  const T *const x, const T *const y,
                                  T *const g)
      {
        constexpr int W = width<T>;
        int c = 0;
        for (; c + 2 * W <= n; c += 2 * W)
          gram_block<T, R, 2>(m, k, n, x, y + c, g + c);
        for (; c + W <= n; c += W)
          gram_block<T, R, 1>(m, k, n, x, y + c, g + c);
        for (; c < n; ++c)
          for (int r = 0; r < R; ++r)
          {
            T sum = g[r * n + c];
            for (int i = 0; i < m; ++i)
              sum = __builtin_fma(x[long(i) * k + r], y[long(i) * n + c], sum);
            g[r * n + c] = sum;
          }
      }

      template <class T>
      void transposed_times(const int m, const int k, const int n,
                            const T *const x, const T *const y, T *const g)
      {
        // Few rows at a time, so that those of x and y stay in the cache
        // while all blocks of g pass over them.
        const int at_once = 64;
        for (int i = 0; i < m; i += at_once)
        {
          const int rows = m - i < at_once ? m - i : at_once;
          const T *const xi = x + long(i) * k, *const yi = y + long(i) * n;
          int r = 0;
          for (; r + 8 <= k; r += 8)
            gram_rows<T, 8>(rows, k, n, xi + r, yi, g + long(r) * n);
          for (; r < k; ++r)
            gram_rows<T, 1>(rows, k, n, xi + r, yi, g + long(r) * n);
        }
      }

      /// 1 / (1 + exp(−x)), to 2e-7; 0 or 1 where that is nearer.
      NODAL_INLINE FloatBlock sigmoid(const FloatBlock x)
      {
        const FloatBlock one = FloatBlock{} + 1.f;
        FloatBlock t = -x;
        t = t > 87.f * one ? 87.f * one : t;
        t = t < -87.f * one ? -87.f * one : t;
        // exp(t) = 2^n exp(r) with r within ln 2 / 2; adding 1.5 · 2^23 rounds.
        const FloatBlock shift = FloatBlock{} + 12582912.f;
        const FloatBlock rounded = t * 1.44269504f + shift;
        const FloatBlock n = rounded - shift;
        const FloatBlock r = t - n * 0.693145752f - n * 1.42860677e-6f;
        FloatBlock e = FloatBlock{} + 1.f / 720;
        e = e * r + 1.f / 120;
        e = e * r + 1.f / 24;
        e = e * r + 1.f / 6;
        e = e * r + 0.5f;
        e = e * r + 1.f;
        e = e * r + 1.f;
        const IntegerBlock bits = ((IntegerBlock)rounded) << 23;
        e = (FloatBlock)((IntegerBlock)e + bits);
        return one / (one + e);
      }

      NODAL_INLINE DoubleBlock sigmoid(const DoubleBlock x)
      {
        DoubleBlock result;
        for (int i = 0; i < width<double>; ++i)
          result[i] = 1 / (1 + __builtin_exp(-x[i]));
        return result;
      }

      NODAL_INLINE float sigmoid_of(const float x)
      {
        // The same operations as those of a register.
        FloatBlock t = FloatBlock{} + x;
        return sigmoid(t)[0];
      }

      NODAL_INLINE double sigmoid_of(const double x)
      {
        return 1 / (1 + __builtin_exp(-x));
      }

      template <class T>
      void silu(const long n, const T *const x, T *const y)
      {
        long i = 0;
        for (; i + width<T> <= n; i += width<T>)
        {
          const auto t = load(x + i);
          store(y + i, typename BlockOf<T>::type(t * sigmoid(t)));
        }
        for (; i < n; ++i)
          y[i] = x[i] * sigmoid_of(x[i]);
      }

      template <class T>
      void silu_gradient(const long n, const T *const x, const T *const dy,
                         T *const dx)
      {
        typedef typename BlockOf<T>::type Block;
        long i = 0;
        for (; i + width<T> <= n; i += width<T>)
        {
          const Block t = load(x + i), s = sigmoid(t);
          store(dx + i,
                Block(load(dy + i) * (s + t * s * (Block{} + T(1) - s))));
        }
        for (; i < n; ++i)
        {
          const T s = sigmoid_of(x[i]);
          dx[i] = dy[i] * (s + x[i] * s * (T(1) - s));
        }
      }

      /// One register of columns of a row's edges.
      template <class T>
      NODAL_INLINE void
      hidden_columns(const int begin, const int end, const int *const nodes,
                     const int n_features, const int n, const T *const p,
                     const T *const q, const T *const features,
                     const T *const w, T *const before, T *const after)
      {
        typedef typename BlockOf<T>::type Block;
        const Block own = load(p);
        int t = begin;
        for (; t + 4 <= end; t += 4)
        {
          Block sums[4];
#pragma GCC unroll 4
          for (int j = 0; j < 4; ++j)
            sums[j] = own + load(q + long(nodes[t + j]) * n);
          for (int f = 0; f < n_features; ++f)
          {
            const Block column = load(w + f * n);
#pragma GCC unroll 4
            for (int j = 0; j < 4; ++j)
              sums[j] += features[long(t + j) * n_features + f] * column;
          }
#pragma GCC unroll 4
          for (int j = 0; j < 4; ++j)
          {
            store(before + long(t + j) * n, sums[j]);
            store(after + long(t + j) * n, Block(sums[j] * sigmoid(sums[j])));
          }
        }
        for (; t < end; ++t)
        {
          Block sum = own + load(q + long(nodes[t]) * n);
          for (int f = 0; f < n_features; ++f)
            sum += features[long(t) * n_features + f] * load(w + f * n);
          store(before + long(t) * n, sum);
          store(after + long(t) * n, Block(sum * sigmoid(sum)));
        }
      }

      template <class T>
      void edge_hidden(const int first, const int last, const Lists lists,
                       const int n_features, const int n, const T *const p,
                       const T *const q, const T *const features,
                       const T *const w, T *const before, T *const after)
      {
        for (int i = first; i < last; ++i)
        {
          const int begin = lists.offsets[i], end = lists.offsets[i + 1];
          int c = 0;
          for (; c + width<T> <= n; c += width<T>)
            hidden_columns(begin, end, lists.nodes, n_features, n,
                           p + long(i) * n + c, q + c, features, w + c,
                           before + c, after + c);
          for (; c < n; ++c)
            for (int t = begin; t < end; ++t)
            {
              T sum = p[long(i) * n + c] + q[long(lists.nodes[t]) * n + c];
              for (int f = 0; f < n_features; ++f)
                sum = __builtin_fma(features[long(t) * n_features + f],
                                    w[f * n + c], sum);
              before[long(t) * n + c] = sum;
              after[long(t) * n + c] = sum * sigmoid_of(sum);
            }
        }
      }

      /// y_i = own_i ⊙ x_i + Σ_t term(t, column), where term gives a register
      /// or a number; the first term is left out if @p own is null.
      template <class T, class Wide, class Narrow>
      NODAL_INLINE void
      sum_rows(const int first, const int last, const Lists &lists, const int n,
               const T *const own, const T *const x, T *const y,
               const Wide &add, const Narrow &add_one)
      {
        typedef typename BlockOf<T>::type Block;
        for (int i = first; i < last; ++i)
        {
          const int begin = lists.offsets[i], end = lists.offsets[i + 1];
          int c = 0;
          for (; c + width<T> <= n; c += width<T>)
          {
            const long k = long(i) * n + c;
            Block sum = own ? load(own + k) * load(x + k) : Block{};
            for (int t = begin; t < end; ++t)
              add(sum, t, c);
            store(y + long(i) * n + c, sum);
          }
          for (; c < n; ++c)
          {
            const long k = long(i) * n + c;
            T sum = own ? own[k] * x[k] : T(0);
            for (int t = begin; t < end; ++t)
              add_one(sum, t, c);
            y[long(i) * n + c] = sum;
          }
        }
      }

      template <class T>
      void weighted_sum(const int first, const int last, const Lists lists,
                        const int n, const T *const weights, const T *const own,
                        const T *const x, T *const y)
      {
        typedef typename BlockOf<T>::type Block;
        const auto edge = [&](const int t)
        { return long(lists.edges ? lists.edges[t] : t) * n; };
        sum_rows(
            first, last, lists, n, own, x, y,
            [&](Block &sum, const int t, const int c)
            {
              sum += load(weights + edge(t) + c) *
                     load(x + long(lists.nodes[t]) * n + c);
            },
            [&](T &sum, const int t, const int c)
            {
              sum = __builtin_fma(weights[edge(t) + c],
                                  x[long(lists.nodes[t]) * n + c], sum);
            });
      }

      template <class T>
      void scalar_sum(const int first, const int last, const Lists lists,
                      const int n, const T *const weights, const T *const x,
                      T *const y)
      {
        typedef typename BlockOf<T>::type Block;
        const auto weight = [&](const int t)
        { return weights[lists.edges ? lists.edges[t] : t]; };
        sum_rows(
            first, last, lists, n, (const T *)nullptr, (const T *)nullptr, y,
            [&](Block &sum, const int t, const int c)
            { sum += weight(t) * load(x + long(lists.nodes[t]) * n + c); },
            [&](T &sum, const int t, const int c) {
              sum = __builtin_fma(weight(t), x[long(lists.nodes[t]) * n + c],
                                  sum);
            });
      }

      template <class T>
      void edge_sum(const int first, const int last, const Lists lists,
                    const int n, const T *const x, T *const y)
      {
        typedef typename BlockOf<T>::type Block;
        const auto edge = [&](const int t)
        { return long(lists.edges ? lists.edges[t] : t) * n; };
        sum_rows(
            first, last, lists, n, (const T *)nullptr, (const T *)nullptr, y,
            [&](Block &sum, const int t, const int c)
            { sum += load(x + edge(t) + c); },
            [&](T &sum, const int t, const int c) { sum += x[edge(t) + c]; });
      }

      template <class T>
      void edge_products(const int first, const int last, const Lists lists,
                         const int n, const T *const a, const T *const b,
                         T *const y)
      {
        typedef typename BlockOf<T>::type Block;
        for (int i = first; i < last; ++i)
          for (int t = lists.offsets[i]; t < lists.offsets[i + 1]; ++t)
          {
            const T *const source = b + long(lists.nodes[t]) * n;
            int c = 0;
            for (; c + width<T> <= n; c += width<T>)
              store(y + long(t) * n + c,
                    Block(load(a + long(i) * n + c) * load(source + c)));
            for (; c < n; ++c)
              y[long(t) * n + c] = a[long(i) * n + c] * source[c];
          }
      }

      template <class T>
      const Kernels<T> &table()
      {
        static const Kernels<T> table = {times<T>,         transposed_times<T>,
                                         edge_hidden<T>,   weighted_sum<T>,
                                         scalar_sum<T>,    edge_sum<T>,
                                         edge_products<T>, silu<T>,
                                         silu_gradient<T>};
        return table;
      }
    } // namespace

    const Kernels<float> &NODAL_ROWS_TARGET(float)
    {
      return table<float>();
    }

    const Kernels<double> &NODAL_ROWS_TARGET(double)
    {
      return table<double>();
    }
  } // namespace rows
} // namespace nodal
