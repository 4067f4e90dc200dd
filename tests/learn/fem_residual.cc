// SPDX-License-Identifier: LGPL-2.1-or-later
// The loss without solutions, with dense matrices for equations.
#include "finite_differences.h"
#include "samples_on_graphs.h"

#include <nodal/core/run.h>
#include <nodal/learn/trainer.h>

#include <boost/test/unit_test.hpp>

#include <torch/torch.h>

#include <filesystem>
#include <limits>

using namespace nodal;
using namespace samples::on_graphs;

BOOST_AUTO_TEST_SUITE(fem_residual)

namespace
{
  /// A u = b with the matrix of a graph's differences plus a skew part, and
  /// M = (I + S / 4)ᵀ (I + S / 4), where S has entries of the graph.
  class DenseEquation : public SampleEquation
  {
  public:
    DenseEquation(const GraphLevel &level, const std::vector<double> &solution)
        : n(level.n_owned), A(n * n, 0.), M(n * n, 0.), b(n, 0.)
    {
      std::vector<double> root(n * n, 0.);
      for (std::size_t i = 0; i < n; ++i)
      {
        root[i * n + i] = 1;
        A[i * n + i] = 0.5;
        for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
        {
          const std::size_t j = level.sources[t];
          A[i * n + i] += 1;
          A[i * n + j] -= i < j ? 1.2 : 0.8;
          root[i * n + j] = 0.25 / (1 + i);
        }
      }
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          for (std::size_t k = 0; k < n; ++k)
            M[i * n + j] += root[k * n + i] * root[k * n + j];
      b = times(A, solution);
    }

    std::vector<double> residual(const std::vector<double> &u) const override
    {
      std::vector<double> r = times(A, u);
      for (std::size_t i = 0; i < n; ++i)
        r[i] = b[i] - r[i];
      return r;
    }

    std::vector<double>
    apply_transposed(const std::vector<double> &z) const override
    {
      std::vector<double> result(n, 0.);
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          result[j] += A[i * n + j] * z[i];
      return result;
    }

    std::vector<double>
    precondition(const std::vector<double> &r) const override
    {
      return times(M, r);
    }

  private:
    std::vector<double> times(const std::vector<double> &matrix,
                              const std::vector<double> &x) const
    {
      std::vector<double> result(n, 0.);
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          result[i] += matrix[i * n + j] * x[j];
      return result;
    }

    const std::size_t n;
    std::vector<double> A, M, b;
  };

  /// A sample whose equation has its target for a solution, which is then
  /// taken away; @p solution gets it.
  GraphSample unsolved_sample(const std::shared_ptr<const Graph> &graph,
                              const unsigned int number,
                              torch::Tensor *solution = nullptr)
  {
    GraphSample sample = wave_sample(graph, number);
    sample.equation =
        std::make_shared<DenseEquation>(graph->levels[0], sample.target);
    if (solution)
      *solution = torch::tensor(sample.target, torch::kFloat64).view({-1, 1});
    sample.target.clear();
    return sample;
  }

  std::shared_ptr<const Graph> small_graph(const bool is_disc)
  {
    return std::make_shared<Graph>(
        make_graph(description_for_graphs(is_disc, is_disc ? 0 : 2), 6));
  }

  std::unique_ptr<Loss> loss_of_residuals(const std::string &norm)
  {
    auto loss = Registry<Loss>::create("fem residual");
    Parameters prm;
    loss->add_parameters(prm);
    prm.apply(ParameterFile::parse("set Norm = " + norm, "test.prm"));
    return loss;
  }

  double worst(const torch::Tensor &x)
  {
    return x.abs().max().item<double>();
  }

  TrainingSettings residual_training()
  {
    TrainingSettings settings;
    settings.loss.choose("fem residual");
    settings.n_epochs = 6;
    settings.batch_size = 3;
    return settings;
  }

