// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/random.h>
#include <nodal/learn/edges.h>

#include <boost/test/unit_test.hpp>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <functional>

using namespace nodal;
using torch::Tensor;

BOOST_AUTO_TEST_SUITE(layers_of_graphs)

namespace
{
  /// Random edges from 23 sources to 17 targets, some of them without any.
  Edges random_edges()
  {
    Random random(1, 2, 3);
    std::vector<int> offsets = {0}, sources;
    for (unsigned int i = 0; i < 17; ++i)
    {
      for (unsigned int k = 0; k < (i * 5) % 11; ++k)
        sources.push_back(23 * random.uniform());
      offsets.push_back(sources.size());
    }
    return Edges(offsets, sources, 23);
  }

  Tensor random_tensor(const std::vector<std::int64_t> &size,
                       const torch::ScalarType type)
  {
    return torch::randn(size, torch::TensorOptions().dtype(type))
        .requires_grad_(true);
  }

  double difference(const Tensor &a, const Tensor &b)
  {
    return (a - b).abs().max().item<double>();
  }

  using Layer = std::function<Tensor(const std::vector<Tensor> &)>;

  /// The same values and the same gradients for all @p inputs.
  void check_equal(const std::vector<Tensor> &inputs, const Layer &fast,
                   const Layer &slow)
  {
    const double tolerance =
        inputs[0].scalar_type() == torch::kFloat64 ? 1e-12 : 3e-5;
    std::vector<Tensor> gradients;
    Tensor weights;
    for (const Layer &layer : {slow, fast})
    {
      for (Tensor input : inputs)
        input.mutable_grad() = Tensor();
      const Tensor y = layer(inputs);
      if (!weights.defined())
      {
        weights = torch::randn_like(y);
        (y * weights).sum().backward();
        for (const Tensor &input : inputs)
          gradients.push_back(input.requires_grad() ? input.grad().clone()
                                                    : Tensor());
        continue;
      }
      BOOST_TEST(difference(y, slow(inputs)) < tolerance);
      (y * weights).sum().backward();
      for (std::size_t i = 0; i < inputs.size(); ++i)
        if (inputs[i].requires_grad())
          BOOST_TEST(difference(inputs[i].grad(), gradients[i]) < tolerance);
    }
  }
} // namespace

BOOST_AUTO_TEST_CASE(layers_do_what_their_references_do)
{
  torch::manual_seed(5);
  const Edges edges = random_edges();
  for (const auto type : {torch::kFloat64, torch::kFloat32})
    for (const std::int64_t n : {1, 3, 12, 16, 40, 65})
    {
      check_equal(
          {random_tensor({17, n}, type), random_tensor({23, n}, type),
           random_tensor({edges.size(), 5}, type), random_tensor({5, n}, type)},
          [&](const auto &x)
          { return layers::edge_hidden(edges, x[0], x[1], x[2], x[3]); },
          [&](const auto &x) {
            return reference_layers::edge_hidden(edges, x[0], x[1], x[2], x[3]);
          });
      check_equal(
          {random_tensor({17, 7}, type), random_tensor({23, 4}, type),
           random_tensor({edges.size(), 5}, type), random_tensor({7, n}, type),
           random_tensor({4, n}, type), random_tensor({5, n}, type),
           random_tensor({n}, type)},
          [&](const auto &x)
          {
            return layers::edge_network(edges, x[0], x[1], x[2], x[3], x[4],
                                        x[5], x[6]);
          },
          [&](const auto &x)
          {
            return reference_layers::edge_network(edges, x[0], x[1], x[2], x[3],
                                                  x[4], x[5], x[6]);
          });
      check_equal(
          {random_tensor({edges.size(), n}, type), random_tensor({17, n}, type),
           random_tensor({23, n}, type)},
          [&](const auto &x)
          { return layers::weighted_sum(edges, x[0], x[1], x[2]); },
          [&](const auto &x)
          { return reference_layers::weighted_sum(edges, x[0], x[1], x[2]); });
      check_equal(
          {random_tensor({edges.size()}, type).detach(),
           random_tensor({23, n}, type)},
          [&](const auto &x) { return layers::scalar_sum(edges, x[0], x[1]); },
          [&](const auto &x)
          { return reference_layers::scalar_sum(edges, x[0], x[1]); });
      check_equal(
          {random_tensor({edges.size(), n}, type)},
          [&](const auto &x) { return layers::edge_sum(edges, x[0]); },
          [&](const auto &x)
          { return reference_layers::edge_sum(edges, x[0]); });
      check_equal(
          {random_tensor({4000, 7}, type), random_tensor({7, n}, type),
           random_tensor({n}, type)},
          [&](const auto &x) { return layers::dense(x[0], x[1], x[2]) / 64; },
          [&](const auto &x) { return torch::addmm(x[2], x[0], x[1]) / 64; });
      check_equal(
          {(8 * random_tensor({19, n}, type)).detach().requires_grad_()},
          [&](const auto &x) { return layers::silu(x[0]); },
          [&](const auto &x) { return torch::silu(x[0]); });
    }
}

BOOST_AUTO_TEST_CASE(activation_of_large_numbers_is_finite)
{
  const Tensor x = torch::tensor({-1e30, -1000., -90., 0., 90., 1000., 1e30},
                                 torch::kFloat32)
                       .requires_grad_(true);
  const Tensor y = layers::silu(x);
  y.sum().backward();
  BOOST_TEST(torch::isfinite(y).all().item<bool>());
  BOOST_TEST(torch::isfinite(x.grad()).all().item<bool>());
  BOOST_TEST(difference(y.slice(0, 5), x.slice(0, 5)) == 0);
}

BOOST_AUTO_TEST_CASE(a_row_does_not_depend_on_its_neighbours)
{
  torch::manual_seed(6);
  for (const auto type : {torch::kFloat64, torch::kFloat32})
  {
    const Tensor x = random_tensor({101, 13}, type).detach(),
                 w = random_tensor({13, 37}, type).detach();
    const Tensor all = layers::dense(x, w);
    for (const std::int64_t first : {1, 5, 64})
      BOOST_TEST(torch::equal(layers::dense(x.slice(0, first), w),
                              all.slice(0, first)));
  }
}

BOOST_AUTO_TEST_CASE(threads_change_no_bit)
{
  torch::manual_seed(7);
  const Tensor x = random_tensor({9000, 24}, torch::kFloat32),
               w = random_tensor({24, 40}, torch::kFloat32);
  std::vector<Tensor> results;
  for (const int n_threads : {1, 2, 3})
  {
    at::set_num_threads(n_threads);
    x.mutable_grad() = w.mutable_grad() = Tensor();
    const Tensor y = layers::silu(layers::dense(x, w));
    (y * y).sum().backward();
    const std::vector<Tensor> now = {y.detach(), x.grad().clone(),
                                     w.grad().clone()};
    if (results.empty())
      results = now;
    for (std::size_t i = 0; i < now.size(); ++i)
      BOOST_TEST(torch::equal(now[i], results[i]));
  }
  at::set_num_threads(1);
}

BOOST_AUTO_TEST_SUITE_END()
