// SPDX-License-Identifier: LGPL-2.1-or-later
// Methods of assimilation against dense formulas, what they do to members that
// nobody observes, twin experiments at any number of ranks, and known errors.
#include <tests/time/models.h>

#include <nodal/core/communicator.h>
#include <nodal/core/dense.h>
#include <nodal/core/exceptions.h>
#include <nodal/couple/corrector.h>
#include <nodal/couple/twin_experiment.h>

#include <source/couple/ensemble_transform.h>
#include <source/couple/taper.h>

#include <deal.II/lac/full_matrix.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdio>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(assimilation)

namespace
{
  using Matrix = dealii::FullMatrix<double>;

  constexpr unsigned int n_rows = 8, n_members = 5;

  /// A forecast, and observations of every other entry.
  struct Forecast
  {
    Forecast()
        : system(models::model("lorenz96", "set Variables = 8\n")),
          members(n_rows, n_members)
    {
      Random random(3, 0, 0);
      for (double &value : members.values)
        value = random.normal();
      climatology.mean.resize(n_rows);
      for (double &value : climatology.mean)
        value = random.normal();
      climatology.anomalies = Ensemble(n_rows, 30);
      for (double &value : climatology.anomalies.values)
        value = random.normal();
      climatology.anomalies.center();
      for (unsigned int i = 0; i < n_rows; i += 2)
      {
        observations.points.push_back({double(i), 0, 0});
        observations.values.push_back(random.normal());
        observations.variances.push_back(0.5 + 0.1 * i);
      }
      observations.H = system->at(observations.points, 0);
    }

    AnalysisContext context() const
    {
      return {*system, climatology, 0, Random(1, 2, 3)};
    }

    Matrix H() const
    {
      Matrix result(observations.size(), n_rows);
      for (unsigned int k = 0; k < observations.size(); ++k)
        result(k, 2 * k) = 1;
      return result;
    }

    /// P Hᵀ (H P Hᵀ + R)⁻¹
    Matrix gain(const Matrix &P) const
    {
      const unsigned int p = observations.size();
      Matrix PHt(n_rows, p), S(p, p), inverse(p, p), result(n_rows, p);
      P.mTmult(PHt, H());
      H().mmult(S, PHt);
      for (unsigned int k = 0; k < p; ++k)
        S(k, k) += observations.variances[k];
      inverse.invert(S);
      PHt.mmult(result, inverse);
      return result;
    }

    /// @p state corrected with gain K.
    std::vector<double> corrected(const double *state, const Matrix &K) const
    {
      std::vector<double> result(state, state + n_rows);
      for (unsigned int i = 0; i < n_rows; ++i)
        for (unsigned int k = 0; k < observations.size(); ++k)
          result[i] += K(i, k) * (observations.values[k] - state[2 * k]);
      return result;
    }

    std::shared_ptr<EvolutionModel> system;
    Ensemble members;
    Climatology climatology;
    Observations observations;
  };

  Matrix covariance(Ensemble members)
  {
    members.center();
    Matrix result(members.n_rows, members.n_rows);
    for (unsigned int m = 0; m < members.n_members; ++m)
      for (unsigned int i = 0; i < members.n_rows; ++i)
        for (unsigned int j = 0; j < members.n_rows; ++j)
          result(i, j) += members.member(m)[i] * members.member(m)[j] /
                          (members.n_members - 1.);
    return result;
  }

  std::unique_ptr<AssimilationMethod> method(const std::string &name,
                                             const std::string &entries = "")
  {
    auto result = Registry<AssimilationMethod>::create(name);
    models::configure(*result, entries);
    return result;
  }

  /// Entries without which a method does not work: those of 'neural' are for a
  /// corrector that has learned nothing yet.
  std::string needed_entries(const std::string &name)
  {
    if (name != "neural")
      return "";
    const std::string folder = "assimilation-corrector" +
                               std::to_string(rank_of(MPI_COMM_WORLD)) + "-" +
                               std::to_string(size_of(MPI_COMM_WORLD));
    CorrectorDescription description;
    description.component = "x";
    description.cycle = 0.05;
    Corrector(description, 1).write(folder);
    return "set Model = " + folder + "\n";
  }