  /// Weights and errors after training without solutions.
  struct UnsolvedTraining
  {
    UnsolvedTraining(const std::string &folder, const bool resume,
                     TrainingSettings settings, MPI_Comm comm = MPI_COMM_WORLD,
                     const unsigned int stop_after = 0,
                     const bool has_nan = false)
        : network(Registry<NeuralOperator>::create("multigrid"))
    {
      const auto graph = small_graph(true);
      std::vector<GraphSample> all;
      for (unsigned int k = 0; k < 11; ++k)
        all.push_back(unsolved_sample(graph, k));
      if (has_nan)
        all[3].sources[5] = std::numeric_limits<double>::quiet_NaN();
      Parameters prm;
      unsigned int unused = 0;
      prm.add("Unused", unused, "For a file that is not empty.");
      Run run(comm, folder, resume, ParameterFile::parse("", "test.prm"), prm);
      std::vector<const GraphSample *> training, validation;
      for (std::size_t i = 0; i < all.size(); ++i)
        (i < 8 ? training : validation).push_back(&all[i]);
      network->initialize(wave_shape(), wave_normalizer(), Random(1, 0, 0));
      const Groups groups(comm, 1);
      Trainer trainer(settings, *network, training, validation, groups, run);
      trainer.on_improvement = [&](const double error)
      {
        errors.push_back(error);
        if (errors.size() == stop_after && run.is_root)
          std::ofstream(run.path("stop")) << "\n";
        MPI_Barrier(comm);
      };
      trainer.run();
    }

    std::unique_ptr<NeuralOperator> network;
    std::vector<double> errors;
  };

  /// A folder that is not there, for this number of ranks.
  std::string new_folder(const std::string &name)
  {
    const std::string result =
        "residual-" + std::to_string(size_of(MPI_COMM_WORLD)) + "-" + name;
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank_of(MPI_COMM_WORLD) == 0)
      std::filesystem::remove_all(result);
    MPI_Barrier(MPI_COMM_WORLD);
    return result;
  }
} // namespace

