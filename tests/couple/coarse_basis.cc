// SPDX-License-Identifier: LGPL-2.1-or-later
// The columns that a network gives: what it sees, training, files, failures.
#include <source/couple/aggregate_features.h>

#include <nodal/core/coordinates.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/run.h>
#include <nodal/couple/coarse_training.h>
#include <nodal/solver/fallbacks.h>
#include <nodal/solver/linear_solver.h>

#include <tests/solver/systems.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(coarse_basis)

namespace
{
  constexpr PetscInt m = 32;

  MatHandle system(MPI_Comm comm, const double step, const double weak = 1)
  {
    systems::Grid grid;
    grid.m = m;
    grid.a = systems::log_smooth(1, step);
    MatHandle A = systems::matrix(comm, grid);
    PetscInt first = 0, end = 0;
    NODAL_PETSC(MatGetOwnershipRange(A, &first, &end));
    Coordinates places;
    places.dim = 2;
    for (PetscInt row = first; row < end; ++row)
    {
      places.values.push_back(row % m);
      places.values.push_back(weak * (row / m));
    }
    attach_coordinates(A, [places] { return places; });
    return A;
  }

  std::vector<std::vector<double>> smooth_vectors(Mat A)
  {
    LinearSolver solver;
    solver.method.choose("direct");
    solver.preconditioner.choose("cholesky");
    std::vector<std::vector<double>> result;
    for (unsigned int s = 0; s < 10; ++s)
    {
      const VecHandle b = systems::random_vector(A, s), x = duplicate(b);
      solver.solve(A, x, b, true);
      result.push_back(owned_entries(x));
    }
    return result;
  }

  /// Train on a few small systems and return the best model.
  CoarseModel trained(const unsigned int n_epochs, const std::string &folder)
  {
    CoarseTrainingSettings settings;
    settings.width = 16;
    settings.size = 30;
    TrainingSettings training;
    training.n_epochs = n_epochs;
    training.batch_size = 2;
    CoarseTraining examples(settings, training);
    for (unsigned int step = 0; step < 8; ++step)
    {
      const MatHandle A = system(PETSC_COMM_SELF, 20 * step);
      examples.add(A, smooth_vectors(A), step >= 6);
    }
    BOOST_TEST(examples.n_aggregates() > 100u);
    Parameters prm;
    unsigned int unused = 0;
    prm.add("Unused", unused, "For a file that is not empty.");
    Run run(MPI_COMM_SELF, folder, false, ParameterFile::parse("", "test.prm"),
            prm);
    CoarseModel best;
    examples.fit(
        {}, [&](const CoarseModel &model) { best = model; }, run);
    return best;
  }

  std::string folder_of(const std::string &name)
  {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    const std::string folder = "coarse-basis-" + name + std::to_string(rank);
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return folder;
  }

  struct Outcome
  {
    unsigned int iterations, n_fallbacks;
  };