  void check_equal(const std::vector<double> &a, const std::vector<double> &b,
                   const double tolerance = 1e-11)
  {
    BOOST_REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i)
      BOOST_TEST(std::abs(a[i] - b[i]) < tolerance);
  }

  std::vector<double> entries_of(const Matrix &A)
  {
    std::vector<double> result;
    for (unsigned int i = 0; i < A.m(); ++i)
      for (unsigned int j = 0; j < A.n(); ++j)
        result.push_back(A(i, j));
    return result;
  }
} // namespace

BOOST_AUTO_TEST_CASE(ensemble_filters_are_kalmans)
{
  const Forecast forecast;
  const Matrix P = covariance(forecast.members), K = forecast.gain(P);
  const std::vector<double> mean = forecast.members.mean(),
                            expected = forecast.corrected(mean.data(), K);
  // (I − K H) P
  Matrix HP(K.n(), n_rows), KHP(n_rows, n_rows), after = P;
  forecast.H().mmult(HP, P);
  K.mmult(KHP, HP);
  after.add(-1, KHP);
  const std::string no_inflation = "set Inflation = 1\n";
  for (const std::string name : {"etkf", "letkf", "enkf"})
  {
    BOOST_TEST_CONTEXT(name)
    {
      Ensemble members = forecast.members;
      // Far enough for all observations to count.
      method(name, no_inflation + (name == "letkf" ? "set Radius = 1e7\n" : ""))
          ->analyse(members, forecast.observations, forecast.context());
      check_equal(members.mean(), expected);
      if (name != "enkf")
        check_equal(entries_of(covariance(members)), entries_of(after));
      // Inflation is about the mean.
      Ensemble inflated = forecast.members;
      method(name, "set Inflation = 1.5\n" +
                       std::string(name == "letkf" ? "set Radius = 1e7\n" : ""))
          ->analyse(inflated, forecast.observations, forecast.context());
      check_equal(inflated.mean(), expected);
      Matrix larger = covariance(members);
      larger *= 1.5 * 1.5;
      check_equal(entries_of(covariance(inflated)), entries_of(larger));
    }
  }
}

BOOST_AUTO_TEST_CASE(without_rotation_the_root_is_symmetric)
{
  // T (I + SᵀS) T = I, and the etkf gives mean + A (w + T).
  const Forecast forecast;
  Ensemble anomalies = forecast.members,
           seen = observed(forecast.members, forecast.observations.H,
                           MPI_COMM_SELF);
  const std::vector<double> mean = anomalies.center(),
                            seen_mean = seen.center();
  const ScaledObservations scaled(seen, seen_mean, forecast.observations);
  const EnsembleTransform transform(scaled.S);
  const Dense T = transform.transform();
  Dense C = multiply(scaled.S, scaled.S, true);
  for (unsigned int i = 0; i < n_members; ++i)
  {
    C(i, i) += 1;
    for (unsigned int j = 0; j < n_members; ++j)
      BOOST_TEST(std::abs(T(i, j) - T(j, i)) < 1e-13);
  }
  BOOST_TEST(distance_from_identity(multiply(T, multiply(C, T))) < 1e-12);
  const std::vector<double> w = transform.weights(scaled.S, scaled.innovations);
  for (const std::string name : {"etkf", "letkf"})
  {
    Ensemble members = forecast.members;
    method(name, "set Inflation = 1\nset Rotation = false\n" +
                     std::string(name == "letkf" ? "set Radius = 1e7\n" : ""))
        ->analyse(members, forecast.observations, forecast.context());
    for (unsigned int j = 0; j < n_members; ++j)
      for (unsigned int i = 0; i < n_rows; ++i)
      {
        double expected = mean[i];
        for (unsigned int m = 0; m < n_members; ++m)
          expected += anomalies.member(m)[i] * (w[m] + T(m, j));
        BOOST_TEST(std::abs(members.member(j)[i] - expected) < 1e-12);
      }
  }
}

