// SPDX-License-Identifier: LGPL-2.1-or-later
// Correctors of forecasts: their convolutions against plain sums, what they
// keep of symmetries, folders, training at any number of ranks, and going on.
#include <tests/time/models.h>

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/couple/corrector_training.h>
#include <nodal/couple/twin_experiment.h>

#include <source/couple/corrector_network.h>
#include <source/couple/corrector_nodes.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace nodal;
using torch::Tensor;

BOOST_AUTO_TEST_SUITE(corrector)

namespace
{
  constexpr unsigned int n_variables = 12;

  /// Positions on a circle or in the plane; no equation.
  struct Scattered : EvolutionSystem
  {
    explicit Scattered(std::vector<dealii::Point<3>> points)
        : points(std::move(points)), component_of_row(this->points.size(), 0)
    {
    }

    Vec like() const override
    {
      return nullptr;
    }
    void nonlinear(double, Vec, Vec) override
    {
    }
    void initial_state(std::uint64_t, std::uint32_t, Vec) override
    {
    }
    const std::vector<dealii::Point<3>> &positions() const override
    {
      return points;
    }
    const std::vector<unsigned int> &components() const override
    {
      return component_of_row;
    }
    std::vector<std::string> component_names() const override
    {
      return {"u"};
    }
    unsigned int n_coordinates() const override
    {
      return 2;
    }
    dealii::Tensor<1, 3> displacement(const dealii::Point<3> &a,
                                      const dealii::Point<3> &b) const override
    {
      return b - a;
    }
    Interpolation at(const std::vector<dealii::Point<3>> &,
                     unsigned int) const override
    {
      return {};
    }
    std::map<std::string, double> quantities(double, Vec) const override
    {
      return {};
    }
    std::string layout() const override
    {
      return "scattered";
    }

    std::vector<dealii::Point<3>> points;
    std::vector<unsigned int> component_of_row;
  };

  CorrectorDescription small_description()
  {
    CorrectorDescription result;
    result.problem = "lorenz96";
    result.component = "x";
    result.width = 6;
    result.n_memory = 3;
    result.n_places = 3;
    result.cycle = 0.05;
    result.mean = 2.3;
    result.scale = 3.6;
    return result;
  }

  /// One whose weights are all drawn, those of the last layer, too.
  Corrector drawn(CorrectorDescription description = small_description())
  {
    Corrector result(description, 3);
    const torch::NoGradGuard no_gradients;
    for (Tensor parameter : result.network->parameters())
      parameter.copy_(0.3 * torch::randn_like(parameter));
    return result;
  }

  /// A folder for each rank.
  std::string folder_of(const std::string &name)
  {
    return "corrector-" + name + std::to_string(rank_of(MPI_COMM_WORLD)) + "-" +
           std::to_string(size_of(MPI_COMM_WORLD));
  }

  std::string write(const Corrector &model, const std::string &name)
  {
    const std::string folder = folder_of(name);
    model.write(folder);
    return folder;
  }

  std::unique_ptr<AssimilationMethod> neural(const std::string &folder,
                                             const std::string &more = "")
  {
    auto result = Registry<AssimilationMethod>::create("neural");
    models::configure(*result, "set Model = " + folder + "\n" + more);
    result->load("");
    return result;
  }

  bool is_equal(const Tensor &a, const Tensor &b, const double tolerance)
  {
    return torch::allclose(a, b, tolerance, tolerance);
  }

  /// Analysis by @p method of one forecast whose entries and observations are
  /// @p shift entries further on.
  std::vector<double> analysis(AssimilationMethod &method,
                               const unsigned int shift)
  {
    const auto system = models::model("lorenz96", "set Variables = 12\n");
    method.begin(*system, 0);
    Climatology none;
    const unsigned int n = method.n_members(1);
    Ensemble members(n_variables, n);
    for (unsigned int cycle = 0; cycle < 3; ++cycle)
    {
      Random random(3, cycle, 0);
      for (unsigned int m = 0; m < n; ++m)
        for (unsigned int i = 0; i < n_variables; ++i)
          members.member(m)[(i + shift) % n_variables] += 2 + random.normal();
      Observations observations;
      for (unsigned int i = 0; i < n_variables; i += 2)
      {
        observations.points.push_back(
            {double((i + shift) % n_variables), 0, 0});
        observations.values.push_back(2 + random.normal());
        observations.variances.push_back(0.5 + 0.1 * i);
      }
      observations.H = system->at(observations.points, 0);
      method.analyse(members, observations,
                     {*system, none, 0, Random(1, cycle, 3)});
    }
    return members.values;
  }
} // namespace

