// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernels of series_kernels.h for one kind of processor, whose name
// NODAL_SERIES_TARGET the including file defines, with the size of its
// registers, NODAL_SERIES_BYTES.
//
// A point costs one multiplication and addition per coefficient; with four
// blocks at a time each coefficient is loaded once for 32 points, so the units
// of the processor that multiply are the limit.
#include "series_kernels.h"

namespace nodal
{
  namespace series
  {
    namespace
    {
#define NODAL_INLINE inline __attribute__((always_inline))

      /// As many points as fit in a register.
      typedef double Block
          __attribute__((vector_size(NODAL_SERIES_BYTES), aligned(8)));
      typedef long long Integers
          __attribute__((vector_size(NODAL_SERIES_BYTES)));

      constexpr int width = NODAL_SERIES_BYTES / 8;
      constexpr int parts = block_size / width; ///< registers per block

      /// Registers that are summed together, of whole blocks.
      constexpr int group = parts > 4 ? parts : 4;

      NODAL_INLINE const Block &block(const double *const p)
      {
        return *reinterpret_cast<const Block *>(p);
      }

      NODAL_INLINE Block &block(double *const p)
      {
        return *reinterpret_cast<Block *>(p);
      }

      /// T_0 … T_{n−1} by their recurrence.
      NODAL_INLINE void tabulate(const Block t, const int n, Block *const table,
                                 const int stride)
      {
        table[0] = Block{} + 1.;
        if (n > 1)
          table[stride] = t;
        for (int k = 2; k < n; ++k)
          table[k * stride] =
              2. * t * table[(k - 1) * stride] - table[(k - 2) * stride];
      }

      /// Rows that are summed together: one addition waits for the last of
      /// its row, so the units need several to be busy, and a number of the
      /// table is loaded once for all of them. As many as registers hold.
      constexpr int rows_at_once = NODAL_SERIES_BYTES == 64 ? 4 : 2;

      /// Σ_k c_k T_k for @p m blocks and the rows of c, @p n_rows of @p n.
      template <int m, int n_rows>
      NODAL_INLINE void sum_rows(const double *const c, const int n,
                                 const Block *const table,
                                 Block (&sums)[rows_at_once][m])
      {
#pragma GCC unroll 4
        for (int r = 0; r < n_rows; ++r)
#pragma GCC unroll 8
          for (int b = 0; b < m; ++b)
            sums[r][b] = Block{};
        for (int k = 0; k < n; ++k)
#pragma GCC unroll 4
          for (int r = 0; r < n_rows; ++r)
#pragma GCC unroll 8
            for (int b = 0; b < m; ++b)
              sums[r][b] += c[r * n + k] * table[k * m + b];
      }

      /// Σ_kl c_kl T_k T_l for @p m blocks, n × n coefficients.
      template <int m>
      NODAL_INLINE void sum_plane(const double *c, const int n,
                                  const Block *const outer,
                                  const Block *const inner, Block (&plane)[m])
      {
#pragma GCC unroll 8
        for (int b = 0; b < m; ++b)
          plane[b] = Block{};
        Block rows[rows_at_once][m];
        int k = 0;
        for (; k + rows_at_once <= n; k += rows_at_once, c += rows_at_once * n)
        {
          sum_rows<m, rows_at_once>(c, n, inner, rows);
#pragma GCC unroll 4
          for (int r = 0; r < rows_at_once; ++r)
#pragma GCC unroll 8
            for (int b = 0; b < m; ++b)
              plane[b] += rows[r][b] * outer[(k + r) * m + b];
        }
        for (; k < n; ++k, c += n)
        {
          sum_rows<m, 1>(c, n, inner, rows);
#pragma GCC unroll 8
          for (int b = 0; b < m; ++b)
            plane[b] += rows[0][b] * outer[k * m + b];
        }
      }