BOOST_AUTO_TEST_CASE(perturbed_observations_have_the_right_covariance)
{
  // The mean over many draws.
  const Forecast forecast;
  const Matrix P = covariance(forecast.members), K = forecast.gain(P);
  Matrix HP(K.n(), n_rows), KHP(n_rows, n_rows), after = P;
  forecast.H().mmult(HP, P);
  K.mmult(KHP, HP);
  after.add(-1, KHP);
  Matrix mean(n_rows, n_rows);
  constexpr unsigned int n = 4000;
  const auto enkf = method("enkf", "set Inflation = 1\n");
  for (unsigned int k = 0; k < n; ++k)
  {
    Ensemble members = forecast.members;
    AnalysisContext context = forecast.context();
    context.random = Random(5, k, 0);
    enkf->analyse(members, forecast.observations, context);
    mean.add(1. / n, covariance(members));
  }
  for (unsigned int i = 0; i < n_rows; ++i)
    for (unsigned int j = 0; j < n_rows; ++j)
      BOOST_TEST(std::abs(mean(i, j) - after(i, j)) < 0.05);
}

BOOST_AUTO_TEST_CASE(variational_methods_are_their_formulas)
{
  const Forecast forecast;
  Matrix P = covariance(forecast.climatology.anomalies);
  {
    Ensemble members = forecast.members;
    method("optimal interpolation")
        ->analyse(members, forecast.observations, forecast.context());
    const std::vector<double> expected =
        forecast.corrected(forecast.climatology.mean.data(), forecast.gain(P));
    for (unsigned int m = 0; m < n_members; ++m)
      check_equal({members.member(m), members.member(m) + n_rows}, expected);
  }
  P *= 0.3;
  const auto variational = method("3d-var", "set Scale = 0.3\n");
  for (unsigned int pass = 0; pass < 2; ++pass) // the gain is kept
  {
    Ensemble members = forecast.members;
    variational->analyse(members, forecast.observations, forecast.context());
    for (unsigned int m = 0; m < n_members; ++m)
      check_equal(
          {members.member(m), members.member(m) + n_rows},
          forecast.corrected(forecast.members.member(m), forecast.gain(P)));
  }
  // Other observations: another gain.
  Forecast other = forecast;
  for (double &variance : other.observations.variances)
    variance *= 2;
  Ensemble members = other.members;
  variational->analyse(members, other.observations, other.context());
  check_equal({members.member(1), members.member(1) + n_rows},
              other.corrected(other.members.member(1), other.gain(P)));
}

BOOST_AUTO_TEST_CASE(observations_act_near_where_they_are)
{
  Forecast forecast;
  Observations &one = forecast.observations;
  one.points = {{2, 0, 0}};
  one.values = {3};
  one.variances = {0.1};
  one.H = forecast.system->at(one.points, 0);
  for (const std::string name : {"letkf", "nudging"})
  {
    Ensemble members = forecast.members;
    method(name, name == "letkf" ? "set Radius = 0.5\nset Inflation = "
                                   "1\nset Rotation = false\n"
                                 : "set Radius = 0.5\nset Gain = 1\n")
        ->analyse(members, one, forecast.context());
    for (unsigned int m = 0; m < n_members; ++m)
      for (unsigned int i = 0; i < n_rows; ++i)
        BOOST_TEST(
            (std::abs(members.member(m)[i] - forecast.members.member(m)[i]) >
             1e-9) == (std::abs(int(i) - 2) < 2));
    if (name == "nudging")
      BOOST_TEST(members.member(0)[2] == 3.,
                 boost::test_tools::tolerance(1e-12));
  }
}

BOOST_AUTO_TEST_CASE(without_observations_forecasts_stay)
{
  Forecast forecast;
  forecast.observations = Observations();
  for (const RegistryEntry &entry : Registry<AssimilationMethod>::list())
  {
    Ensemble members = forecast.members;
    const auto filter = method(entry.name, needed_entries(entry.name));
    if (filter->min_members() > 1)
      models::configure(*filter, "set Inflation = 1\n");
    filter->load("");
    if (entry.name == "neural")
      // Before training; a trained one may change what nobody measures.
      members = Ensemble(n_rows, 1);
    const Ensemble before = members;
    filter->begin(*forecast.system, 0);
    filter->analyse(members, forecast.observations, forecast.context());
    if (entry.name == "optimal interpolation")
      check_equal({members.member(0), members.member(0) + n_rows},
                  forecast.climatology.mean);
    else
      BOOST_TEST(members.values == before.values);
  }
}

