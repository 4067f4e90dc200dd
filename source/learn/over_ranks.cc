// SPDX-License-Identifier: LGPL-2.1-or-later
#include "over_ranks.h"

#include "network_parts.h"

#include <nodal/core/communicator.h>
#include <nodal/core/gather.h>

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  using torch::Tensor;
  using torch::autograd::AutogradContext;
  using torch::autograd::Function;
  using torch::autograd::variable_list;

  namespace
  {
    /// @p x, an array of doubles here, with @p operation over all ranks.
    Tensor reduced(MPI_Comm comm, const Tensor &x, const MPI_Op operation)
    {
      if (size_of(comm) == 1)
        return x;
      Tensor all = x.to(torch::kCPU, torch::kFloat64).contiguous().clone();
      MPI_Allreduce(MPI_IN_PLACE, all.data_ptr<double>(), all.numel(),
                    MPI_DOUBLE, operation, comm);
      return all.to(x.options());
    }

    struct SumOverRanks : Function<SumOverRanks>
    {
      static Tensor forward(AutogradContext *, const Tensor &x,
                            const MPI_Comm *comm)
      {
        return reduced(*comm, x, MPI_SUM);
      }

      static variable_list backward(AutogradContext *, variable_list gradients)
      {
        return {gradients[0], Tensor()};
      }
    };

    /// What brings numbers up to @p largest below one, as an exponent of two.
    int exponent_above(const double largest)
    {
      // Of numbers smaller than this nothing is left in a sum of squares.
      return largest > 1e-150 ? std::ilogb(largest) + 1 : -500;
    }

    /// aᵀ b over the rows of all ranks: terms are cut into two whole numbers of
    /// 26 bits, whose sums are exact up to 2^27 rows.
    Tensor exact_product(MPI_Comm comm, const Tensor &a, const Tensor &b)
    {
      const Tensor x = a.to(torch::kCPU, torch::kFloat64).contiguous(),
                   y = b.to(torch::kCPU, torch::kFloat64).contiguous();
      const std::int64_t n = x.size(0), k = x.size(1), m = y.size(1);
      std::vector<double> largest(k + m, 0.);
      const auto find_largest = [n](const Tensor &values, double *const into)
      {
        const double *next = values.data_ptr<double>();
        for (std::int64_t i = 0; i < n; ++i)
          for (std::int64_t c = 0; c < values.size(1); ++c, ++next)
            // What is no number counts as without bound.
            into[c] = std::max(into[c], std::isfinite(*next) ? std::abs(*next)
                                                             : HUGE_VAL);
      };
      find_largest(x, largest.data());
      find_largest(y, largest.data() + k);
      MPI_Allreduce(MPI_IN_PLACE, largest.data(), k + m, MPI_DOUBLE, MPI_MAX,
                    comm);
      if (std::any_of(largest.begin(), largest.end(),
                      [](const double value) { return std::isinf(value); }))
        return torch::full({k, m}, std::nan(""), a.options());
      constexpr double steps = 1 << 26;
      std::vector<double> scales;
      for (const double value : largest)
        scales.push_back(std::ldexp(1., -exponent_above(value)));
      std::vector<double> sums(2 * k * m, 0.);
      double *const high = sums.data(), *const low = sums.data() + k * m;
      const double *row = x.data_ptr<double>(), *other = y.data_ptr<double>();
      for (std::int64_t i = 0; i < n; ++i, row += k, other += m)
        for (std::int64_t c = 0; c < k; ++c)
          for (std::int64_t d = 0; d < m; ++d)
          {
            const std::int64_t e = c * m + d;
            const double term = row[c] * scales[c] *
                                (other[d] * scales[k + d]) * steps,
                         whole = std::nearbyint(term);
            high[e] += whole;
            low[e] += std::nearbyint((term - whole) * steps);
          }
      MPI_Allreduce(MPI_IN_PLACE, sums.data(), sums.size(), MPI_DOUBLE, MPI_SUM,
                    comm);
      Tensor result = torch::empty({k, m}, torch::kFloat64);
      for (std::int64_t c = 0; c < k; ++c)
        for (std::int64_t d = 0; d < m; ++d)
        {
          const std::int64_t e = c * m + d;
          result.data_ptr<double>()[e] =
              (high[e] + low[e] / steps) / steps / scales[c] / scales[k + d];
        }
      return result.to(a.options());
    }

    struct ProductOverRanks : Function<ProductOverRanks>
    {
      static Tensor forward(AutogradContext *context, const Tensor &a,
                            const Tensor &b, const MPI_Comm *comm)
      {
        context->save_for_backward({a, b});
        // The communicator outlives the batch, the reference does not.
        context->saved_data["comm"] = std::int64_t(MPI_Comm_c2f(*comm));
        return exact_product(*comm, a, b);
      }

      static variable_list backward(AutogradContext *context,
                                    variable_list gradients)
      {
        const MPI_Comm comm =
            MPI_Comm_f2c(MPI_Fint(context->saved_data["comm"].toInt()));
        const variable_list saved = context->get_saved_variables();
        const Tensor &a = saved[0], &b = saved[1];
        const Tensor d = reduced(comm, gradients[0], MPI_SUM);
        return {a.requires_grad() ? layers::dense(b, d.t()) : Tensor(),
                b.requires_grad() ? layers::dense(a, d) : Tensor(), Tensor()};
      }
    };
  } // namespace

  Tensor sum_over_ranks(const GraphBatch &batch, const Tensor &x)
  {
    if (size_of(batch.comm) == 1)
      return x;
    return SumOverRanks::apply(x, &batch.comm);
  }

  Tensor product_over_ranks(const GraphBatch &batch, const Tensor &a,
                            const Tensor &b)
  {
    TORCH_CHECK(a.size(0) == b.size(0), "the sizes of a product differ");
    return ProductOverRanks::apply(a, b, &batch.comm);
  }

  Tensor largest_over_ranks(const GraphBatch &batch, const Tensor &x)
  {
    return reduced(batch.comm, x, MPI_MAX);
  }

  BoundaryNodes::BoundaryNodes(const GraphBatch &batch,
                               const std::int64_t first, const std::int64_t n)
      : comm(batch.comm), own(boundary_rows(batch, first, n))
  {
    if (size_of(comm) == 1)
      return;
    const Tensor rows = own.to(torch::kCPU).contiguous();
    std::vector<std::int64_t> numbers;
    for (std::int64_t k = 0; k < rows.numel(); ++k)
      numbers.push_back(batch.numbers[rows.data_ptr<std::int64_t>()[k]]);
    counts.resize(size_of(comm));
    const int n_own = numbers.size();
    MPI_Allgather(&n_own, 1, MPI_INT, counts.data(), 1, MPI_INT, comm);
    const std::vector<std::int64_t> all = gather_on_all(numbers, comm);
    std::vector<std::int64_t> places(all.size());
    std::iota(places.begin(), places.end(), std::int64_t(0));
    std::sort(places.begin(), places.end(),
              [&](const std::int64_t a, const std::int64_t b)
              { return all[a] < all[b]; });
    order = torch::tensor(places, torch::kInt64);
  }

  Tensor BoundaryNodes::rows_of(const Tensor &x) const
  {
    const Tensor rows = x.index_select(0, own);
    if (size_of(comm) == 1)
      return rows;
    const Tensor values =
        rows.detach().to(torch::kCPU, torch::kFloat64).contiguous();
    const std::int64_t width = x.size(1);
    std::vector<int> sizes = counts;
    for (int &size : sizes)
      size *= width;
    Tensor all = torch::empty({order.size(0), width}, torch::kFloat64);
    MPI_Allgatherv(values.data_ptr<double>(), values.numel(), MPI_DOUBLE,
                   all.data_ptr<double>(), sizes.data(),
                   displacements(sizes).data(), MPI_DOUBLE, comm);
    return all.index_select(0, order).to(x.options());
  }
} // namespace nodal