      template <int dim, int m>
      void sum_blocks(const double *const t, const double *c, const int n,
                      double *const out)
      {
        Block tables[dim][most_modes * m];
        for (int d = 0; d < dim; ++d)
#pragma GCC unroll 8
          for (int b = 0; b < m; ++b)
            tabulate(block(t + (b / parts * dim + d) * block_size +
                           b % parts * width),
                     n, tables[d] + b, m);
        Block total[m] = {};
        if constexpr (dim == 2)
          sum_plane<m>(c, n, tables[0], tables[1], total);
        else
          for (int k = 0; k < n; ++k, c += n * n)
          {
            Block plane[m];
            sum_plane<m>(c, n, tables[1], tables[2], plane);
#pragma GCC unroll 8
            for (int b = 0; b < m; ++b)
              total[b] += plane[b] * tables[0][k * m + b];
          }
#pragma GCC unroll 8
        for (int b = 0; b < m; ++b)
          block(out + b * width) = total[b];
      }

      template <int dim>
      void sum(const long n_blocks, const double *t, const double *c,
               const int n_modes, double *out)
      {
        constexpr long step = group / parts;
        long b = 0;
        for (; b + step <= n_blocks; b += step)
          sum_blocks<dim, group>(t + b * dim * block_size, c, n_modes,
                                 out + b * block_size);
        for (; b < n_blocks; ++b)
          sum_blocks<dim, parts>(t + b * dim * block_size, c, n_modes,
                                 out + b * block_size);
      }

      /// The terms of expansions on a strip.
      template <int dim, int m>
      NODAL_INLINE void tabulate_strip(const Block s, Block *const table)
      {
        constexpr int terms = series::strip_terms(dim);
        Block all[terms + 1];
        tabulate(s, terms + (dim == 3), all, 1);
        if constexpr (dim == 3)
          all[terms - 2] -= strip_correction * all[terms];
#pragma GCC unroll 8
        for (int i = 0; i < terms; ++i)
          table[i * m] = all[i];
      }

      /// Σ_i c_i φ_i added with factors to @p m sums.
      template <int terms, int m>
      NODAL_INLINE void add_expansion(const double *const c, const int row,
                                      const Block (&table)[terms][m],
                                      const Block *const factor,
                                      Block (&sums)[m])
      {
#pragma GCC unroll 4
        for (int b = 0; b < m; ++b)
        {
          Block sum = c[0] - Block{};
#pragma GCC unroll 8
          for (int i = 1; i < terms; ++i)
            sum += c[i * row] * table[i][b];
          sums[b] += sum * factor[b];
        }
      }

      /// See Kernels::sum_strip_2d and sum_strip_3d, for @p m registers.
      template <int dim, int m>
      void sum_strip_blocks(const double *const x, const double *c, const int n,
                            const int row, double *const out)
      {
        constexpr int terms = series::strip_terms(dim);
        Block table[terms][m], t[m], last[m], now[m], total[m] = {};
        [[maybe_unused]] Block inner[dim == 3 ? most_modes * m : 1];
#pragma GCC unroll 4
        for (int b = 0; b < m; ++b)
        {
          const double *const from =
              x + b / parts * dim * block_size + b % parts * width;
          tabulate_strip<dim, m>(block(from), &table[0][b]);
          now[b] = Block{} + 1.;
          last[b] = t[b] = block(from + block_size); // T_{-1} = T_1
          if constexpr (dim == 3)
            tabulate(block(from + 2 * block_size), n, inner + b, m);
        }
        for (int l = 0; l < n; ++l)
        {
          if constexpr (dim == 2)
            add_expansion<terms, m>(c + l, row, table, now, total);
          else
          {
            Block sums[m] = {};
            for (int k = 0; k < n; ++k, ++c)
              add_expansion<terms, m>(c, row, table, inner + k * m, sums);
#pragma GCC unroll 4
            for (int b = 0; b < m; ++b)
              total[b] += sums[b] * now[b];
          }
#pragma GCC unroll 4
          for (int b = 0; b < m; ++b)
          {
            const Block next = 2. * t[b] * now[b] - last[b];
            last[b] = now[b];
            now[b] = next;
          }
        }
#pragma GCC unroll 4
        for (int b = 0; b < m; ++b)
          block(out + b * width) = total[b];
      }

