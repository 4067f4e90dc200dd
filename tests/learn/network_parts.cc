// SPDX-License-Identifier: LGPL-2.1-or-later
#include <source/learn/boundary_tokens.h>
#include <source/learn/network_parts.h>

#include <tests/learn/samples_on_graphs.h>

#include <boost/test/unit_test.hpp>

#include <torch/torch.h>

#include <cmath>

using namespace nodal;
using namespace samples::on_graphs;

BOOST_AUTO_TEST_SUITE(network_parts)

namespace
{
  GraphBatch disc_and_square()
  {
    static const GraphSample disc = wave_sample(
                                 std::make_shared<Graph>(make_graph(
                                     description_for_graphs(true, 1), 6)),
                                 0),
                             square = wave_sample(
                                 std::make_shared<Graph>(make_graph(
                                     description_for_graphs(false, 2), 6)),
                                 1);
    return make_batch({&disc, &square}, torch::kFloat64, torch::kCPU);
  }

  /// One round of messages, with weights that a test may change.
  class OneStep : public NetworkOperator
  {
  public:
    void add_parameters(Parameters &) override
    {
    }

    torch::Tensor &named(const std::string &name)
    {
      for (const auto &[key, tensor] : weights())
        if (key == name)
        {
          found = tensor;
          return found;
        }
      throw std::runtime_error("no weight " + name);
    }

    void pass(const GraphBatch &batch, torch::Tensor &nodes,
              torch::Tensor &edges) const
    {
      pass_messages(step, batch.levels[0].edges, {}, nodes, edges);
    }

  protected:
    void make_weights() override
    {
      step = add_message_step("step", 16, 0);
    }

    torch::Tensor correction(const GraphBatch &batch) const override
    {
      return torch::zeros_like(batch.lift);
    }

  private:
    MessageStep step;
    torch::Tensor found;
  };
} // namespace

BOOST_AUTO_TEST_CASE(messages_are_added_to_states_of_edges_once)
{
  const torch::NoGradGuard guard;
  const GraphBatch batch = disc_and_square();
  OneStep network;
  network.initialize(wave_shape(), wave_normalizer(), Random(2, 0, 0));
  // Every message is the shift of its norm, then.
  network.named("step.message.out").zero_();
  const auto options = torch::TensorOptions().dtype(torch::kFloat64);
  const torch::Tensor shift = torch::arange(16, options);
  network.named("step.message norm shift").copy_(shift);
  network.named("step.update norm scale").fill_(-1);
  const torch::Tensor nodes =
                          torch::ones({batch.levels[0].n_nodes, 16}, options),
                      edges = torch::full({batch.levels[0].n_edges, 16}, 0.5,
                                          options);
  torch::Tensor new_nodes = nodes, new_edges = edges;
  network.pass(batch, new_nodes, new_edges);
  BOOST_TEST(torch::equal(new_edges, edges + shift));
  BOOST_TEST(torch::equal(new_nodes, nodes));
  network.pass(batch, new_nodes, new_edges);
  BOOST_TEST(torch::equal(new_edges, edges + shift + shift));
}

BOOST_AUTO_TEST_CASE(tokens_go_once_around_each_boundary)
{
  const GraphBatch batch = disc_and_square();
  const auto tokens =
      boundary_tokens(batch, batch.boundary_values, true, false);
  BOOST_TEST(tokens.size() == 2u);
  for (const BoundaryTokens &boundary : tokens)
  {
    const torch::Tensor x = boundary.features,
                        all = torch::arange(batch.points.size(0)).unsqueeze(1),
                        rows = boundary.rows_of(all);
    double before = -10;
    for (std::int64_t i = 0; i < x.size(0); ++i)
    {
      const std::int64_t row = rows[i].item<std::int64_t>();
      BOOST_TEST(row >= boundary.first);
      BOOST_TEST(row < boundary.first + boundary.n);
      const double angle =
          std::atan2(x[i][1].item<double>(), x[i][0].item<double>());
      BOOST_TEST(angle > before);
      before = angle;
      // Of type Dirichlet: the value is in the first place.
      BOOST_TEST(x[i][2].item<double>() ==
                 batch.boundary_values[row][0].item<double>());
      BOOST_TEST(x[i][3].item<double>() == 0.);
    }
    BOOST_TEST(x.size(0) > 7);
  }
}

BOOST_AUTO_TEST_CASE(boxes_do_not_change_with_place_and_size)
{
  const auto box = [](const double scale, const double shift)
  {
    Graph graph = make_graph(description_for_graphs(true, 1), 6);
    for (double &x : graph.levels[0].points)
      x = scale * x + shift;
    const GraphSample sample = wave_sample(std::make_shared<Graph>(graph), 0);
    const GraphBatch batch =
        make_batch({&sample}, torch::kFloat64, torch::kCPU);
    return relative_points(batch, 0, batch.points);
  };
  BOOST_TEST(box(1, 0).abs().max().item<double>() == 1.);
  const double change = (box(3, 5) - box(1, 0)).abs().max().item<double>();
  BOOST_TEST(change < 1e-14);
}

BOOST_AUTO_TEST_SUITE_END()
