// SPDX-License-Identifier: LGPL-2.1-or-later
#include "row_products.h"

#include <nodal/learn/edges.h>

#include <torch/torch.h>

namespace nodal
{
  namespace layers
  {
    using torch::Tensor;

    namespace
    {
      /// Rows of a product whose sum is one term of xᵀ y, whatever the threads.
      constexpr std::int64_t gram_rows = 2048;

      bool reference_is_used = false;
    } // namespace

    bool runs_here(const Tensor &x)
    {
      return !reference_is_used && x.device().is_cpu() &&
             (x.scalar_type() == torch::kFloat32 ||
              x.scalar_type() == torch::kFloat64);
    }

    Tensor product(const Tensor &x, const Tensor &w, const Tensor &bias)
    {
      const std::int64_t m = x.size(0), k = x.size(1), n = w.size(1);
      Tensor y = torch::empty({m, n}, x.options());
      for_type(x,
               [&](auto t)
               {
                 using T = decltype(t);
                 const T *const b = bias.defined() && bias.numel() > 0
                                        ? bias.data_ptr<T>()
                                        : nullptr;
                 // Blocks of eight rows, as in the kernel.
                 for_rows((m + 7) / 8,
                          [&](const std::int64_t first, const std::int64_t last)
                          {
                            const std::int64_t i = first * 8,
                                               end = std::min(last * 8, m);
                            rows::kernels<T>().times(
                                end - i, k, n, x.data_ptr<T>() + i * k,
                                w.data_ptr<T>(), b, y.data_ptr<T>() + i * n);
                          });
               });
      return y;
    }

    Tensor gram(const Tensor &x, const Tensor &y)
    {
      const std::int64_t m = x.size(0), k = x.size(1), n = y.size(1),
                         n_pieces = (m + gram_rows - 1) / gram_rows;
      Tensor pieces = torch::zeros({n_pieces, k, n}, x.options());
      for_type(x,
               [&](auto t)
               {
                 using T = decltype(t);
                 at::parallel_for(
                     0, n_pieces, 1,
                     [&](const std::int64_t first, const std::int64_t last)
                     {
                       for (std::int64_t p = first; p < last; ++p)
                       {
                         const std::int64_t i = p * gram_rows;
                         rows::kernels<T>().transposed_times(
                             std::min(gram_rows, m - i), k, n,
                             x.data_ptr<T>() + i * k, y.data_ptr<T>() + i * n,
                             pieces.data_ptr<T>() + p * k * n);
                       }
                     });
               });
      if (n_pieces == 1)
        return pieces[0];
      Tensor sum = torch::zeros({k, n}, x.options());
      for (std::int64_t p = 0; p < n_pieces; ++p)
        sum += pieces[p];
      return sum;
    }

    Tensor apply_silu(const Tensor &x)
    {
      Tensor y = torch::empty_like(x);
      for_type(x,
               [&](auto t)
               {
                 using T = decltype(t);
                 rows::kernels<T>().silu(x.numel(), x.data_ptr<T>(),
                                         y.data_ptr<T>());
               });
      return y;
    }

    Tensor silu_gradient(const Tensor &x, const Tensor &dy)
    {
      Tensor dx = torch::empty_like(x);
      const std::int64_t n = x.size(0), width = n > 0 ? x.numel() / n : 0;
      for_type(x,
               [&](auto t)
               {
                 using T = decltype(t);
                 for_rows(n,
                          [&](const std::int64_t first, const std::int64_t last)
                          {
                            const std::int64_t i = first * width;
                            rows::kernels<T>().silu_gradient(
                                (last - first) * width, x.data_ptr<T>() + i,
                                dy.data_ptr<T>() + i, dx.data_ptr<T>() + i);
                          });
               });
      return dx;
    }

    void use_reference(const bool use)
    {
      reference_is_used = use;
    }

    bool reference_in_use()
    {
      return reference_is_used;
    }
  } // namespace layers
} // namespace nodal