      template <int dim>
      void sum_strip(const long n_blocks, const double *const x,
                     const double *const c, const int n_modes, const int row,
                     double *const out)
      {
        // More registers than these would not hold the tables.
        constexpr int most = dim == 3 && NODAL_SERIES_BYTES == 64 ? 4 : 2,
                      m = parts > most ? parts : most;
        constexpr long step = m / parts;
        long b = 0;
        for (; b + step <= n_blocks; b += step)
          sum_strip_blocks<dim, m>(x + b * dim * block_size, c, n_modes, row,
                                   out + b * block_size);
        for (; b < n_blocks; ++b)
          sum_strip_blocks<dim, parts>(x + b * dim * block_size, c, n_modes,
                                       row, out + b * block_size);
      }

      void tabulate_all(const long n, const double *const t, const int n_modes,
                        double *const out)
      {
        Block table[most_modes];
        for (long i = 0; i < n; i += width)
        {
          tabulate(block(t + i), n_modes, table, 1);
          for (int k = 0; k < n_modes; ++k)
            block(out + k * n + i) = table[k];
        }
      }

      template <int dim>
      void tabulate_strips(const long n, const double *const s,
                           double *const out)
      {
        constexpr int terms = series::strip_terms(dim);
        Block table[terms];
        for (long i = 0; i < n; i += width)
        {
          tabulate_strip<dim, 1>(block(s + i), table);
          for (int k = 0; k < terms; ++k)
            block(out + k * n + i) = table[k];
        }
      }

      /// @p rows rows of @p columns registers of C = A B.
      template <int rows, int columns>
      NODAL_INLINE void multiply_part(const int k, const int n,
                                      const double *const A, const int a_width,
                                      const double *const B, double *const C)
      {
        Block sums[rows][columns] = {};
        for (int l = 0; l < k; ++l)
#pragma GCC unroll 4
          for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
            for (int b = 0; b < columns; ++b)
              sums[r][b] +=
                  A[r * a_width + l] * block(B + long(l) * n + b * width);
#pragma GCC unroll 4
        for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
          for (int b = 0; b < columns; ++b)
            block(C + long(r) * n + b * width) = sums[r][b];
      }

      template <int rows>
      NODAL_INLINE void multiply_rows(const int k, const int n,
                                      const double *const A, const int a_width,
                                      const double *const B, double *const C)
      {
        int j = 0;
        for (; j + 4 * width <= n; j += 4 * width)
          multiply_part<rows, 4>(k, n, A, a_width, B + j, C + j);
        for (; j < n; j += width)
          multiply_part<rows, 1>(k, n, A, a_width, B + j, C + j);
      }

      void multiply(const int m, const int k, const int n, const double *A,
                    const int a_width, const double *const B, double *C)
      {
        constexpr int r = rows_at_once;
        int i = 0;
        for (; i + r <= m; i += r, A += r * a_width, C += long(r) * n)
          multiply_rows<r>(k, n, A, a_width, B, C);
        for (; i < m; ++i, A += a_width, C += n)
          multiply_rows<1>(k, n, A, a_width, B, C);
      }

      /// Registers that the weights of a row fill.
      constexpr int row_parts = (grid_reach + width - 1) / width;

      /// Σ_j w_j row_j, in registers.
      NODAL_INLINE void add_rows(const double factor, const double *const w,
                                 const double *const grid, const int row_width,
                                 Block (&sums)[row_parts])
      {
#pragma GCC unroll 12
        for (int j = 0; j < grid_reach; ++j)
#pragma GCC unroll 6
          for (int b = 0; b < row_parts; ++b)
            sums[b] +=
                factor * w[j] * block(grid + long(j) * row_width + b * width);
      }

