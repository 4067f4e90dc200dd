// SPDX-License-Identifier: LGPL-2.1-or-later
#include "samples_on_graphs.h"

#include <nodal/core/run.h>
#include <nodal/learn/trainer.h>

#include <boost/test/unit_test.hpp>

#include <torch/types.h>

#include <filesystem>
#include <limits>

using namespace samples;

BOOST_AUTO_TEST_SUITE(training)

namespace
{
  /// Shared by the ranks of @p comm.
  std::vector<GraphSample> samples_to_train_on(MPI_Comm comm = MPI_COMM_SELF)
  {
    const auto graph = std::make_shared<Graph>(
        make_graph(cut_out(description_for_graphs(true, 1), comm), 6));
    std::vector<GraphSample> result;
    for (unsigned int k = 0; k < 11; ++k)
      result.push_back(wave_sample(graph, k));
    return result;
  }

  /// Weights after training in @p folder.
  struct Training
  {
    Training(const std::string &folder, const bool resume,
             TrainingSettings settings,
             std::vector<GraphSample> samples = samples_to_train_on(),
             const unsigned int stop_after = 0,
             const unsigned int ranks_per_sample = 1)
        : all(std::move(samples)),
          network(Registry<NeuralOperator>::create("multigrid"))
    {
      Parameters prm;
      unsigned int unused = 0;
      prm.add("Unused", unused, "For a file that is not empty.");
      const ParameterFile file = ParameterFile::parse("", "test.prm");
      Run run(MPI_COMM_WORLD, folder, resume, file, prm);
      std::vector<const GraphSample *> training, validation;
      for (std::size_t i = 0; i < all.size(); ++i)
        (i < 8 ? training : validation).push_back(&all[i]);
      network->initialize(wave_shape(), wave_normalizer(),
                          Random(settings.seed, 0, 0));
      const Groups groups(MPI_COMM_WORLD, ranks_per_sample);
      Trainer trainer(settings, *network, training, validation, groups, run);
      trainer.on_improvement = [&](const double error)
      {
        best = error;
        ++n_improvements;
        if (stop_after > 0 && n_improvements == stop_after && run.is_root)
          std::ofstream(run.path("stop")) << "\n";
        MPI_Barrier(MPI_COMM_WORLD);
      };
      trainer.run();
    }

    std::vector<GraphSample> all;
    std::unique_ptr<NeuralOperator> network;
    double best = 1e9;
    unsigned int n_improvements = 0;
  };

  TrainingSettings short_training()
  {
    TrainingSettings settings;
    settings.n_epochs = 6;
    settings.batch_size = 3;
    settings.precision = "double";
    return settings;
  }

  void clean(const std::string &folder)
  {
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank_of(MPI_COMM_WORLD) == 0)
      std::filesystem::remove_all(folder);
    MPI_Barrier(MPI_COMM_WORLD);
  }
} // namespace

BOOST_AUTO_TEST_CASE(rates_rise_and_fall)
{
  TrainingSettings settings;
  settings.learning_rate = 1;
  BOOST_TEST(std::abs(learning_rate(settings, 0, 100) - 0.04) < 1e-12);
  BOOST_TEST(std::abs(learning_rate(settings, 30, 100) - 1) < 1e-12);
  BOOST_TEST(learning_rate(settings, 99, 100) < 0.01);
  BOOST_TEST(learning_rate(settings, 15, 100) <
             learning_rate(settings, 20, 100));
  settings.schedule = "cosine";
  BOOST_TEST(learning_rate(settings, 0, 100) == 1);
  BOOST_TEST(std::abs(learning_rate(settings, 50, 100) - 0.5) < 1e-3);
  settings.schedule = "constant";
  BOOST_TEST(learning_rate(settings, 77, 100) == 1);
}

