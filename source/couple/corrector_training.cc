// SPDX-License-Identifier: LGPL-2.1-or-later
#include "corrector_network.h"
#include "corrector_nodes.h"
#include "fit.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/couple/corrector_training.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace nodal
{
  using torch::Tensor;

  void CorrectorTrainingSettings::add_parameters(Parameters &prm)
  {
    prm.add("Trajectories", n_trajectories,
            "Twin experiments that run side by side.", 1, 1000000);
    prm.add("Cycles", n_cycles,
            "Analyses between two steps of the optimizer, through which the "
            "memory has gradients.",
            1, 10000);
    prm.add("Length", length,
            "Cycles after which all experiments begin anew, for runs that tend "
            "to where nothing happens; 0: never.",
            0, 1000000000);
    prm.add("Steps", n_steps, "Of the optimizer in an epoch.", 1, 1000000);
    prm.add("Members", n_members,
            "Of the ensemble that is corrected. With more than one, each sees "
            "observations with errors of its own, and what the others "
            "forecast.",
            1, 1000);
    prm.add("Width", width, "Channels of each layer.", 1, 10000);
    prm.add("Layers", n_layers, "Convolutions, one after the other.", 1, 100);
    prm.add("Memory", n_memory,
            "Channels that are kept from one analysis to the next.", 0, 10000);
    prm.add("Places", n_places,
            "Of the kernels in each direction, an odd number.", 1, 101);
    prm.add("Spacing", spacing,
            "Between the places; 0: as the nodes are on average.", 0, 1e12);
    prm.add("Validation trajectories", n_validation,
            "Other experiments, that tell which weights are best.", 1, 1000000);
    prm.add("Validation cycles", n_validation_cycles,
            "Of these, of which the first quarter does not count; no more "
            "than the length.",
            4, 1000000);
  }

  void CorrectorTrainingSettings::check() const
  {
    if (n_places % 2 == 0)
      throw BadInput("The kernels have a place at their centre: choose an odd "
                     "number.",
                     "Training/Corrector/Places");
    if (length > 0 && length < n_cycles)
      throw BadInput("Experiments are shorter than the cycles between two "
                     "steps of the optimizer.",
                     "Training/Corrector/Length");
  }

  namespace
  {
    // Streams of random numbers, and the samples of initial states.
    constexpr std::uint32_t of_errors = 0xa5510011, of_noise = 0xa5510013,
                            first_of_validation = 2000000000,
                            first_of_training = 1000;

    /// Sums over @p comm.
    void sum(std::vector<double> &values, MPI_Comm comm)
    {
      MPI_Allreduce(MPI_IN_PLACE, values.data(), values.size(), MPI_DOUBLE,
                    MPI_SUM, comm);
    }

    /// The same of gradients; returns that of @p loss.
    double sum_gradients(const std::vector<Tensor> &parameters,
                         const double loss, MPI_Comm comm)
    {
      std::vector<double> values = {loss};
      for (const Tensor &parameter : parameters)
      {
        const Tensor gradient = parameter.grad().contiguous();
        values.insert(values.end(), gradient.data_ptr<float>(),
                      gradient.data_ptr<float>() + gradient.numel());
      }
      sum(values, comm);
      double *next = values.data() + 1;
      for (const Tensor &parameter : parameters)
      {
        Tensor gradient = parameter.grad();
        gradient.copy_(
            torch::from_blob(next, gradient.sizes(), torch::kFloat64));
        next += gradient.numel();
      }
      return values[0];
    }
  } // namespace

  /// Twin experiments side by side, with the memory of one corrector.
  class CorrectorTraining::Experiments
  {
  public:
    /// This group's share of @p n, whose initial states begin with number
    /// @p first.
    Experiments(const CorrectorTraining &training, const CorrectorNodes &nodes,
                const unsigned int n, const std::uint32_t first)
        : setting(training), nodes(nodes), first(first)
    {
      const unsigned int n_groups = size_of(training.across),
                         n_members = training.settings.n_members;
      std::uint32_t next = first;
      const auto state = [&](const unsigned int number)
      {
        std::vector<double> result =
            training.forecast.initial_state(training.training.seed, number);
        training.forecast.advance(result.data(), 0, training.n_spin_up);
        return result;
      };
      for (unsigned int k = 0; k < n; ++k, next += 1 + n_members)
      {
        if (k % n_groups != rank_of(training.across))
          continue;
        numbers.push_back(k);
        begins.push_back(state(next));
        others.emplace_back();
        for (unsigned int m = 0; m < n_members; ++m)
          others.back().push_back(state(next + 1 + m));
      }
    }

    std::size_t size() const
    {
      return numbers.size();
    }

    /// Cycles since begin().
    unsigned int n_done() const
    {
      return n_cycles;
    }

    /// All from the beginning.
    void begin(CorrectorNetwork &network)
    {
      n_cycles = 0;
      truths = begins;
      members.assign(size(), Ensemble(begins.empty() ? 0 : begins[0].size(),
                                      setting.settings.n_members));
      memory = network.no_memory(nodes.points().size(), n_columns());
      for (std::size_t k = 0; k < size(); ++k)
        restart(k, 0.1);
    }

    /// Members of experiment @p k anew, @p share of the way from the truth to
    /// other states.
    void restart(const std::size_t k, const double share)
    {
      const unsigned int n = members[k].n_members;
      for (unsigned int m = 0; m < n; ++m)
      {
        for (std::size_t i = 0; i < truths[k].size(); ++i)
          members[k].member(m)[i] =
              truths[k][i] + share * (others[k][m][i] - truths[k][i]);
        setting.forecast.constrain(members[k].member(m));
      }
      memory = memory.clone();
      memory.narrow(1, k * n, n).zero_();
    }

    /// Forecasts of all. Those that fail begin anew, and are counted.
    void advance()
    {
      const torch::NoGradGuard no_gradients;
      const Forecast &forecast = setting.forecast;
      const unsigned int n_steps = setting.steps_per_cycle;
      const double t = time();
      for (std::size_t k = 0; k < size(); ++k)
      {
        forecast.advance(truths[k].data(), t, n_steps);
        bool is_good = true;
        try
        {
          for (unsigned int m = 0; m < members[k].n_members; ++m)
            forecast.advance(members[k].member(m), t, n_steps);
        }
        catch (const NumericalFailure &)
        {
          is_good = false;
        }
        // On all ranks of the system alike.
        double finite = is_good;
        for (const double value : members[k].values)
          finite = finite && std::isfinite(value);
        MPI_Allreduce(MPI_IN_PLACE, &finite, 1, MPI_DOUBLE, MPI_MIN,
                      PetscObjectComm(reinterpret_cast<PetscObject>(
                          forecast.model.like())));
        if (finite == 0)
        {
          restart(k, 0.1);
          ++n_failed;
        }
      }
      ++n_cycles;
      ++n_drawn;
    }

    /// Analyses of all by @p network; the increments have gradients, if there
    /// are any.
    struct Analysis
    {
      Tensor states; ///< n_nodes × experiments × members
      Tensor truths; ///< n_nodes × experiments
    };

    Analysis analyse(CorrectorNetwork &network, const double deviation)
    {
      std::vector<Tensor> seen, targets;
      for (std::size_t k = 0; k < size(); ++k)
      {
        // Other errors for each experiment at each time.
        const Observations observations = setting.network.measure(
            time(), truths[k], Random(seed_of(k), n_drawn, of_errors));
        seen.push_back(nodes.see(members[k], observations, deviation,
                                 Random(seed_of(k), n_drawn, of_noise)));
        targets.push_back(nodes.values(truths[k].data()));
      }
      const Tensor all = torch::cat(seen, 1);
      const CorrectorNetwork::Result result =
          network.forward(nodes.averages, all, memory);
      memory = result.memory;
      const Tensor increments = result.increments.detach();
      const unsigned int n = setting.settings.n_members;
      for (std::size_t k = 0; k < size(); ++k)
      {
        nodes.add(increments, k * n, members[k]);
        for (unsigned int m = 0; m < n; ++m)
          setting.forecast.constrain(members[k].member(m));
      }
      return {(all.select(2, CorrectorNetwork::forecast) + result.increments)
                  .view({all.size(0), -1, n}),
              torch::cat(targets, 1)};
    }

    void forget_gradients()
    {
      memory = memory.detach();
    }

    /// Sum and sum of squares of values at nodes at the beginning, and their
    /// number.
    std::vector<double> moments() const
    {
      std::vector<double> result(3, 0.);
      for (const std::vector<double> &state : begins)
      {
        const Tensor values = nodes.values(state.data()).to(torch::kFloat64);
        result[0] += values.sum().item<double>();
        result[1] += values.square().sum().item<double>();
        result[2] += values.numel();
      }
      return result;
    }

    std::vector<unsigned int> numbers; ///< of this group's experiments
    unsigned int n_failed = 0;
    unsigned int n_drawn = 0; ///< numbers errors of observations

  private:
    std::int64_t n_columns() const
    {
      return size() * setting.settings.n_members;
    }

    double time() const
    {
      return setting.forecast.h *
             (setting.n_spin_up + double(n_cycles) * setting.steps_per_cycle);
    }

    std::uint64_t seed_of(const std::size_t k) const
    {
      return setting.training.seed * 1000000007ull + first + numbers[k];
    }

    const CorrectorTraining &setting;
    const CorrectorNodes &nodes;
    const std::uint32_t first;
    std::vector<std::vector<double>> begins, truths;
    std::vector<std::vector<std::vector<double>>>
        others; ///< by experiment and member, states of other runs
    std::vector<Ensemble> members;
    Tensor memory;
    unsigned int n_cycles = 0;
  };

  CorrectorTraining::CorrectorTraining(
      const CorrectorTrainingSettings &settings,
      const TrainingSettings &training, const Forecast &forecast,
      const ObservationNetwork &network, const unsigned int steps_per_cycle,
      const unsigned int n_spin_up, MPI_Comm across)
      : settings(settings), training(training), forecast(forecast),
        network(network), steps_per_cycle(steps_per_cycle),
        n_spin_up(n_spin_up), across(across)
  {
    if (settings.n_trajectories < size_of(across) ||
        settings.n_validation < size_of(across))
      throw BadInput("There are more ranks than experiments: start fewer, or "
                     "set Trajectories and Validation trajectories to " +
                         std::to_string(size_of(across)) + " or more.",
                     "Training/Corrector/Trajectories");
  }

  CorrectorTraining::~CorrectorTraining() = default;

  namespace
  {
    /// By experiment, the root mean square error of the mean.
    Tensor errors_of_mean(const Tensor &states, const Tensor &truths,
                          const double smallest)
    {
      return ((states.mean(2) - truths).square().mean(0) + smallest * smallest)
          .sqrt();
    }

    /// By experiment, what members miss of the truth on average less half of
    /// what they differ from one another, which is least if they are as likely
    /// as it (continuous ranked probability score, unbiased: Ferro, Q. J. R.
    /// Meteorol. Soc. 140, 2014).
    Tensor ranked_probability_score(const Tensor &states, const Tensor &truths)
    {
      const double n = states.size(2);
      const Tensor differences =
          (states.unsqueeze(3) - states.unsqueeze(2)).abs().sum({2, 3});
      return ((states - truths.unsqueeze(2)).abs().mean(2) -
              differences / (2 * n * (n - 1)))
          .mean(0);
    }
  } // namespace

  void CorrectorTraining::fit(
      CorrectorDescription description,
      const std::function<void(const Corrector &)> &on_improvement, Run &run)
  {
    const EvolutionSystem &system = forecast.model;
    description.component = system.component_names()[network.component()];
    description.n_coordinates = system.n_coordinates();
    description.n_members = settings.n_members;
    description.width = settings.width;
    description.n_layers = settings.n_layers;
    description.n_memory = settings.n_memory;
    description.n_places = settings.n_places;
    description.cycle = steps_per_cycle * forecast.h;
    description.deviation = network.error();
    CorrectorNodes nodes(system, network.component());
    description.node_spacing =
        LocalAverages::typical_spacing(nodes.points(), system);
    description.spacing =
        settings.spacing > 0 ? settings.spacing : description.node_spacing;
    nodes.make_averages(description.spacing, settings.n_places);
    Experiments experiments(*this, nodes, settings.n_trajectories,
                            first_of_training),
        others(*this, nodes, settings.n_validation, first_of_validation);
    {
      std::vector<double> moments = experiments.moments();
      sum(moments, across);
      description.mean = moments[0] / moments[2];
      description.scale =
          std::sqrt(std::max(1e-24, moments[1] / moments[2] -
                                        description.mean * description.mean));
    }
    Corrector model(description, training.seed);
    CorrectorNetwork &corrector = *model.network;
    std::size_t n_weights = 0;
    for (const Tensor &parameter : corrector.parameters())
      n_weights += parameter.numel();
    run.log("A corrector of " + std::to_string(n_weights) + " weights for " +
            std::to_string(nodes.points().size()) + " nodes of '" +
            description.component + "'; " +
            std::to_string(settings.n_trajectories) +
            " experiments to train on; spread of states " +
            to_text(description.scale, 4));
    experiments.begin(corrector);

    FitTask task;
    task.parameters = corrector.parameters();
    task.n_examples = settings.n_steps;
    task.is_shared = true;
    std::uint64_t n_steps = 0;
    task.add_gradient = [&](const std::vector<std::int64_t> &,
                            std::mt19937_64 &) -> double
    {
      if (settings.length > 0 &&
          experiments.n_done() + settings.n_cycles > settings.length)
        experiments.begin(corrector);
      Tensor loss = torch::zeros({}), errors;
      for (unsigned int c = 0; c < settings.n_cycles; ++c)
      {
        experiments.advance();
        const auto analysis =
            experiments.analyse(corrector, description.deviation);
        errors = errors_of_mean(analysis.states, analysis.truths,
                                0.03 * description.deviation);
        loss = loss + errors.sum();
        if (settings.n_members > 1)
          loss =
              loss +
              ranked_probability_score(analysis.states, analysis.truths).sum();
      }
      loss = loss / (description.deviation * settings.n_cycles *
                     settings.n_trajectories);
      loss.backward();
      experiments.forget_gradients();
      ++n_steps;
      {
        // Those that are lost begin anew, and now and then one that is not:
        // what is far from the truth must be found back to it.
        const torch::NoGradGuard no_gradients;
        std::mt19937_64 generator(training.seed + n_steps);
        const unsigned int chosen = n_steps / 50 % settings.n_trajectories;
        const double share =
            std::uniform_real_distribution<double>(0, 0.3)(generator);
        const auto error = errors.accessor<float, 1>();
        for (std::size_t k = 0; k < experiments.size(); ++k)
          if (n_steps % 50 == 0 && experiments.numbers[k] == chosen)
            experiments.restart(k, share);
          else if (!(error[k] < 0.8 * description.scale))
            experiments.restart(k, 0.1);
      }
      return sum_gradients(task.parameters, loss.item<double>(), across);
    };
    task.validate = [&]
    {
      const torch::NoGradGuard no_gradients;
      others.begin(corrector);
      others.n_failed = others.n_drawn = 0;
      const unsigned int n_all =
          settings.length > 0
              ? std::min(settings.length, settings.n_validation_cycles)
              : settings.n_validation_cycles;
      const unsigned int n_burn_in = n_all / 4, n = n_all - n_burn_in;
      std::vector<double> error(2, 0.);
      for (unsigned int c = 0; c < n_all; ++c)
      {
        others.advance();
        const auto analysis = others.analyse(corrector, description.deviation);
        if (c >= n_burn_in)
          error[0] += errors_of_mean(analysis.states, analysis.truths, 0)
                          .sum()
                          .item<double>();
      }
      // A run that ended is as good as a guess.
      error[1] = others.n_failed;
      sum(error, across);
      return error[0] / (n * settings.n_validation) +
             error[1] * description.scale / settings.n_validation;
    };
    task.on_improvement = [&](const double error)
    {
      model.description.validation_error = error;
      on_improvement(model);
    };
    task.progress = [&](const double loss, const double least)
    {
      return "RMSE of analyses " + to_text(loss * description.deviation, 4) +
             ", of those kept back " + to_text(least, 4) +
             (experiments.n_failed > 0
                  ? ", " + std::to_string(experiments.n_failed) +
                        " forecasts failed"
                  : "");
    };
    const double best = nodal::fit(task, training, run);
    run.log("RMSE of the analysis in experiments kept back: " +
            to_text(best, 4));
  }
} // namespace nodal
