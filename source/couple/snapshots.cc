// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/couple/snapshots.h>
#include <nodal/learn/model.h>
#include <nodal/learn/model_json.h>

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace nodal
{
  using nlohmann::json;

  namespace
  {
    SnapshotsDescription snapshots_description(const json &values)
    {
      SnapshotsDescription result;
      values.at("dim").get_to(result.dim);
      values.at("block_size").get_to(result.block_size);
      values.at("vectors").get_to(result.n_vectors);
      values.at("problem").get_to(result.problem);
      values.at("datasets").get_to(result.datasets);
      values.at("validation_error").get_to(result.validation_error);
      values.at("versions").get_to(result.versions);
      if (result.dim < 1 || result.dim > 3)
        throw std::out_of_range("the dimension is not from 1 to 3");
      if (result.block_size < 1 || result.n_vectors < 1)
        throw std::out_of_range("there are no vectors");
      return result;
    }

    json to_json(const SnapshotsDescription &model)
    {
      return {{"dim", model.dim},
              {"block_size", model.block_size},
              {"vectors", model.n_vectors},
              {"problem", model.problem},
              {"datasets", model.datasets},
              {"validation_error", model.validation_error},
              {"versions", model.versions}};
    }

    template <class T>
    std::vector<T> numbers_of(const torch::Tensor &tensor,
                              const torch::ScalarType type)
    {
      const torch::Tensor flat = tensor.to(type).contiguous().flatten();
      return {flat.data_ptr<T>(), flat.data_ptr<T>() + flat.numel()};
    }
  } // namespace

  Snapshots Snapshots::read(const std::string &folder)
  {
    Snapshots result;
    read_model_json(folder + "/model.json", snapshots_format,
                    [&](const json &values)
                    { result.description = snapshots_description(values); });
    const SnapshotsDescription &model = result.description;
    const std::string file = folder + "/weights.pt";
    for (const auto &[name, tensor] : read_tensors(file))
      if (tensor.layout() == torch::kStrided &&
          torch::isFloatingType(tensor.scalar_type()))
      {
        if (name == "points")
          result.points = numbers_of<double>(tensor, torch::kFloat64);
        else if (name == "vectors")
          result.vectors = numbers_of<float>(tensor, torch::kFloat32);
      }
    const auto is_finite = [](const auto &values)
    {
      return std::all_of(values.begin(), values.end(),
                         [](const auto x) { return std::isfinite(x); });
    };
    if (result.points.empty() || result.points.size() % model.dim != 0 ||
        result.vectors.size() != std::size_t(result.n_nodes()) *
                                     model.block_size * model.n_vectors ||
        !is_finite(result.points) || !is_finite(result.vectors))
      throw BadInput("The numbers in '" + file +
                     "' are not those of the model beside them; copy the "
                     "folder again, or make the snapshots anew.");
    return result;
  }

  void Snapshots::write(const std::string &folder) const
  {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    write_tensors(
        folder + "/weights.pt",
        {{"points",
          torch::tensor(points, torch::kFloat64).view({-1, description.dim})},
         {"vectors", torch::tensor(vectors, torch::kFloat32)
                         .view({-1, description.n_vectors})}});
    write_model_json(folder + "/model.json", snapshots_format,
                     to_json(description));
  }

  std::vector<int> Snapshots::nodes_at(const Coordinates &places) const
  {
    const unsigned int dim = description.dim;
    if (places.dim != dim)
      return std::vector<int>(places.values.size() / std::max(1u, places.dim),
                              -1);
    // Nodes by a combination of coordinates that few of them share.
    constexpr std::array<double, 3> direction = {1, 0.618, 0.382};
    const auto height = [&](const double *const x)
    { return std::inner_product(x, x + dim, direction.begin(), 0.); };
    std::vector<std::pair<double, int>> order(n_nodes());
    for (unsigned int i = 0; i < n_nodes(); ++i)
      order[i] = {height(&points[i * dim]), i};
    std::sort(order.begin(), order.end());
    const auto [least, most] =
        std::minmax_element(points.begin(), points.end());
    const double tolerance = 1e-9 * (*most - *least);
    std::vector<int> result(places.values.size() / dim, -1);
    for (std::size_t i = 0; i < result.size(); ++i)
    {
      const double *const x = &places.values[i * dim], here = height(x);
      auto at = std::lower_bound(order.begin(), order.end(),
                                 std::make_pair(here - 2 * tolerance, -1));
      for (; result[i] < 0 && at != order.end() &&
             at->first <= here + 2 * tolerance;
           ++at)
      {
        bool is_there = true;
        for (unsigned int d = 0; d < dim; ++d)
          is_there = is_there &&
                     std::abs(points[at->second * dim + d] - x[d]) <= tolerance;
        if (is_there)
          result[i] = at->second;
      }
    }
    return result;
  }
} // namespace nodal
