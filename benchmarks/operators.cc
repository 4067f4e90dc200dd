// SPDX-License-Identifier: LGPL-2.1-or-later
// Training steps and inference of neural operators: our layers against the same
// network made of LibTorch's operations. See README.md here.
#include "table.h"

#include <nodal/core/registry.h>
#include <nodal/learn/lift.h>
#include <nodal/learn/loss.h>
#include <nodal/learn/neural_operator.h>
#include <nodal/mesh/space.h>

#include <deal.II/base/mpi.h>
#include <deal.II/base/timer.h>
#include <deal.II/grid/grid_generator.h>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

using namespace nodal;
using torch::Tensor;

namespace
{
  /// A square of n × n cells with a smooth source and boundary values.
  GraphSample square(const unsigned int n)
  {
    auto cells = std::make_unique<dealii::Triangulation<2>>();
    dealii::GridGenerator::subdivided_hyper_cube(*cells, n);
    const Space<2> space(
        std::make_shared<Mesh<2>>(std::move(cells), MPI_COMM_SELF, 0), 1, 1);
    GraphSample sample;
    const auto graph =
        std::make_shared<Graph>(make_graph(Numbering<2>(space).description, 8));
    const GraphLevel &level = graph->levels[0];
    for (int i = 0; i < level.n_owned; ++i)
    {
      const double x = level.points[2 * i], y = level.points[2 * i + 1];
      sample.sources.push_back(std::sin(3 * x + y));
      sample.boundary_values.push_back(level.type[i] < 0 ? 0 : std::cos(4 * y));
      sample.robin_coefficients.push_back(0);
      sample.target.push_back(std::cos(4 * y));
    }
    sample.lift = shepard_lift(level, 2, sample.boundary_values, 1);
    sample.graph = graph;
    return sample;
  }

  /// Resident memory in MB: the present one, or the largest since reset.
  double memory(const std::string &which)
  {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
      if (word == which)
      {
        double kilobytes = 0;
        status >> kilobytes;
        return kilobytes / 1024;
      }
    return 0;
  }

  struct Measurement
  {
    double milliseconds, megabytes;
  };

  /// The least of several times of @p work, and what memory it takes.
  Measurement measure(const std::function<void()> &work)
  {
    work();
    malloc_trim(0);
    const double before = memory("VmRSS:");
    std::ofstream("/proc/self/clear_refs") << "5"; // resets the largest
    double least = 1e9, sum = 0;
    for (unsigned int k = 0; k < 200 && (k < 5 || sum < 2); ++k)
    {
      const dealii::Timer timer;
      work();
      const double seconds = timer.wall_time();
      least = std::min(least, seconds);
      sum += seconds;
    }
    return {1000 * least, memory("VmHWM:") - before};
  }

  class Table
  {
  public:
    Table() : csv("operators.csv")
    {
      csv << "operator,nodes,threads,layers,training_ms,training_mb,"
             "inference_ms\n";
      std::printf("%-14s %7s %8s %-12s %12s %12s %13s\n", "operator", "nodes",
                  "threads", "layers", "training ms", "training MB",
                  "inference ms");
    }

    void add(const std::string &name, const std::size_t n_nodes,
             const int n_threads, const std::string &layers,
             const Measurement &training, const Measurement &inference)
    {
      std::printf("%-14s %7zu %8d %-12s %12.2f %12.1f %13.2f\n", name.c_str(),
                  n_nodes, n_threads, layers.c_str(), training.milliseconds,
                  training.megabytes, inference.milliseconds);
      std::fflush(stdout);
      csv << name << ',' << n_nodes << ',' << n_threads << ',' << layers << ','
          << training.milliseconds << ',' << training.megabytes << ','
          << inference.milliseconds << '\n';
    }

  private:
    std::ofstream csv;
  };

