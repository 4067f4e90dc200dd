// SPDX-License-Identifier: LGPL-2.1-or-later
// A module made elsewhere is an operator like others.
// Before headers of deal.II, which has a macro Assert.
#include <torch/script.h>

#include "finite_differences.h"
#include "samples_on_graphs.h"

#include <nodal/core/communicator.h>
#include <nodal/learn/loss.h>
#include <nodal/learn/model.h>

#include <boost/test/unit_test.hpp>

#include <torch/torch.h>

#include <filesystem>
#include <fstream>

using namespace samples::on_graphs;
using namespace nodal;

BOOST_AUTO_TEST_SUITE(torchscript)

namespace
{
  const std::string file = "imported-module.pt", folder = "imported-model";

  /// Means over neighbours of what nodes know, mixed.
  const std::string means = R"(
    def forward(self, sources, lift, edge_index, node_features, edge_features,
                points, volume, sample, coefficients, boundary_values,
                robin_coefficients):
        n = sources.size(0)
        assert node_features.size() == [n, 14] and points.size() == [n, 2]
        assert edge_features.size() == [edge_index.size(1), 7]
        assert volume.size() == [n, 1] and sample.size() == [n]
        assert coefficients.size() == [n, 0]
        assert boundary_values.size() == [n, 1]
        assert robin_coefficients.size() == [n, 1]
        x = torch.cat([sources, lift], 1) @ self.first
        y = torch.zeros_like(x).index_add(0, edge_index[1], x[edge_index[0]])
        return torch.tanh(x + y / 6) @ self.last
)";

  void save_module(const std::string &forward)
  {
    torch::manual_seed(3);
    torch::jit::Module module("imported");
    module.register_parameter("first", 0.3 * torch::randn({2, 8}), false);
    module.register_parameter("last", 0.3 * torch::randn({8, 1}), false);
    module.define(forward);
    module.save(file);
  }

  std::unique_ptr<NeuralOperator>
  imported(const torch::ScalarType type = torch::kFloat64)
  {
    auto network = Registry<NeuralOperator>::create("torchscript");
    Parameters prm;
    network->add_parameters(prm);
    prm.apply(ParameterFile::parse("set File = " + file, "test.prm"));
    network->initialize(wave_shape(), wave_normalizer(), Random(3, 0, 0));
    network->to(type, torch::kCPU);
    return network;
  }

  GraphSample disc_sample(const unsigned int number)
  {
    static const auto graph =
        std::make_shared<Graph>(make_graph(description_for_graphs(true, 1), 6));
    return wave_sample(graph, number);
  }
} // namespace

BOOST_AUTO_TEST_CASE(gradients_reach_the_weights)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  save_module(means);
  const auto network = imported();
  BOOST_TEST(network->n_weights() == 24);
  const GraphSample a = disc_sample(0), b = disc_sample(1);
  const GraphBatch batch = make_batch({&a, &b}, torch::kFloat64, torch::kCPU);
  const auto loss = [&]
  { return relative_l2(batch, network->forward(batch)).sum(); };
  const samples::Slope slope = samples::slope_of(*network, loss);
  BOOST_TEST(std::abs(slope.gradient) > 1e-6);
  BOOST_TEST(std::abs(slope.differences - slope.gradient) <
             1e-6 * (1 + std::abs(slope.gradient)));
  std::filesystem::remove(file);
}

BOOST_AUTO_TEST_CASE(it_is_trained_saved_and_read_like_others)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  save_module(means);
  const auto network = imported(torch::kFloat32);
  const GraphSample sample = disc_sample(2);
  const GraphBatch batch = make_batch({&sample}, torch::kFloat32, torch::kCPU);
  torch::optim::Adam adam({network->all_weights()},
                          torch::optim::AdamOptions(1e-2));
  double first = 0, last = 0;
  for (unsigned int k = 0; k < 100; ++k)
  {
    network->all_weights().grad().zero_();
    const torch::Tensor loss =
        relative_l2(batch, network->forward(batch)).sum();
    loss.backward();
    adam.step();
    last = loss.item<double>();
    first = k == 0 ? last : first;
  }
  BOOST_TEST(last < 0.5 * first);

  ModelDescription description;
  description.operator_name = "torchscript";
  description.parameters = {{"File", file}};
  description.shape = wave_shape();
  description.normalizer = wave_normalizer();
  description.sources = {"source"};
  description.outputs = {"solution"};
  description.precision = "single";
  write_model(folder, description, *network);
  // The folder is enough.
  std::filesystem::remove(file);
  const Model model = Model::read(folder);
  BOOST_TEST(
      torch::equal(model.network->forward(batch), network->forward(batch)));
  // Dirichlet values hold, whatever the module says.
  const torch::Tensor u = network->forward(batch);
  for (int i = 0; i < u.size(0); ++i)
    if (sample.graph->levels[0].type[i] == 0)
      BOOST_TEST(u[i][0].item<float>() == float(sample.boundary_values[i]));
  std::filesystem::remove(folder + "/module.pt");
  BOOST_TEST(
      samples::message_of([&] { Model::read(folder); }).find("missing") !=
      std::string::npos);
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const auto refusal = [](const std::string &forward)
  {
    save_module(forward);
    return samples::message_of(
        []
        {
          const auto network = imported();
          const GraphSample sample = disc_sample(0);
          network->forward(make_batch({&sample}, torch::kFloat64, torch::kCPU));
        });
  };
  const auto has = [](const std::string &text, const std::string &part)
  {
    BOOST_TEST_INFO(text);
    return text.find(part) != std::string::npos;
  };
  BOOST_TEST(refusal(means) == "");
  BOOST_TEST(has(refusal(R"(
    def forward(self, source):
        return source @ self.first
)"),
                 "Did you mean 'sources'"));
  BOOST_TEST(has(refusal(R"(
    def forward(self, sources):
        return sources[1:]
)"),
                 "does not return"));
  BOOST_TEST(has(refusal(R"(
    def forward(self, sources):
        return sources.float()
)"),
                 "does not return"));
  BOOST_TEST(has(refusal(R"(
    def forward(self, sources):
        return sources @ self.last
)"),
                 "cannot be multiplied"));
  BOOST_TEST(has(refusal(R"(
    def forward(self, sources):
        return 2 * sources
)"),
                 "cannot be trained"));
  std::ofstream(file) << "no module";
  BOOST_TEST(
      has(samples::message_of([] { imported(); }), "no TorchScript module"));
  std::filesystem::remove(file);
  BOOST_TEST(has(samples::message_of([] { imported(); }), "missing"));
}

BOOST_AUTO_TEST_SUITE_END()