BOOST_AUTO_TEST_CASE(rotations_keep_mean_and_covariance)
{
  Random random(7, 0, 0);
  for (const unsigned int n : {1, 2, 3, 10})
  {
    const Dense rotation = random_rotation(n, random);
    BOOST_TEST(distance_from_identity(multiply(rotation, rotation, true)) <
               1e-12);
    for (unsigned int i = 0; i < n; ++i)
    {
      double sum = 0;
      for (unsigned int j = 0; j < n; ++j)
        sum += rotation(i, j);
      BOOST_TEST(sum == 1., boost::test_tools::tolerance(1e-12));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_taper_is_smooth_and_ends)
{
  const double radius = 1.7, c = std::sqrt(10. / 3) * radius;
  BOOST_TEST(taper(0, radius) == 1.);
  BOOST_TEST(taper(2 * c, radius) == 0.);
  BOOST_TEST(taper(1e9, radius) == 0.);
  BOOST_TEST(std::abs(taper(2 * c * (1 - 1e-7), radius)) < 1e-12);
  BOOST_TEST(taper(c * (1 - 1e-12), radius) == taper(c * (1 + 1e-12), radius),
             boost::test_tools::tolerance(1e-10));
  // As a normal density where it matters.
  for (const double r : {0.1, 0.5, 1.})
    BOOST_TEST(std::abs(taper(r * radius, radius) - std::exp(-r * r / 2)) <
               0.03);
  for (double r = 0; r < 2 * c; r += 0.01)
    BOOST_TEST(taper(r, radius) >= taper(r + 0.01, radius));
}

namespace
{
  /// A twin experiment on Lorenz' model.
  struct Twin
  {
    Twin(const std::string &name, const std::string &entries,
         const unsigned int n_members, MPI_Comm groups,
         const std::string &network_entries = "")
        : model(models::model("lorenz96")),
          stepper(Registry<TimeStepper>::create("runge kutta 4")),
          filter(method(name, entries))
    {
      stepper->start(*model, solver, 0.05);
      models::configure(network, "subsection Observations\n" + network_entries +
                                     "end\n");
      network.prepare(*model);
      TwinExperiment::Settings settings;
      settings.n_members = n_members;
      settings.n_climatology = 300;
      experiment = std::make_unique<TwinExperiment>(
          *model, *stepper, 0.05, *filter, network, settings, 1, groups);
    }

    /// Mean error of @p n analyses after as many others.
    double error(const unsigned int n)
    {
      double sum = 0;
      for (unsigned int k = 0; k < 2 * n; ++k)
      {
        const double now = experiment->cycle().analysis_error;
        sum += k < n ? 0 : now;
      }
      return sum / n;
    }

    std::unique_ptr<EvolutionModel> model;
    std::unique_ptr<TimeStepper> stepper;
    std::unique_ptr<AssimilationMethod> filter;
    LinearSolver solver;
    ObservationNetwork network;
    std::unique_ptr<TwinExperiment> experiment;
  };
} // namespace

BOOST_AUTO_TEST_CASE(errors_are_the_known_ones)
{
  const auto error = [](const std::string &name, const std::string &entries,
                        const unsigned int n_members = 1)
  { return Twin(name, entries, n_members, MPI_COMM_SELF).error(150); };
  BOOST_TEST(std::abs(error("optimal interpolation", "") - 0.95) < 0.08);
  BOOST_TEST(std::abs(error("3d-var", "set Scale = 0.02\n") - 0.41) < 0.06);
  BOOST_TEST(error("etkf", "", 24) < 0.24);
  BOOST_TEST(error("letkf", "set Radius = 4\n", 7) < 0.28);
  BOOST_TEST(error("enkf", "set Inflation = 1.06\n", 40) < 0.28);
  BOOST_TEST(error("none", "") > 1);
}

BOOST_AUTO_TEST_CASE(members_are_spread_over_ranks)
{
  for (const RegistryEntry &entry : Registry<AssimilationMethod>::list())
  {
    const std::string entries = needed_entries(entry.name);
    Twin all(entry.name, entries, 7, MPI_COMM_WORLD),
        alone(entry.name, entries, 7, MPI_COMM_SELF);
    for (unsigned int k = 0; k < 3; ++k)
    {
      all.experiment->cycle();
      alone.experiment->cycle();
    }
    BOOST_TEST(all.experiment->members().values ==
               alone.experiment->members().values);
  }
}

BOOST_AUTO_TEST_CASE(experiments_go_on_where_they_were_saved)
{
  const std::string file = "assimilation-checkpoint.bin";
  std::vector<double> more;
  Twin straight("etkf", "", 6, MPI_COMM_WORLD),
      first("etkf", "", 6, MPI_COMM_WORLD),
      second("etkf", "", 6, MPI_COMM_WORLD),
      other("etkf", "", 5, MPI_COMM_WORLD);
  for (unsigned int k = 0; k < 6; ++k)
    straight.experiment->cycle();
  for (unsigned int k = 0; k < 4; ++k)
    first.experiment->cycle();
  first.experiment->save(file, "word", {3, 4});
  MPI_Barrier(MPI_COMM_WORLD);
  BOOST_TEST(!second.experiment->load(file, "another word", more));
  BOOST_TEST(!other.experiment->load(file, "word", more));
  BOOST_TEST(second.experiment->load(file, "word", more));
  BOOST_TEST(more == std::vector<double>({3, 4}));
  BOOST_TEST(second.experiment->n_cycles() == 4u);
  for (unsigned int k = 0; k < 2; ++k)
    second.experiment->cycle();
  BOOST_TEST(second.experiment->members().values ==
             straight.experiment->members().values);
  BOOST_TEST(second.experiment->truth() == straight.experiment->truth());
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0)
    std::remove(file.c_str());
}

BOOST_AUTO_TEST_CASE(sensors_move_and_fail)
{
  const auto system = models::model("lorenz96");
  const std::vector<double> truth = models::state(*system, 1);
  const auto network = [&](const std::string &entries)
  {
    auto result = std::make_unique<ObservationNetwork>();
    models::configure(*result, "subsection Observations\nset Deviation = "
                               "1e-9\n" +
                                   entries + "end\n");
    result->prepare(*system);
    return result;
  };
  const auto moving =
      network("set Layout = points\nset Points = 2*t; 5.5; sin(t)\n");
  const Observations seen = moving->measure(3, truth, Random(1, 1, 1));
  BOOST_REQUIRE(seen.size() == 3u);
  BOOST_TEST(seen.points[0][0] == 6.);
  BOOST_TEST(std::abs(seen.values[0] - truth[6]) < 1e-7);
  BOOST_TEST(std::abs(seen.values[1] - (truth[5] + truth[6]) / 2) < 1e-7);
  BOOST_TEST(moving->measure(0, truth, Random(1, 1, 1)).points[0][0] == 0.);

  BOOST_TEST(
      network("set Every = 3\n")->measure(0, truth, Random(1, 1, 1)).size() ==
      14u);
  BOOST_TEST(
      network("set Share = 0\n")->measure(0, truth, Random(1, 1, 1)).size() ==
      0u);
  const std::size_t some =
      network("set Share = 0.5\n")->measure(0, truth, Random(1, 1, 1)).size();
  BOOST_TEST((5 < some && some < 35));

  for (const std::string entries :
       {"set Component = y\n",
        "set Layout = points\nset Points = 1 | 2 | 3 | "
        "4\n",
        "set Layout = points\nset Points = x\n",
        "set Layout = points\nset Points = \n"})
    BOOST_CHECK_THROW(network(entries), BadInput);
  const auto nowhere = network("set Layout = points\nset Points = 1 / t\n");
  BOOST_CHECK_THROW(nowhere->measure(0, truth, Random(1, 1, 1)), BadInput);
}

BOOST_AUTO_TEST_CASE(too_few_members_are_refused)
{
  for (const RegistryEntry &entry : Registry<AssimilationMethod>::list())
    if (Registry<AssimilationMethod>::create(entry.name)->min_members() > 1)
      BOOST_CHECK_THROW(Twin(entry.name, "", 1, MPI_COMM_SELF), BadInput);
}

BOOST_AUTO_TEST_SUITE_END()
