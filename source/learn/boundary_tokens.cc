// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boundary_tokens.h"

#include "network_parts.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  using torch::Tensor;

  namespace
  {
    /// The order of @p points (B × 2) by angle, then by radius.
    Tensor order_around(const Tensor &points)
    {
      const Tensor host = points.to(torch::kCPU, torch::kFloat64).contiguous();
      const double *const x = host.data_ptr<double>();
      std::vector<std::int64_t> order(host.size(0));
      std::iota(order.begin(), order.end(), std::int64_t(0));
      std::sort(order.begin(), order.end(),
                [x](const std::int64_t a, const std::int64_t b)
                {
                  const double angle_a = std::atan2(x[2 * a + 1], x[2 * a]),
                               angle_b = std::atan2(x[2 * b + 1], x[2 * b]);
                  if (angle_a != angle_b)
                    return angle_a < angle_b;
                  return std::hypot(x[2 * a], x[2 * a + 1]) <
                         std::hypot(x[2 * b], x[2 * b + 1]);
                });
      return torch::tensor(order, torch::kInt64).to(points.device());
    }

    void add_pairs(const GraphBatch &batch, const std::int64_t k,
                   BoundaryTokens &tokens)
    {
      const unsigned int dim = batch.dim;
      const Tensor points = batch.points.slice(0, tokens.first,
                                               tokens.first + tokens.n),
                   ends = tokens.rows_of(batch.points),
                   normals = tokens.rows_of(fine_node_features(batch))
                                 .slice(1, 7, 7 + dim),
                   share = tokens.rows_of(batch.boundary_measure);
      Tensor square, along;
      for (unsigned int d = 0; d < dim; ++d)
      {
        const Tensor way =
            ends.select(1, d).unsqueeze(0) - points.select(1, d).unsqueeze(1);
        const Tensor projected = way * normals.select(1, d).unsqueeze(0);
        square = d == 0 ? way * way : square + way * way;
        along = d == 0 ? projected : along + projected;
      }
      const Tensor extent = batch.half_extents[k];
      // A node that is a token itself is at half a mesh width from it.
      const Tensor spacing = batch.levels[0].spacing.slice(
          0, tokens.first, tokens.first + tokens.n);
      square = square + spacing * spacing / 4;
      tokens.cosine = along / square.sqrt();
      tokens.log_distance = (square / (extent * extent)).log();
      const Tensor measure =
          share.select(1, 0) + share.select(1, 1) + share.select(1, 2);
      tokens.log_measure =
          (measure / extent.pow(dim - 1.)).clamp_min(1e-12).log().unsqueeze(0);
    }
  } // namespace

  std::vector<BoundaryTokens> boundary_tokens(const GraphBatch &batch,
                                              const Tensor &values,
                                              const bool is_ordered,
                                              const bool has_pairs)
  {
    std::vector<BoundaryTokens> result;
    std::int64_t first = 0;
    for (std::int64_t k = 0; k < batch.n_samples; ++k)
    {
      const std::int64_t n = batch.sample_sizes[k];
      BoundaryTokens tokens(batch, first, n);
      const Tensor extent = batch.half_extents[k];
      Tensor box =
          relative_points(batch, k, tokens.nodes.rows_of(batch.points));
      if (is_ordered)
      {
        tokens.order = order_around(box);
        box = box.index_select(0, tokens.order);
      }
      const Tensor types =
          tokens.rows_of(fine_node_features(batch)).slice(1, 1, 4);
      const Tensor g = tokens.rows_of(values);
      const Tensor robin =
          tokens.rows_of(batch.robin_coefficients).abs() * extent;
      const Tensor share =
          tokens.rows_of(batch.boundary_measure) / extent.pow(batch.dim - 1.);
      tokens.features = torch::cat(
          {box, g * types.slice(1, 0, 1), g * types.slice(1, 1, 2),
           g * types.slice(1, 2, 3), robin / (1 + robin), share.sum(1, true)},
          1);
      if (has_pairs)
        add_pairs(batch, k, tokens);
      result.push_back(std::move(tokens));
      first += n;
    }
    return result;
  }
} // namespace nodal