BOOST_AUTO_TEST_CASE(on_a_circle_averages_are_neighbours)
{
  const auto system = models::model("lorenz96", "set Variables = 12\n");
  const auto averages = std::make_shared<const LocalAverages>(
      system->positions(), *system,
      LocalAverages::typical_spacing(system->positions(), *system, ""), 5);
  BOOST_TEST(averages->n_places == 5u);
  BOOST_TEST(averages->nodes.size() == 5u * n_variables);
  const Tensor x = torch::randn({n_variables, 2, 3}),
               y = LocalAverages::of(averages, x);
  for (int k = 0; k < 5; ++k)
    BOOST_TEST(is_equal(y.slice(2, 3 * k, 3 * k + 3), x.roll(2 - k, 0), 1e-6));
}

BOOST_AUTO_TEST_CASE(averages_of_scattered_nodes)
{
  Random random(1, 0, 0);
  std::vector<dealii::Point<3>> points;
  for (unsigned int i = 0; i < 60; ++i)
    points.push_back({random.uniform(), random.uniform(), 0});
  const Scattered system(points);
  const double spacing = 0.15;
  const auto averages =
      std::make_shared<const LocalAverages>(points, system, spacing, 3);
  BOOST_TEST(averages->n_places == 9u);
  // By the definition.
  const Tensor x = torch::randn({60, 1, 1}), y = LocalAverages::of(averages, x);
  const auto in = x.accessor<float, 3>(), out = y.accessor<float, 3>();
  const auto hat = [](const double t) { return std::max(0., 1 - std::abs(t)); };
  for (int i = 0; i < 60; ++i)
    for (int a = -1; a <= 1; ++a)
      for (int b = -1; b <= 1; ++b)
      {
        double sum = 0, weights = 0;
        for (int j = 0; j < 60; ++j)
        {
          const double weight =
              hat((points[j][0] - points[i][0]) / spacing - a) *
              hat((points[j][1] - points[i][1]) / spacing - b);
          sum += weight * in[j][0][0];
          weights += weight;
        }
        const double expected = weights > 1e-6 ? sum / weights : 0;
        BOOST_TEST(std::abs(out[i][0][(b + 1) * 3 + a + 1] - expected) < 1e-3);
      }
  // The gradient is the transpose.
  const Tensor v = torch::randn({60, 2, 3}).requires_grad_(),
               image = LocalAverages::of(averages, v),
               w = torch::randn_like(image);
  (image * w).sum().backward();
  BOOST_TEST(std::abs((v.grad() * v).sum().item<double>() -
                      (image * w).sum().item<double>()) < 1e-3);
}

BOOST_AUTO_TEST_CASE(gradients_are_those_of_differences)
{
  const auto system = models::model("lorenz96", "set Variables = 12\n");
  const auto averages =
      std::make_shared<const LocalAverages>(system->positions(), *system, 1, 3);
  Corrector model = drawn();
  CorrectorNetwork &network = *model.network;
  const Tensor seen = torch::randn({n_variables, 2, CorrectorNetwork::n_seen});
  const auto value = [&]
  {
    auto result =
        network.forward(averages, seen, network.no_memory(n_variables, 2));
    result = network.forward(averages, seen, result.memory);
    return result.increments.square().sum();
  };
  value().backward();
  for (Tensor parameter : network.parameters())
  {
    const torch::NoGradGuard no_gradients;
    const Tensor direction = torch::randn_like(parameter),
                 kept = parameter.clone();
    const double expected = (parameter.grad() * direction).sum().item<double>();
    const float h = 2e-3;
    parameter.copy_(kept + h * direction);
    const double up = value().item<double>();
    parameter.copy_(kept - h * direction);
    const double down = value().item<double>();
    parameter.copy_(kept);
    BOOST_TEST(std::abs((up - down) / (2 * h) - expected) <
               0.02 * (std::abs(expected) + 1));
  }
}