  Outcome solve(Mat A, const std::string &entries)
  {
    LinearSolver solver;
    systems::configure(
        solver,
        "subsection Solver\nset Method = deflated cg\nset Preconditioner = two "
        "level\nsubsection Preconditioners\nsubsection two level\nset "
        "Aggregate size = 30\n" +
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
    return "set Columns = learned\nsubsection learned\nset Model = " + folder +
           "\nend";
  }

  /// A model of the right shape with weights from @p weight(k).
  CoarseModel made_up(const std::function<float(unsigned int)> &weight)
  {
    CoarseModel model;
    const unsigned int n_features = AggregateFeatures::number(2),
                       n_out =
                           3 * AggregateFeatures::parities_of_terms(2).size();
    model.network.feature_mean.assign(n_features, 0);
    model.network.feature_scale.assign(n_features, 1);
    DenseNetwork::Layer layer;
    layer.n_in = n_features;
    layer.n_out = n_out;
    for (unsigned int k = 0; k < n_out * n_features; ++k)
      layer.weights.push_back(weight(k));
    for (unsigned int k = 0; k < n_out; ++k)
      layer.biases.push_back(weight(k + 1000));
    model.network.layers = {layer};
    return model;
  }
} // namespace

BOOST_AUTO_TEST_CASE(features_do_not_see_scales)
{
  const MatHandle A = system(PETSC_COMM_WORLD, 3), B = duplicate(A);
  NODAL_PETSC(MatScale(B, 1e4));
  const Aggregates aggregates = aggregate_by_strength(A, 30, 0.25);
  Coordinates places = *coordinates_of(A);
  const LocalFrames frames = local_frames(A, places, aggregates);
  const AggregateFeatures features(A, aggregates, frames);
  for (double &x : places.values)
    x = 0.01 * x + 5;
  const AggregateFeatures scaled(B, aggregates,
                                 local_frames(B, places, aggregates));
  BOOST_TEST(features.values.size() ==
             std::size_t(aggregates.n) * AggregateFeatures::number(2));
  const unsigned int n_features = AggregateFeatures::number(2);
  unsigned int n_compared = 0;
  for (int k = 0; k < aggregates.n; ++k)
  {
    // A circle has no directions of its own, and one that is symmetric no
    // signs.
    if (frames.extents[2 * k] < 1.01 * frames.extents[2 * k + 1])
      continue;
    for (unsigned int f = 0; f < n_features; ++f, ++n_compared)
      BOOST_TEST(std::abs(std::abs(features.values[k * n_features + f]) -
                          std::abs(scaled.values[k * n_features + f])) < 1e-4);
  }
  BOOST_TEST(n_compared > 10 * n_features);
}

BOOST_AUTO_TEST_CASE(features_change_their_signs_as_they_say)
{
  const MatHandle A = system(PETSC_COMM_WORLD, 3);
  const Aggregates aggregates = aggregate_by_strength(A, 30, 0.25);
  const LocalFrames frames = local_frames(A, *coordinates_of(A), aggregates);
  const AggregateFeatures features(A, aggregates, frames);
  const std::vector<unsigned int> parities = AggregateFeatures::parities(2),
                                  of_terms =
                                      AggregateFeatures::parities_of_terms(2);
  for (unsigned int d = 0; d < 2; ++d)
  {
    LocalFrames flipped = frames;
    for (std::size_t j = d; j < flipped.positions.size(); j += 2)
      flipped.positions[j] *= -1;
    for (std::size_t j = 1; j < flipped.tensors.size(); j += 3)
      flipped.tensors[j] *= -1; // that of (0, 1)
    const AggregateFeatures other(A, aggregates, flipped);
    for (std::size_t k = 0; k < features.values.size(); ++k)
    {
      const double sign = parities[k % parities.size()] >> d & 1 ? -1 : 1;
      BOOST_TEST(std::abs(features.values[k] - sign * other.values[k]) < 1e-5);
    }
    std::vector<double> terms(5), others(5);
    for (std::size_t member = 0; member < frames.members.rows.size(); ++member)
    {
      frames.terms(member, terms.data());
      flipped.terms(member, others.data());
      for (unsigned int t = 0; t < 5; ++t)
        BOOST_TEST(terms[t] == (of_terms[t] >> d & 1 ? -1 : 1) * others[t]);
    }
  }
}

BOOST_AUTO_TEST_CASE(training_beats_the_fixed_columns)
{
  const std::string folder = folder_of("training");
  const CoarseModel model = trained(20, folder);
  const CoarseModelDescription &d = model.description;
  BOOST_TEST(d.validation_error < d.quadratic_error);
  BOOST_TEST(d.validation_error >= d.best_error);
  BOOST_TEST(d.quadratic_error < d.linear_error);
  BOOST_TEST(d.best_error > 0);
  // It says the same when it is read.
  model.write(folder + "/model");
  const CoarseModel same = CoarseModel::read(folder + "/model");
  BOOST_TEST(same.description.validation_error == d.validation_error);
  std::vector<float> features;
  for (unsigned int k = 0; k < 10 * AggregateFeatures::number(2); ++k)
    features.push_back(systems::noise(k, 1));
  BOOST_TEST(same.network.evaluate(features, 10) ==
                 model.network.evaluate(features, 10),
             boost::test_tools::per_element());
  // And again, the same is trained.
  BOOST_TEST(trained(20, folder).network.evaluate(features, 10) ==
                 model.network.evaluate(features, 10),
             boost::test_tools::per_element());

  const MatHandle A = system(PETSC_COMM_WORLD, 7, 0.1);
  MPI_Barrier(MPI_COMM_WORLD);
  const Outcome constant = solve(A, "set Columns = constant"),
                with_network = solve(A, learned(folder + "/model"));
  BOOST_TEST(with_network.iterations < constant.iterations);
  BOOST_TEST(with_network.n_fallbacks == 0u);
}

BOOST_AUTO_TEST_CASE(a_network_of_noise_does_no_harm_but_to_the_time)
{
  const std::string folder = folder_of("noise");
  made_up([](const unsigned int k) { return systems::noise(k, 5); })
      .write(folder);
  const MatHandle A = system(PETSC_COMM_WORLD, 7);
  BOOST_TEST(solve(A, learned(folder)).n_fallbacks == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_replaced_and_counted)
{
  const std::string folder = folder_of("nan");
  const MatHandle A = system(PETSC_COMM_WORLD, 7);
  const unsigned int n = aggregate_by_strength(A, 30, 0.25).n;
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity()})
  {
    made_up([=](const unsigned int k) { return k == 1002 ? bad : 0.5f; })
        .write(folder);
    const Outcome outcome = solve(A, learned(folder));
    BOOST_TEST(outcome.n_fallbacks == n);
    BOOST_TEST(outcome.iterations ==
               solve(A, "set Columns = quadratic").iterations);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_trained)
{
  CoarseTraining::check_number(5, 2);
  CoarseTraining::check_number(9, 3);
  BOOST_CHECK_THROW(CoarseTraining::check_number(6, 2), BadInput);
  // One aggregate is enough not to fail.
  const std::string folder = folder_of("few");
  CoarseTrainingSettings settings;
  settings.size = 10000;
  TrainingSettings training;
  training.n_epochs = 1;
  CoarseTraining examples(settings, training);
  Parameters prm;
  unsigned int unused = 0, n_models = 0;
  prm.add("Unused", unused, "For a file that is not empty.");
  Run run(MPI_COMM_SELF, folder, false, ParameterFile::parse("", "test.prm"),
          prm);
  const auto fit = [&]
  {
    examples.fit(
        {}, [&](const CoarseModel &) { ++n_models; }, run);
  };
  BOOST_CHECK_THROW(fit(), BadInput);
  const MatHandle A = system(PETSC_COMM_SELF, 0);
  for (const bool is_kept_back : {false, true})
    examples.add(A, smooth_vectors(A), is_kept_back);
  BOOST_TEST(examples.n_aggregates() == 1u);
  fit();
  BOOST_TEST(n_models > 0u);
}

BOOST_AUTO_TEST_CASE(mistakes)
{
  const std::string folder = folder_of("mistakes");
  const MatHandle A = system(PETSC_COMM_SELF, 7);
  const auto good = made_up([](const unsigned int) { return 1.f; });
  BOOST_CHECK_THROW(solve(A, "set Columns = learned"), BadInput);
  BOOST_CHECK_THROW(solve(A, learned(folder + "/nothing")), BadInput);
  good.write(folder);
  solve(A, learned(folder));
  // Of another dimension, of another shape, of no shape that there is.
  CoarseModel other = good;
  other.description.n_columns = 2;
  other.write(folder);
  BOOST_CHECK_THROW(CoarseModel::read(folder), BadInput);
  other.description.n_columns = 100;
  other.write(folder);
  BOOST_CHECK_THROW(CoarseModel::read(folder), BadInput);
  other = good;
  other.network.feature_mean.pop_back();
  other.write(folder);
  BOOST_CHECK_THROW(CoarseModel::read(folder), BadInput);
  CoarseModel solid = good;
  solid.description.dim = 3;
  const unsigned int n_features = AggregateFeatures::number(3);
  solid.network.feature_mean.assign(n_features, 0);
  solid.network.feature_scale.assign(n_features, 1);
  DenseNetwork::Layer &layer = solid.network.layers[0];
  layer.n_in = n_features;
  layer.n_out = 27;
  layer.weights.assign(27 * n_features, 0);
  layer.biases.assign(27, 0);
  solid.write(folder);
  CoarseModel::read(folder);
  BOOST_CHECK_THROW(solve(A, learned(folder)), BadInput);
  // Files that are cut off, foreign, or not there.
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
    BOOST_CHECK_THROW(CoarseModel::read(folder), BadInput);
  }
  std::ofstream(file) << "{\"format\": \"nodal model\", \"version\": 1}";
  BOOST_CHECK_THROW(CoarseModel::read(folder), BadInput);
  good.write(folder);
  std::filesystem::resize_file(folder + "/weights.pt", 100);
  BOOST_CHECK_THROW(CoarseModel::read(folder), BadInput);
  std::filesystem::remove(folder + "/weights.pt");
  BOOST_CHECK_THROW(CoarseModel::read(folder), BadInput);
}

BOOST_AUTO_TEST_SUITE_END()
