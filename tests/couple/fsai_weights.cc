// SPDX-License-Identifier: LGPL-2.1-or-later
// The weights of 'multilevel fsai' that a network gives.
#include <source/couple/fsai_features.h>

#include <nodal/core/exceptions.h>
#include <nodal/core/run.h>
#include <nodal/couple/coarse_model.h>
#include <nodal/couple/fsai_training.h>
#include <nodal/solver/fallbacks.h>
#include <nodal/solver/linear_solver.h>

#include <tests/solver/systems.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(fsai_weights)

namespace
{
  MatHandle system(MPI_Comm comm, const PetscInt m, const double step)
  {
    systems::Grid grid;
    grid.m = m;
    grid.a = systems::log_smooth(2, step);
    return systems::matrix(comm, grid);
  }

  std::vector<std::vector<double>> solutions(Mat A)
  {
    LinearSolver solver;
    solver.method.choose("direct");
    solver.preconditioner.choose("cholesky");
    std::vector<std::vector<double>> result;
    for (unsigned int s = 0; s < 6; ++s)
    {
      const VecHandle b = systems::random_vector(A, s), x = duplicate(b);
      solver.solve(A, x, b, true);
      result.push_back(owned_entries(x));
    }
    return result;
  }

  std::string folder_of(const std::string &name)
  {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    const std::string folder = "fsai-weights-" + name + std::to_string(rank);
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return folder;
  }

  /// The first and the best model of a training.
  std::vector<FsaiModel> trained(const unsigned int n_levels,
                                 const std::string &folder)
  {
    FsaiTrainingSettings settings;
    settings.levels.n_levels = n_levels;
    settings.n_steps = 8;
    settings.width = 8;
    TrainingSettings training;
    training.n_epochs = 8;
    training.batch_size = 2;
    training.learning_rate = 0.02;
    FsaiTraining examples(settings, training);
    for (unsigned int step = 0; step < 6; ++step)
    {
      const MatHandle A = system(PETSC_COMM_SELF, 20, 20 * step);
      examples.add(A, solutions(A), step >= 4);
    }
    Parameters prm;
    unsigned int unused = 0;
    prm.add("Unused", unused, "For a file that is not empty.");
    Run run(MPI_COMM_SELF, folder, false, ParameterFile::parse("", "test.prm"),
            prm);
    std::vector<FsaiModel> models;
    examples.fit(
        {}, [&](const FsaiModel &model) { models.push_back(model); }, run);
    return {models.front(), models.back()};
  }

  struct Outcome
  {
    unsigned int iterations, n_fallbacks;
  };

  Outcome solve(Mat A, const std::string &entries)
  {
    LinearSolver solver;
    systems::configure(
        solver, "subsection Solver\nset Method = cg\nset Preconditioner = "
                "multilevel fsai\nsubsection Preconditioners\nsubsection "
                "multilevel fsai\n" +
                    entries + "\nend\nend\nend\n");
    const VecHandle b = systems::random_vector(A, 1), x = duplicate(b);
    const SolveResult result = solver.solve(A, x, b, true);
    BOOST_TEST(result.converged());
    BOOST_TEST(relative_residual(A, x, b) <= 1e-8);
    return {result.iterations,
            dynamic_cast<const CountsFallbacks &>(*solver.preconditioner)
                .n_fallbacks()};
  }

  std::string learned(const std::string &folder)
  {
    return "set Weights = learned\nsubsection learned\nset Model = " + folder +
           "\nend";
  }

  FsaiModel made_up(const unsigned int n_levels,
                    const std::function<float(unsigned int)> &weight)
  {
    FsaiModel model;
    model.description.n_levels = n_levels;
    DenseNetwork::Layer layer;
    layer.n_in =
        n_levels == 1 ? fsai_features::n_of_entry : fsai_features::n_of_row;
    layer.n_out = 1;
    model.network.feature_mean.assign(layer.n_in, 0);
    model.network.feature_scale.assign(layer.n_in, 1);
    for (unsigned int k = 0; k < layer.n_in; ++k)
      layer.weights.push_back(weight(k));
    layer.biases = {weight(1000)};
    model.network.layers = {layer};
    return model;
  }
} // namespace

BOOST_AUTO_TEST_CASE(features_do_not_see_scales)
{
  const MatHandle A = system(PETSC_COMM_SELF, 12, 3), B = duplicate(A);
  const VecHandle scale = systems::vector_for(A);
  systems::set(scale,
               [](const PetscInt i) { return std::exp(systems::noise(i, 3)); });
  FsaiSettings settings;
  MatHandle coarsest;
  const FsaiLevel before = fsai_levels(A, settings, coarsest).front();
  NODAL_PETSC(MatDiagonalScale(B, scale, scale));
  FsaiLevel after = fsai_levels(B, settings, coarsest).front();
  // Sums of rows are of the null space, which is scaled, too.
  const std::vector<double> factors = owned_entries(scale);
  for (int i = 0; i < after.n_rows(); ++i)
    after.sums[i] = before.sums[i] * factors[i] * factors[i];
  after.group = before.group;
  after.n_groups = before.n_groups;
  const auto compare = [](const std::vector<float> &x,
                          const std::vector<float> &y, const std::size_t size)
  {
    BOOST_TEST(x.size() == size);
    BOOST_REQUIRE(x.size() == y.size());
    for (std::size_t k = 0; k < x.size(); ++k)
      BOOST_TEST(std::abs(x[k] - y[k]) < 1e-5);
  };
  compare(fsai_features::of_rows(before), fsai_features::of_rows(after),
          std::size_t(144) * fsai_features::n_of_row);
  compare(fsai_features::of_entries(before), fsai_features::of_entries(after),
          before.G.size() * fsai_features::n_of_entry);
}