BOOST_AUTO_TEST_CASE(training_learns_and_ranks_do_not_matter)
{
  clean("training-straight");
  const Training straight("training-straight", false, short_training());
  BOOST_TEST(straight.n_improvements > 1u);
  BOOST_TEST(straight.best < 0.5);
  // The same sums as one rank has, but for their order.
  const double norm = straight.network->all_weights().norm().item<double>();
  double of_root = norm;
  MPI_Bcast(&of_root, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  BOOST_TEST(norm == of_root);
  clean("training-straight");
}

BOOST_AUTO_TEST_CASE(no_epochs_write_the_first_weights)
{
  clean("training-none");
  TrainingSettings settings = short_training();
  settings.n_epochs = 0;
  const Training training("training-none", false, std::move(settings));
  BOOST_TEST(training.n_improvements == 1u);
  BOOST_TEST((training.best > 0 && training.best < 1e8));
  const auto fresh = Registry<NeuralOperator>::create("multigrid");
  fresh->initialize(wave_shape(), wave_normalizer(), Random(1, 0, 0));
  fresh->to(torch::kFloat64, torch::kCPU);
  BOOST_TEST(
      torch::equal(training.network->all_weights(), fresh->all_weights()));
  clean("training-none");
}

BOOST_AUTO_TEST_CASE(ranks_that_share_samples_train_as_one)
{
  clean("training-shared");
  clean("training-alone");
  const Training alone("training-alone", false, short_training()),
      shared("training-shared", false, short_training(),
             samples_to_train_on(MPI_COMM_WORLD), 0, size_of(MPI_COMM_WORLD));
  BOOST_TEST(std::abs(shared.best - alone.best) < 1e-9);
  BOOST_TEST((shared.network->all_weights() - alone.network->all_weights())
                 .abs()
                 .max()
                 .item<double>() < 1e-7);
  clean("training-shared");
  clean("training-alone");
}

BOOST_AUTO_TEST_CASE(a_stopped_training_goes_on_to_the_same_bits)
{
  clean("training-whole");
  clean("training-parts");
  const Training whole("training-whole", false, short_training());
  {
    const Training part("training-parts", false, short_training(),
                        samples_to_train_on(), 2);
    BOOST_TEST(part.n_improvements == 2u);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0)
    std::filesystem::remove("training-parts/stop");
  MPI_Barrier(MPI_COMM_WORLD);
  const Training rest("training-parts", true, short_training());
  BOOST_TEST(rest.n_improvements + 2 == whole.n_improvements);
  BOOST_TEST(
      torch::equal(rest.network->all_weights(), whole.network->all_weights()));
  clean("training-whole");
  clean("training-parts");
}

BOOST_AUTO_TEST_CASE(a_gpu_trains_as_the_processor_does,
                     *boost::unit_test::precondition(has_gpu))
{
  clean("training-cpu");
  clean("training-gpu");
  clean("training-parts");
  const auto on_gpu = []
  {
    TrainingSettings settings = short_training();
    settings.device = "cuda";
    return settings;
  };
  const Training cpu("training-cpu", false, short_training()),
      gpu("training-gpu", false, on_gpu());
  const auto weights = [](const Training &training)
  { return training.network->all_weights().to(torch::kCPU); };
  BOOST_TEST(gpu.network->all_weights().is_cuda());
  BOOST_TEST(std::abs(gpu.best - cpu.best) < 1e-9);
  BOOST_TEST((weights(gpu) - weights(cpu)).abs().max().item<double>() < 1e-7);
  {
    const Training part("training-parts", false, on_gpu(),
                        samples_to_train_on(), 2);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0)
    std::filesystem::remove("training-parts/stop");
  MPI_Barrier(MPI_COMM_WORLD);
  const Training rest("training-parts", true, on_gpu());
  BOOST_TEST(torch::equal(weights(rest), weights(gpu)));
  clean("training-cpu");
  clean("training-gpu");
  clean("training-parts");
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_no_number_ends_it)
{
  clean("training-nan");
  std::vector<GraphSample> samples = samples_to_train_on();
  samples[3].target[5] = std::numeric_limits<double>::quiet_NaN();
  BOOST_CHECK_THROW(Training("training-nan", false, short_training(), samples),
                    NumericalFailure);
  clean("training-nan");
}

BOOST_AUTO_TEST_CASE(a_sample_that_is_zero_does_not)
{
  clean("training-zero");
  std::vector<GraphSample> samples = samples_to_train_on();
  for (auto field : {&GraphSample::sources, &GraphSample::boundary_values,
                     &GraphSample::target, &GraphSample::lift})
    std::fill((samples[3].*field).begin(), (samples[3].*field).end(), 0.);
  const Training training("training-zero", false, short_training(), samples);
  BOOST_TEST(training.best < 0.5);
  clean("training-zero");
}

BOOST_AUTO_TEST_CASE(another_training_does_not_go_on_with_a_checkpoint)
{
  clean("training-other");
  const Training first("training-other", false, short_training());
  TrainingSettings settings = short_training();
  settings.batch_size = 4;
  const std::string message = message_of(
      [&] { Training("training-other", true, std::move(settings)); });
  BOOST_TEST(message.find("other samples, batch size") != std::string::npos);
  // Nor does one without --resume, which forgets it.
  const Training again("training-other", false, short_training());
  BOOST_TEST(again.n_improvements == first.n_improvements);
  clean("training-other");
}

BOOST_AUTO_TEST_CASE(patience_ends_it)
{
  clean("training-patience");
  TrainingSettings settings = short_training();
  settings.n_epochs = 200;
  settings.learning_rate = 1e-30;
  settings.schedule = "constant";
  settings.patience = 2;
  settings.weight_decay = 0;
  const Training training("training-patience", false, std::move(settings));
  BOOST_TEST(training.n_improvements < 20u);
  clean("training-patience");
}

BOOST_AUTO_TEST_CASE(a_device_that_is_not_there_is_refused)
{
  TrainingSettings settings;
  settings.device = "cuda";
  const std::string message = message_of([&] { settings.check(); });
  BOOST_TEST(
      (message.empty() || message.find("no CUDA device") != std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()
