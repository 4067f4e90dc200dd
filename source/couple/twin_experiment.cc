// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/vector_file.h>
#include <nodal/core/vector_values.h>
#include <nodal/couple/twin_experiment.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace nodal
{
  namespace
  {
    // Streams of random numbers.
    constexpr std::uint32_t of_errors = 0xa5510002, of_analyses = 0xa5510003,
                            of_members = 0xa5510004;
  } // namespace

  void TwinExperiment::Settings::add_parameters(Parameters &prm)
  {
    prm.add("Members", n_members,
            "Of the ensemble, for methods that have one; others carry one "
            "state, and 'neural' what its model was trained with.",
            1, 100000);
    prm.add("Steps per cycle", steps_per_cycle,
            "Time steps from one analysis to the next.", 1);
    prm.add("Spin-up steps", n_spin_up,
            "Before the first cycle, until states are as they usually are.");
    prm.add("Climatology states", n_climatology,
            "Of long runs, whose mean and covariance some methods use, and "
            "from which the first members are made.",
            2, 1000000);
    prm.add("Climatology runs", n_climatology_runs,
            "So many runs these states are of, which begin at different "
            "states: one where runs forget where they began, many where they "
            "do not.",
            1, 1000000);
    prm.add("Climatology stride", climatology_stride,
            "Time steps between two of these states.", 1);
    prm.add("Initial deviation", initial_share,
            "Of the first members from the truth, as a share of what states "
            "of the climatology deviate from their mean.",
            0, 10);
  }

  unsigned int
  TwinExperiment::Settings::n_members_of(const AssimilationMethod &method) const
  {
    return method.n_members(n_members);
  }

  void TwinExperiment::Settings::check(const AssimilationMethod &method) const
  {
    if (method.min_members() > 1 && n_members_of(method) < method.min_members())
      throw BadInput("The method needs " +
                         std::to_string(method.min_members()) +
                         " members or more: choose more, or '3d-var', which "
                         "needs one.",
                     "Assimilation/Members");
  }

  TwinExperiment::TwinExperiment(EvolutionSystem &model, TimeStepper &stepper,
                                 const double h, AssimilationMethod &method,
                                 const ObservationNetwork &network,
                                 const Settings &settings,
                                 const unsigned int seed, MPI_Comm groups)
      : model(model), forecast(model, stepper, h), method(method),
        network(network), settings(settings), seed(seed), groups(groups)
  {
    settings.check(method);
    method.load("");
    method.begin(model, network.component());
    const unsigned int n = settings.n_members_of(method);
    run_climatology();
    true_state = forecast.initial_state(seed, 0);
    forecast.advance(true_state.data(), 0, settings.n_spin_up);
    ensemble = Ensemble(true_state.size(), n);
    Random random(seed, 0, of_members);
    // No state twice, as long as there are enough.
    std::vector<unsigned int> order(climate.anomalies.n_members);
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1],
                order[std::min<std::size_t>(random.uniform() * i, i - 1)]);
    for (unsigned int m = 0; m < n; ++m)
    {
      const unsigned int k = order[m % order.size()];
      for (std::size_t i = 0; i < true_state.size(); ++i)
        ensemble.member(m)[i] =
            true_state[i] +
            settings.initial_share * climate.anomalies.member(k)[i];
    }
  }

  void TwinExperiment::run_climatology()
  {
    // First members are made of it by all methods.
    const unsigned int n =
        method.needs_climatology()
            ? settings.n_climatology
            : std::min(settings.n_climatology,
                       std::max(100u, 2 * settings.n_members_of(method)));
    climate.anomalies = Ensemble(model.positions().size(), n);
    std::vector<double> state;
    double t = 0;
    for (unsigned int k = 0; k < n; ++k)
    {
      const unsigned int run =
          std::uint64_t(k) * settings.n_climatology_runs / n;
      if (k == 0 ||
          run > std::uint64_t(k - 1) * settings.n_climatology_runs / n)
      {
        state = forecast.initial_state(seed, 1 + run);
        forecast.advance(state.data(), 0, settings.n_spin_up);
        t = forecast.h * settings.n_spin_up;
      }
      forecast.advance(state.data(), t, settings.climatology_stride);
      t += forecast.h * settings.climatology_stride;
      std::copy(state.begin(), state.end(), climate.anomalies.member(k));
    }
    climate.mean = climate.anomalies.center();
  }

  double TwinExperiment::time() const
  {
    return forecast.h *
           (settings.n_spin_up + double(n_done) * settings.steps_per_cycle);
  }

  double
  TwinExperiment::root_mean_square(const std::vector<double> &squares) const
  {
    double sums[2] = {0, 0};
    for (std::size_t i = 0; i < squares.size(); ++i)
      if (model.components()[i] == network.component())
      {
        sums[0] += squares[i];
        ++sums[1];
      }
    MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_DOUBLE, MPI_SUM, model.comm());
    return std::sqrt(sums[0] / sums[1]);
  }

  double TwinExperiment::climatological_spread() const
  {
    std::vector<double> squares(true_state.size(), 0.);
    const Ensemble &states = climate.anomalies;
    for (unsigned int m = 0; m < states.n_members; ++m)
      for (std::size_t i = 0; i < squares.size(); ++i)
        squares[i] +=
            states.member(m)[i] * states.member(m)[i] / states.n_members;
    return root_mean_square(squares);
  }

  TwinExperiment::Scores TwinExperiment::cycle()
  {
    Scores scores;
    const double begin = time();
    double clock = SolveControl::clock();
    const unsigned int n_groups = size_of(groups), own = rank_of(groups);
    agree(groups,
          [&]
          {
            forecast.advance(true_state.data(), begin,
                             settings.steps_per_cycle);
            for (unsigned int m = own; m < ensemble.n_members; m += n_groups)
              forecast.advance(ensemble.member(m), begin,
                               settings.steps_per_cycle);
          });
    for (unsigned int m = 0; n_groups > 1 && m < ensemble.n_members; ++m)
      MPI_Bcast(ensemble.member(m), ensemble.n_rows, MPI_DOUBLE, m % n_groups,
                groups);
    ++n_done;
    scores.forecast_seconds = SolveControl::clock() - clock;

    const auto judge = [&](double &error, double &spread)
    {
      const std::vector<double> mean = ensemble.mean();
      std::vector<double> squares(mean.size()), deviations(mean.size(), 0.);
      for (std::size_t i = 0; i < mean.size(); ++i)
      {
        const double difference = mean[i] - true_state[i];
        squares[i] = difference * difference;
      }
      for (unsigned int m = 0; m < ensemble.n_members; ++m)
        for (std::size_t i = 0; i < mean.size(); ++i)
        {
          const double deviation = ensemble.member(m)[i] - mean[i];
          deviations[i] +=
              deviation * deviation / std::max(1., ensemble.n_members - 1.);
        }
      error = root_mean_square(squares);
      spread = root_mean_square(deviations);
    };
    judge(scores.forecast_error, scores.forecast_spread);
    const Observations observations =
        network.measure(time(), true_state, Random(seed, n_done, of_errors));
    scores.n_observations = observations.size();
    clock = SolveControl::clock();
    method.analyse(ensemble, observations,
                   {model, climate, network.component(),
                    Random(seed, n_done, of_analyses)});
    // Methods may have changed what is prescribed.
    for (unsigned int m = 0; m < ensemble.n_members; ++m)
      forecast.constrain(ensemble.member(m));
    scores.analysis_seconds = SolveControl::clock() - clock;
    judge(scores.analysis_error, scores.analysis_spread);
    if (!std::isfinite(scores.analysis_error + scores.analysis_spread))
      throw NumericalFailure("The analysis of cycle " + std::to_string(n_done) +
                             " is not finite.");
    return scores;
  }

  void TwinExperiment::save(const std::string &file, const std::string &word,
                            const std::vector<double> &more) const
  {
    const auto write = [&]
    {
      std::vector<double> place = method.state();
      place.insert(place.begin(), n_done);
      std::vector<VecHandle> states;
      const auto add = [&](const double *state)
      {
        states.push_back(duplicate(model.like()));
        std::copy_n(state, true_state.size(), +WriteValues(states.back()));
      };
      add(true_state.data());
      for (unsigned int m = 0; m < ensemble.n_members; ++m)
        add(ensemble.member(m));
      write_vectors(file, word, model.comm(), {{&place, &more}, {&states}});
    };
    // Groups have the same; one of them writes.
    agree(groups,
          [&]
          {
            if (rank_of(groups) == 0)
              write();
          });
  }

  bool TwinExperiment::load(const std::string &file, const std::string &word,
                            std::vector<double> &more)
  {
    std::vector<double> place;
    std::vector<VecHandle> states;
    int is_there =
        read_vectors(file, word, model.like(), {{&place, &more}, {&states}}) &&
        states.size() == ensemble.n_members + 1 && !place.empty() &&
        method.set_state({place.begin() + 1, place.end()});
    MPI_Allreduce(MPI_IN_PLACE, &is_there, 1, MPI_INT, MPI_MIN, groups);
    if (!is_there)
      return false;
    n_done = place[0];
    true_state = owned_entries(states[0]);
    for (unsigned int m = 0; m < ensemble.n_members; ++m)
    {
      const std::vector<double> state = owned_entries(states[m + 1]);
      std::copy(state.begin(), state.end(), ensemble.member(m));
    }
    return true;
  }
} // namespace nodal