  void compete(const std::string &name, const GraphSample &sample,
               const int n_threads, Table &table)
  {
    at::set_num_threads(n_threads);
    const auto network = Registry<NeuralOperator>::create(name);
    OperatorShape shape;
    shape.dim = 2;
    shape.n_sources = 1;
    Normalizer normalizer;
    normalizer.source_scale = {1};
    network->initialize(shape, normalizer, Random(1, 0, 0));
    network->to(torch::kFloat32, torch::kCPU);
    torch::optim::AdamW adam({network->all_weights()});
    const auto batch = [&]
    { return make_batch({&sample}, torch::kFloat32, torch::kCPU); };
    for (const bool reference : {false, true})
    {
      layers::use_reference(reference);
      const Measurement training = measure(
          [&]
          {
            const GraphBatch graphs = batch();
            network->all_weights().grad().zero_();
            relative_l2(graphs, network->forward(graphs)).sum().backward();
            adam.step();
          });
      const Measurement inference = measure(
          [&]
          {
            const torch::NoGradGuard guard;
            network->forward(batch());
          });
      table.add(name, sample.target.size(), n_threads,
                reference ? "LibTorch" : "nodal", training, inference);
    }
    layers::use_reference(false);
  }

  /// One step of messages, first layer split and fused, against the form that
  /// gathers, concatenates, multiplies and scatters.
  void compare_messages(const GraphSample &sample)
  {
    const torch::NoGradGuard guard;
    at::set_num_threads(1);
    const GraphBatch batch =
        make_batch({&sample}, torch::kFloat32, torch::kCPU);
    const Edges &edges = batch.levels[0].edges;
    const Tensor sources = edges.sources.to(torch::kInt64),
                 targets = edges.targets.to(torch::kInt64);
    std::printf("\none step of messages, %zu nodes, 1 thread\n%7s %12s %12s "
                "%7s\n",
                sample.target.size(), "width", "nodal ms", "plain ms", "ratio");
    for (const std::int64_t n : {16, 32, 64, 128})
    {
      const Tensor z = torch::randn({batch.levels[0].n_nodes, n}),
                   features = torch::randn({edges.size(), 5}),
                   a = torch::randn({n, n}), b = torch::randn({n, n}),
                   c = torch::randn({5, n}), w = torch::randn({n, n}),
                   all = torch::cat({a, b, c});
      const double fused =
          measure(
              [&]
              {
                layers::edge_sum(
                    edges, layers::dense(layers::edge_hidden(
                                             edges, layers::dense(z, a),
                                             layers::dense(z, b), features, c),
                                         w));
              })
              .milliseconds;
      const double plain =
          measure(
              [&]
              {
                const Tensor message = torch::mm(
                    torch::silu(torch::mm(
                        torch::cat({z.index_select(0, targets),
                                    z.index_select(0, sources), features},
                                   1),
                        all)),
                    w);
                torch::zeros({batch.levels[0].n_nodes, n})
                    .index_add(0, targets, message);
              })
              .milliseconds;
      std::printf("%7ld %12.3f %12.3f %7.1f\n", long(n), fused, plain,
                  plain / fused);
    }
  }
} // namespace

int
main(int argc, char *argv[])
{
  dealii::Utilities::MPI::MPI_InitFinalize mpi(argc, argv, 1);
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool is_quick =
      std::find(words.begin(), words.end(), "--quick") != words.end();
  // `--operator NAME` leaves out the others.
  const auto wanted = std::find(words.begin(), words.end(), "--operator");
  const std::string name =
      wanted != words.end() && wanted + 1 != words.end() ? wanted[1] : "";
  std::cout << environment() << "\n\n";
  Table table;
  for (const unsigned int n : {24u, 99u})
  {
    const GraphSample sample = square(n);
    for (const RegistryEntry &entry : Registry<NeuralOperator>::list())
      for (const int n_threads : {1, 2})
        if ((!is_quick || (n == 24 && n_threads == 1)) &&
            (name.empty() || name == entry.name))
          compete(entry.name, sample, n_threads, table);
  }
  for (const unsigned int n : {24u, 99u})
    if (!is_quick || n == 24)
      compare_messages(square(n));
  std::cout << "\noperators.csv written\n";
}