BOOST_AUTO_TEST_CASE(at_first_a_share_of_the_innovation)
{
  CorrectorDescription description = small_description();
  description.n_members = 1;
  const auto method = neural(write(Corrector(description, 1), "first"));
  const auto system = models::model("lorenz96", "set Variables = 12\n");
  method->begin(*system, 0);
  Ensemble members(n_variables, 1);
  Observations observations;
  observations.points = {{2, 0, 0}, {5.5, 0, 0}};
  observations.values = {4, 8};
  observations.variances = {1, 0.25};
  observations.H = system->at(observations.points, 0);
  const Climatology none;
  method->analyse(members, observations, {*system, none, 0, Random(1, 2, 3)});
  for (unsigned int i = 0; i < n_variables; ++i)
    BOOST_TEST(members.member(0)[i] == (i == 2             ? 0.15 * 4
                                        : i == 5 || i == 6 ? 0.15 * 8
                                                           : 0.),
               boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(what_is_moved_along_the_circle_moves_the_analysis)
{
  for (const unsigned int n_members : {1, 3})
  {
    CorrectorDescription description = small_description();
    description.n_members = n_members;
    const auto method = neural(write(drawn(description), "moved"));
    const std::vector<double> here = analysis(*method, 0),
                              there = analysis(*method, 5);
    for (unsigned int m = 0; m < n_members; ++m)
      for (unsigned int i = 0; i < n_variables; ++i)
        BOOST_TEST(std::abs(here[m * n_variables + i] -
                            there[m * n_variables + (i + 5) % n_variables]) <
                   1e-3);
  }
}

BOOST_AUTO_TEST_CASE(a_folder_keeps_all)
{
  CorrectorDescription description = small_description();
  description.spacing = 1.5;
  description.node_spacing = 1.25;
  description.deviation = 0.75;
  const Corrector model = drawn(description);
  const std::string folder = write(model, "kept");
  const Corrector again = Corrector::read(folder);
  const auto a = model.network->parameters(), b = again.network->parameters();
  BOOST_REQUIRE(a.size() == b.size());
  for (std::size_t k = 0; k < a.size(); ++k)
    BOOST_TEST(torch::equal(a[k], b[k]));
  BOOST_TEST(again.hash() == model.hash());
  const CorrectorDescription &x = model.description, &y = again.description;
  for (const auto &[here, there] : {std::pair<double, double>(x.scale, y.scale),
                                    {x.mean, y.mean},
                                    {x.width, y.width},
                                    {x.n_layers, y.n_layers},
                                    {x.n_memory, y.n_memory},
                                    {x.n_places, y.n_places},
                                    {x.spacing, y.spacing},
                                    {x.node_spacing, y.node_spacing},
                                    {x.cycle, y.cycle},
                                    {x.deviation, y.deviation}})
    BOOST_TEST(here == there);
  // Damage.
  CorrectorDescription wider = description;
  wider.width = 7;
  std::filesystem::copy_file(write(Corrector(wider, 1), "wider") +
                                 "/weights.pt",
                             folder + "/weights.pt",
                             std::filesystem::copy_options::overwrite_existing);
  BOOST_CHECK_THROW(Corrector::read(folder), BadInput);
  std::ofstream(folder + "/weights.pt") << "none";
  BOOST_CHECK_THROW(Corrector::read(folder), BadInput);
  std::filesystem::remove(folder + "/weights.pt");
  BOOST_CHECK_THROW(Corrector::read(folder), BadInput);
  for (const std::string text : {"{}", "none", ""})
  {
    std::ofstream(folder + "/model.json") << text;
    BOOST_CHECK_THROW(Corrector::read(folder), BadInput);
  }
  BOOST_CHECK_THROW(neural("nowhere"), BadInput);
}

BOOST_AUTO_TEST_CASE(what_it_was_not_trained_on_is_refused)
{
  const std::string folder = write(drawn(), "refused");
  const auto lorenz = models::model("lorenz96", "set Variables = 12\n"),
             waves = models::model("kuramoto sivashinsky");
  const auto method = neural(folder),
             forced = neural(folder, "set Force = true\n");
  BOOST_CHECK_NO_THROW(method->check_for("lorenz96", 0.05, 1));
  BOOST_CHECK_THROW(method->check_for("kdv", 0.05, 1), BadInput);
  BOOST_CHECK_THROW(method->check_for("lorenz96", 0.1, 1), BadInput);
  BOOST_CHECK_THROW(method->check_for("lorenz96", 0.05, 2), BadInput);
  BOOST_CHECK_NO_THROW(forced->check_for("kdv", 0.1, 2));
  BOOST_CHECK_NO_THROW(method->begin(*lorenz, 0));
  BOOST_CHECK_THROW(forced->begin(*waves, 0), BadInput);
  // Nodes at other distances.
  CorrectorDescription wide = small_description();
  wide.node_spacing = 2;
  const std::string other = write(drawn(wide), "wide");
  BOOST_CHECK_THROW(neural(other)->begin(*lorenz, 0), BadInput);
  BOOST_CHECK_NO_THROW(neural(other, "set Force = true\n")->begin(*lorenz, 0));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_trained_is_refused)
{
  CorrectorTrainingSettings settings;
  BOOST_CHECK_NO_THROW(settings.check());
  settings.n_cycles = 1;
  BOOST_CHECK_THROW(settings.check(), BadInput);
  settings.n_memory = 0;
  BOOST_CHECK_NO_THROW(settings.check());
  settings.n_places = 4;
  BOOST_CHECK_THROW(settings.check(), BadInput);
}

namespace
{
  /// A small training for Lorenz' model.
  struct SmallTraining
  {
    SmallTraining()
        : model(models::model("lorenz96")),
          stepper(Registry<TimeStepper>::create("runge kutta 4"))
    {
      stepper->start(*model, solver, 0.05);
      models::configure(network, "");
      network.prepare(*model);
      training.n_epochs = 3;
      training.learning_rate = 1e-2;
      settings.n_trajectories = 12;
      settings.n_cycles = 4;
      settings.n_steps = 40;
      settings.n_validation = 4;
      settings.n_validation_cycles = 80;
      settings.width = 8;
      settings.n_memory = 4;
    }

    /// The error of the best model, which is written to @p folder by rank 0.
    double train(const std::string &folder, MPI_Comm comm)
    {
      const Forecast forecast(*model, *stepper, 0.05);
      CorrectorTraining examples(settings, training, forecast, network, 1, 200,
                                 comm);
      Parameters prm;
      prm.add("Unused", n_unused, "For a file that is not empty.");
      Run run(comm, folder + "-run", false,
              ParameterFile::parse("", "test.prm"), prm);
      double error = 0;
      examples.fit(
          {},
          [&](const Corrector &best)
          {
            error = best.description.validation_error;
            weights.clear();
            for (const Tensor &parameter : best.network->parameters())
              weights.push_back(parameter.detach().clone());
            ++n_improvements;
            if (run.is_root)
              best.write(folder);
          },
          run);
      MPI_Barrier(comm);
      return error;
    }

    std::unique_ptr<EvolutionModel> model;
    std::unique_ptr<TimeStepper> stepper;
    LinearSolver solver;
    ObservationNetwork network;
    TrainingSettings training;
    CorrectorTrainingSettings settings;
    unsigned int n_unused = 0, n_improvements = 0;
    std::vector<Tensor> weights; ///< of the best model
  };
} // namespace

BOOST_AUTO_TEST_CASE(training_beats_the_covariance_of_the_climatology)
{
  // 3D-Var has 0.41, and nudging 0.45; with the mean of three members, too.
  for (const unsigned int n_members : {1, 3})
  {
    SmallTraining small;
    small.settings.n_members = n_members;
    const std::string folder =
        "corrector-trained" + std::to_string(size_of(MPI_COMM_WORLD));
    const double error = small.train(folder, MPI_COMM_WORLD);
    BOOST_TEST(error < 0.36);
    // In another experiment, and it goes on from a file to the bit.
    const auto method = neural(folder);
    TwinExperiment::Settings settings;
    settings.n_climatology = 50;
    TwinExperiment twin(*small.model, *small.stepper, 0.05, *method,
                        small.network, settings, 5, MPI_COMM_WORLD);
    BOOST_TEST(twin.members().n_members == n_members);
    double sum = 0;
    const std::string file =
        "corrector-checkpoint" + std::to_string(size_of(MPI_COMM_WORLD));
    for (unsigned int k = 0; k < 150; ++k)
    {
      const double now = twin.cycle().analysis_error;
      sum += k < 50 ? 0 : now / 100;
      if (k == 140)
        twin.save(file, "here", {});
    }
    BOOST_TEST(sum < 0.38);
    const std::vector<double> end = twin.members().values;
    const auto other = neural(folder);
    TwinExperiment next(*small.model, *small.stepper, 0.05, *other,
                        small.network, settings, 5, MPI_COMM_WORLD);
    std::vector<double> more;
    BOOST_REQUIRE(next.load(file, "here", more));
    for (unsigned int k = 141; k < 150; ++k)
      next.cycle();
    BOOST_TEST(next.members().values == end);
  }
}

BOOST_AUTO_TEST_CASE(ranks_share_the_experiments)
{
  // But for rounding; each rank has the same weights to the bit.
  SmallTraining all, alone;
  for (SmallTraining *small : {&all, &alone})
  {
    small->training.n_epochs = 1;
    small->settings.n_steps = 3;
    small->settings.n_validation_cycles = 8;
  }
  const std::string ranks = std::to_string(size_of(MPI_COMM_WORLD));
  const double together = all.train("corrector-all" + ranks, MPI_COMM_WORLD),
               single = alone.train(folder_of("alone"), MPI_COMM_SELF);
  BOOST_TEST(together == single, boost::test_tools::tolerance(1e-3));
  BOOST_TEST(all.n_improvements == 2u); // not what there was before training
  for (std::size_t k = 0; k < all.weights.size(); ++k)
  {
    BOOST_TEST(is_equal(all.weights[k], alone.weights[k], 1e-3));
    const Tensor least = all.weights[k].clone(), most = least.clone();
    for (const auto &[values, operation] :
         {std::pair(least, MPI_MIN), std::pair(most, MPI_MAX)})
      MPI_Allreduce(MPI_IN_PLACE, values.data_ptr<float>(), values.numel(),
                    MPI_FLOAT, operation, MPI_COMM_WORLD);
    BOOST_TEST(torch::equal(least, most));
  }
}

BOOST_AUTO_TEST_SUITE_END()