BOOST_AUTO_TEST_CASE(training_takes_fewer_steps)
{
  for (const unsigned int n_levels : {0u, 1u})
  {
    const std::string folder = folder_of("training");
    const std::vector<FsaiModel> models = trained(n_levels, folder);
    const FsaiModelDescription &d = models[1].description;
    BOOST_TEST(d.validation_error < d.constant_error);
    BOOST_TEST(std::abs(models[0].description.validation_error -
                        d.constant_error) < 0.05);
    BOOST_TEST(d.n_levels == n_levels);
    models[1].write(folder + "/model");
    models[0].write(folder + "/first");
    const FsaiModel same = FsaiModel::read(folder + "/model");
    BOOST_TEST(same.description.validation_error == d.validation_error);
    BOOST_TEST(same.description.scales == d.scales,
               boost::test_tools::per_element());
    // And again, the same is trained.
    BOOST_TEST(trained(n_levels, folder)[1].network.layers.back().weights ==
                   models[1].network.layers.back().weights,
               boost::test_tools::per_element());
    const auto steps = [&](MPI_Comm comm, const std::string &model)
    {
      const Outcome outcome =
          solve(system(comm, 32, 7), learned(folder + "/" + model));
      BOOST_TEST(outcome.n_fallbacks == 0u);
      return outcome.iterations;
    };
    BOOST_TEST(steps(PETSC_COMM_SELF, "model") <
               steps(PETSC_COMM_SELF, "first") + n_levels);
    MPI_Barrier(MPI_COMM_WORLD);
    BOOST_TEST(steps(PETSC_COMM_WORLD, "model") <=
               steps(PETSC_COMM_WORLD, "first") + 1);
  }
}

BOOST_AUTO_TEST_CASE(a_network_of_noise_does_no_harm_but_to_the_time)
{
  const std::string folder = folder_of("noise");
  const MatHandle A = system(PETSC_COMM_WORLD, 32, 7);
  for (const unsigned int n_levels : {0u, 1u})
  {
    made_up(n_levels, [](const unsigned int k)
            { return 3 * float(systems::noise(k, 5)); })
        .write(folder);
    BOOST_TEST(solve(A, learned(folder)).n_fallbacks == 0u);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_replaced_and_counted)
{
  const std::string folder = folder_of("nan");
  const MatHandle A = system(PETSC_COMM_WORLD, 32, 7);
  PetscInt n = 0;
  NODAL_PETSC(MatGetLocalSize(A, &n, nullptr));
  const auto bad = [](const unsigned int k)
  { return k == 1000 ? std::numeric_limits<float>::quiet_NaN() : 0.1f; };
  made_up(1, bad).write(folder);
  const Outcome single = solve(A, learned(folder));
  BOOST_TEST(single.n_fallbacks == unsigned(n));
  BOOST_TEST(single.iterations == solve(A, "set Levels = 1").iterations);
  made_up(0, bad).write(folder);
  const Outcome several = solve(A, learned(folder));
  BOOST_TEST(several.n_fallbacks >= unsigned(n));
  BOOST_TEST(several.iterations ==
             solve(A, "subsection constant\nset Scale = 1\nend").iterations);
}

BOOST_AUTO_TEST_CASE(mistakes)
{
  const std::string folder = folder_of("mistakes");
  const MatHandle A = system(PETSC_COMM_SELF, 12, 7);
  const auto good = made_up(0, [](unsigned int) { return 0.1f; });
  BOOST_CHECK_THROW(solve(A, "set Weights = learned"), BadInput);
  BOOST_CHECK_THROW(solve(A, learned(folder + "/nothing")), BadInput);
  good.write(folder);
  solve(A, learned(folder));
  BOOST_CHECK_THROW(solve(A, "set Levels = 1\n" + learned(folder)), BadInput);
  BOOST_CHECK_THROW(CoarseModel::read(folder), BadInput);
  FsaiModel other = good;
  other.description.n_levels = 1; // with features of rows
  other.write(folder);
  BOOST_CHECK_THROW(FsaiModel::read(folder), BadInput);
  other = good;
  other.description.n_levels = 2;
  other.write(folder);
  BOOST_CHECK_THROW(FsaiModel::read(folder), BadInput);
  other = good;
  other.description.scales = {1, -1};
  other.write(folder);
  BOOST_CHECK_THROW(FsaiModel::read(folder), BadInput);
  const std::string file = folder + "/model.json";
  good.write(folder);
  std::string text;
  {
    std::ifstream in(file);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  for (std::size_t length = 0; length + 2 < text.size(); length += 37)
  {
    std::ofstream(file) << text.substr(0, length);
    BOOST_CHECK_THROW(FsaiModel::read(folder), BadInput);
  }
  // Nothing to train on.
  FsaiTrainingSettings settings;
  TrainingSettings training;
  FsaiTraining examples(settings, training);
  Parameters prm;
  unsigned int unused = 0;
  prm.add("Unused", unused, "For a file that is not empty.");
  Run run(MPI_COMM_SELF, folder, false, ParameterFile::parse("", "test.prm"),
          prm);
  BOOST_CHECK_THROW(examples.fit(
                        {}, [](const FsaiModel &) {}, run),
                    BadInput);
}

BOOST_AUTO_TEST_SUITE_END()
