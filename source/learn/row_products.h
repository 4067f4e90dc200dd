// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_learn_row_products_h
#define nodal_source_learn_row_products_h

#include <nodal/learn/row_kernels.h>

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <cstdint>

namespace nodal
{
  // What layers do with rows of numbers by kernels of our own, without
  // gradients.
  namespace layers
  {
    /// True if kernels of our own compute for @p x; see use_reference().
    bool runs_here(const torch::Tensor &x);

    /// What use_reference() said last.
    bool reference_in_use();

    /// Calls @p work with a number of the type of @p x.
    template <class Work>
    void for_type(const torch::Tensor &x, const Work &work)
    {
      if (x.scalar_type() == torch::kFloat64)
        work(double());
      else
        work(float());
    }

    /// work(first, last) for pieces of n rows.
    template <class Work>
    void for_rows(const std::int64_t n, const Work &work)
    {
      at::parallel_for(0, n, 256,
                       [&](const std::int64_t first, const std::int64_t last)
                       { work(first, last); });
    }

    /// x w + bias. @p bias may be undefined or empty.
    torch::Tensor product(const torch::Tensor &x, const torch::Tensor &w,
                          const torch::Tensor &bias);

    /// xᵀ y, summed in an order that only the number of rows decides.
    torch::Tensor gram(const torch::Tensor &x, const torch::Tensor &y);

    torch::Tensor apply_silu(const torch::Tensor &x);

    /// The gradient by @p x where that by silu(x) is @p dy.
    torch::Tensor silu_gradient(const torch::Tensor &x,
                                const torch::Tensor &dy);
  } // namespace layers
} // namespace nodal

#endif