BOOST_AUTO_TEST_CASE(solutions_have_none_and_lifts_one)
{
  for (const char *norm : {"l2", "energy"})
  {
    torch::Tensor u, v;
    const GraphSample a = unsolved_sample(small_graph(false), 0, &u),
                      b = unsolved_sample(small_graph(true), 1, &v);
    const GraphBatch batch = make_batch({&a, &b}, torch::kFloat64, torch::kCPU);
    const auto loss = loss_of_residuals(norm);
    BOOST_TEST(!loss->needs_target());
    BOOST_TEST(loss->preconditioner() == "boomeramg");
    BOOST_TEST(worst(loss->of_samples(batch, torch::cat({u, v}))) < 1e-9);
    BOOST_TEST(worst(loss->of_samples(batch, batch.lift) - 1) < 1e-12);
    // Halfway is half, for each sample by itself.
    const torch::Tensor middle = loss->of_samples(
        batch, torch::cat({(u + batch.lift.slice(0, 0, u.size(0))) / 2, v}));
    BOOST_TEST(std::abs(middle[0].item<double>() - 0.5) < 1e-12);
    BOOST_TEST(middle[1].item<double>() < 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(norms_are_those_of_dense_arithmetic)
{
  torch::Tensor u;
  const GraphSample sample = unsolved_sample(small_graph(true), 2, &u);
  const GraphBatch batch = make_batch({&sample}, torch::kFloat64, torch::kCPU);
  const torch::Tensor prediction =
      u + torch::sin(7 * batch.points.slice(1, 0, 1));
  const auto squares = [&](const torch::Tensor &x)
  {
    const auto numbers = [](const torch::Tensor &y)
    {
      return std::vector<double>(y.data_ptr<double>(),
                                 y.data_ptr<double>() + y.numel());
    };
    const std::vector<double> r = sample.equation->residual(
                                  numbers(x.contiguous())),
                              z = sample.equation->precondition(r);
    double l2 = 0, energy = 0;
    for (std::size_t i = 0; i < r.size(); ++i)
    {
      l2 += sample.graph->levels[0].volume[i] * z[i] * z[i];
      energy += r[i] * z[i];
    }
    return std::make_pair(l2, energy);
  };
  const auto [l2, energy] = squares(prediction);
  const auto [l2_of_lift, energy_of_lift] = squares(batch.lift);
  const auto value = [&](const char *norm)
  {
    return loss_of_residuals(norm)
        ->of_samples(batch, prediction)
        .item<double>();
  };
  BOOST_TEST(std::abs(value("l2") - std::sqrt(l2 / l2_of_lift)) < 1e-12);
  BOOST_TEST(std::abs(value("energy") - std::sqrt(energy / energy_of_lift)) <
             1e-12);
}

BOOST_AUTO_TEST_CASE(its_gradient_is_that_of_finite_differences)
{
  for (const char *norm : {"l2", "energy"})
  {
    const GraphSample a = unsolved_sample(small_graph(false), 0),
                      b = unsolved_sample(small_graph(true), 1);
    const GraphBatch batch = make_batch({&a, &b}, torch::kFloat64, torch::kCPU);
    const auto loss = loss_of_residuals(norm);
    torch::Tensor x =
        (batch.lift + 0.3 * torch::cos(5 * batch.points.slice(1, 1, 2)))
            .detach()
            .requires_grad_(true);
    const torch::Tensor weights = torch::tensor({2., 3.}, torch::kFloat64);
    const auto value = [&](const torch::Tensor &y)
    { return (weights * loss->of_samples(batch, y)).sum(); };
    const double difference = samples::distance_from_differences(value, x);
    BOOST_TEST(worst(x.grad()) > 1e-2);
    BOOST_TEST(difference < 1e-7);

    // In single precision it is the same but for rounding.
    const GraphBatch single =
        make_batch({&a, &b}, torch::kFloat32, torch::kCPU);
    torch::Tensor y = x.detach().to(torch::kFloat32).requires_grad_(true);
    (weights * loss->of_samples(single, y)).sum().backward();
    BOOST_TEST((y.grad().scalar_type() == torch::kFloat32));
    BOOST_TEST(worst(y.grad() - x.grad()) < 1e-4 * worst(x.grad()));
  }
}

BOOST_AUTO_TEST_CASE(a_solution_that_is_there_does_not_matter)
{
  const GraphSample sample = unsolved_sample(small_graph(true), 3);
  GraphSample other = sample;
  other.target.assign(other.lift.size(),
                      std::numeric_limits<double>::quiet_NaN());
  const auto loss = loss_of_residuals("l2");
  const auto value = [&](const GraphSample &one)
  {
    const GraphBatch batch = make_batch({&one}, torch::kFloat64, torch::kCPU);
    return loss->of_samples(batch, 3 * batch.lift + 1).item<double>();
  };
  BOOST_TEST(value(sample) == value(other));
  BOOST_TEST(value(sample) > 0.1);
}

BOOST_AUTO_TEST_CASE(a_sample_whose_lift_solves_it_is_no_division_by_zero)
{
  GraphSample sample = wave_sample(small_graph(true), 4);
  // But for rounding.
  std::vector<double> solution = sample.lift;
  for (double &value : solution)
    value *= 1 + 4e-16;
  sample.equation =
      std::make_shared<DenseEquation>(sample.graph->levels[0], solution);
  const GraphBatch batch = make_batch({&sample}, torch::kFloat64, torch::kCPU);
  torch::Tensor x = batch.lift.clone().requires_grad_(true);
  const torch::Tensor value = loss_of_residuals("l2")->of_samples(batch, x);
  value.sum().backward();
  BOOST_TEST(value.item<double>() < 1e-9);
  BOOST_TEST(x.grad().isfinite().all().item<bool>());
}

BOOST_AUTO_TEST_CASE(training_without_solutions_learns_on_any_ranks)
{
  const std::string folder = new_folder("straight"),
                    own = folder + "-alone-" +
                          std::to_string(rank_of(MPI_COMM_WORLD));
  TrainingSettings settings = residual_training(), again = residual_training();
  settings.precision = again.precision = "double";
  const UnsolvedTraining shared(folder, false, std::move(settings)),
      alone(own, false, std::move(again), MPI_COMM_SELF);
  BOOST_TEST(shared.errors.size() > 2u);
  BOOST_TEST(shared.errors.back() < 0.7 * shared.errors.front());
  BOOST_TEST(worst(shared.network->all_weights() -
                   alone.network->all_weights()) < 1e-9);
  std::filesystem::remove_all(own);
  new_folder("straight");
}

BOOST_AUTO_TEST_CASE(it_goes_on_to_the_same_bits)
{
  const std::string folder = new_folder("whole"), parts = new_folder("parts");
  const UnsolvedTraining whole(folder, false, residual_training());
  const UnsolvedTraining part(parts, false, residual_training(), MPI_COMM_WORLD,
                              2);
  BOOST_TEST(part.errors.size() == 2u);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0)
    std::filesystem::remove(parts + "/stop");
  MPI_Barrier(MPI_COMM_WORLD);
  const UnsolvedTraining rest(parts, true, residual_training());
  BOOST_TEST(rest.errors.size() + 2 == whole.errors.size());
  BOOST_TEST(
      torch::equal(rest.network->all_weights(), whole.network->all_weights()));
  new_folder("whole");
  new_folder("parts");
}

BOOST_AUTO_TEST_CASE(a_residual_that_is_no_number_ends_it)
{
  const std::string folder = new_folder("nan");
  BOOST_CHECK_THROW(UnsolvedTraining(folder, false, residual_training(),
                                     MPI_COMM_WORLD, 0, true),
                    NumericalFailure);
  new_folder("nan");
}

BOOST_AUTO_TEST_SUITE_END()