      NODAL_INLINE double sum_row(const double *const w,
                                  const Block (&sums)[row_parts])
      {
        Block sum = block(w) * sums[0];
#pragma GCC unroll 6
        for (int b = 1; b < row_parts; ++b)
          sum += block(w + b * width) * sums[b];
        double result = 0;
#pragma GCC unroll 8
        for (int i = 0; i < width; ++i)
          result += sum[i];
        return result;
      }

      void interpolate_2d(const long n, const int *first, const double *w, int,
                          const int row_width, const double *grid, double *out)
      {
        for (long i = 0; i < n; ++i, first += 2, w += grid_weights(2))
        {
          Block sums[row_parts] = {};
          add_rows(1., w, grid + long(first[0]) * row_width + first[1],
                   row_width, sums);
          out[i] = sum_row(w + grid_reach, sums);
        }
      }

      void interpolate_3d(const long n, const int *first, const double *w,
                          const int n_points, const int row_width,
                          const double *grid, double *out)
      {
        for (long i = 0; i < n; ++i, first += 3, w += grid_weights(3))
        {
          Block sums[row_parts] = {};
          for (int j = 0; j < grid_reach; ++j)
            add_rows(
                w[j], w + grid_reach,
                grid + (long(first[0] + j) * n_points + first[1]) * row_width +
                    first[2],
                row_width, sums);
          out[i] = sum_row(w + 2 * grid_reach, sums);
        }
      }

      /// exp x = 2^k exp r with |r| ≤ log(2)/2, and exp r by its Taylor
      /// series to degree 13, whose remainder is below rounding.
      NODAL_INLINE Block exponential(Block x)
      {
        constexpr double per_octave = 1.4426950408889634074,
                         log2_high = 6.93145751953125e-1,
                         log2_low = 1.42860682030941723212e-6,
                         to_integer = 6755399441055744.; // 1.5 · 2^52
        const Block given = x;
        x = x < -708. ? Block{} - 708. : x;
        x = x > 709. ? Block{} + 709. : x;
        const Block shifted = x * per_octave + to_integer;
        const Block k = shifted - to_integer;
        const Block r = (x - k * log2_high) - k * log2_low;
        Block p = Block{} + 1. / 6227020800.;
        constexpr double inverse_factorials[] = {1. / 479001600.,
                                                 1. / 39916800.,
                                                 1. / 3628800.,
                                                 1. / 362880.,
                                                 1. / 40320.,
                                                 1. / 5040.,
                                                 1. / 720.,
                                                 1. / 120.,
                                                 1. / 24.,
                                                 1. / 6.,
                                                 0.5,
                                                 1.,
                                                 1.};
        for (const double a : inverse_factorials)
          p = p * r + a;
        // The low bits of `shifted` hold k; they become the exponent.
        const Integers exponent = (reinterpret_cast<Integers>(shifted) + 1023LL)
                                  << 52;
        Block result = p * reinterpret_cast<Block>(exponent);
        // Beyond the normal numbers: nothing, or infinity.
        result = given < -708. ? Block{} : result;
        return given > 709. ? Block{} + __builtin_inf() : result;
      }

      void log_normal(const long n, const double mean, const double deviation,
                      double *const x)
      {
        long i = 0;
        for (; i + width <= n; i += width)
          block(x + i) = exponential(mean + deviation * block(x + i));
        if (i == n)
          return;
        double rest[width] = {};
        for (long j = i; j < n; ++j)
          rest[j - i] = x[j];
        block(rest) = exponential(mean + deviation * block(rest));
        for (long j = i; j < n; ++j)
          x[j] = rest[j - i];
      }
    } // namespace

    const Kernels &NODAL_SERIES_TARGET()
    {
      static const Kernels result = {sum<2>,
                                     sum<3>,
                                     sum_strip<2>,
                                     sum_strip<3>,
                                     tabulate_strips<2>,
                                     tabulate_strips<3>,
                                     tabulate_all,
                                     multiply,
                                     interpolate_2d,
                                     interpolate_3d,
                                     log_normal};
      return result;
    }
  } // namespace series
} // namespace nodal
