// SPDX-License-Identifier: LGPL-2.1-or-later
#include "corrector_experiments.h"
#include "fit.h"
#include "groups_in_training.h"

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
            "to where nothing happens, and where points that are observed "
            "would leave the domain; 0: never.",
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
    if (n_memory > 0 && n_cycles == 1)
      throw BadInput("A memory is trained through two cycles or more: choose "
                     "more, or Memory = 0.",
                     "Training/Corrector/Cycles");
    if (length > 0 && length < n_cycles)
      throw BadInput("Experiments are shorter than the cycles between two "
                     "steps of the optimizer.",
                     "Training/Corrector/Length");
  }

  namespace
  {
    // Initial states of experiments; 'assimilate' begins with others.
    constexpr std::uint32_t first_of_training = 1000,
                            first_of_validation = 2000000000;
  } // namespace

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
                     "set this to " +
                         std::to_string(size_of(across)) + " or more.",
                     settings.n_trajectories < size_of(across)
                         ? "Training/Corrector/Trajectories"
                         : "Training/Corrector/Validation trajectories");
  }

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

  unsigned int CorrectorTraining::n_validation_cycles() const
  {
    return settings.length > 0
               ? std::min(settings.length, settings.n_validation_cycles)
               : settings.n_validation_cycles;
  }

  CorrectorTraining::Step
  CorrectorTraining::add_gradient(CorrectorExperiments &experiments,
                                  CorrectorNetwork &corrector,
                                  const CorrectorDescription &description) const
  {
    if (settings.length > 0 &&
        experiments.n_done() + settings.n_cycles > settings.length)
      experiments.begin(corrector);
    Tensor loss = torch::zeros({});
    Step step;
    for (unsigned int c = 0; c < settings.n_cycles; ++c)
    {
      experiments.advance();
      const auto analysis =
          experiments.analyse(corrector, description.deviation);
      const Tensor errors = errors_of_mean(analysis.states, analysis.truths,
                                           0.03 * description.deviation);
      loss = loss + errors.sum();
      step.error += errors.sum().item<double>() /
                    (settings.n_cycles * settings.n_trajectories);
      if (settings.n_members > 1)
        loss = loss +
               ranked_probability_score(analysis.states, analysis.truths).sum();
      step.last_errors = errors.detach();
    }
    loss = loss / (description.deviation * settings.n_cycles *
                   settings.n_trajectories);
    loss.backward();
    experiments.forget_gradients();
    return step;
  }

  double
  CorrectorTraining::validate(CorrectorExperiments &experiments,
                              CorrectorNetwork &corrector,
                              const CorrectorDescription &description) const
  {
    const torch::NoGradGuard no_gradients;
    experiments.begin(corrector);
    experiments.n_failed = experiments.n_drawn = 0;
    const unsigned int n_all = n_validation_cycles(), n_burn_in = n_all / 4;
    double sum = 0;
    for (unsigned int c = 0; c < n_all; ++c)
    {
      experiments.advance();
      const auto analysis =
          experiments.analyse(corrector, description.deviation);
      if (c >= n_burn_in)
        sum += errors_of_mean(analysis.states, analysis.truths, 0)
                   .sum()
                   .item<double>();
    }
    // A forecast that failed is as good as a guess.
    return sum / (n_all - n_burn_in) + experiments.n_failed * description.scale;
  }

  void CorrectorTraining::fit(
      CorrectorDescription description,
      const std::function<void(const Corrector &)> &on_improvement,
      Run &run) const
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
    const GroupsInTraining groups = {across, system.comm()};
    CorrectorNodes nodes(system, network.component());
    description.node_spacing = LocalAverages::typical_spacing(
        nodes.points(), system, "Assimilation/Observations/Component");
    description.spacing =
        settings.spacing > 0 ? settings.spacing : description.node_spacing;
    nodes.make_averages(description.spacing, settings.n_places);
    const CorrectorExperiments::Setting setting = {
        forecast,           network,       steps_per_cycle, n_spin_up,
        settings.n_members, training.seed, across};
    std::unique_ptr<CorrectorExperiments> all, others;
    agree(across,
          [&]
          {
            all = std::make_unique<CorrectorExperiments>(
                setting, nodes, settings.n_trajectories, first_of_training);
            others = std::make_unique<CorrectorExperiments>(
                setting, nodes, settings.n_validation, first_of_validation);
          });
    CorrectorExperiments &experiments = *all;
    {
      std::vector<double> moments;
      agree(across, [&] { moments = others->moments(n_validation_cycles()); });
      groups.sum(moments);
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
    unsigned int n_failed = 0;
    task.add_gradient =
        [&](const std::vector<std::int64_t> &, std::mt19937_64 &generator)
    {
      Step step;
      agree(across,
            [&] { step = add_gradient(experiments, corrector, description); });
      ++n_steps;
      // Of some: what is far from the truth must be found back to it.
      const bool is_time = n_steps % 50 == 0;
      experiments.restart_lost(
          step.last_errors, 0.8 * description.scale,
          is_time ? int(n_steps / 50 % settings.n_trajectories) : -1,
          std::uniform_real_distribution<double>(0, 0.3)(generator));
      return groups.sum_gradients(task.parameters, step.error);
    };
    task.validate = [&]
    {
      groups.make_equal(task.parameters);
      double error = 0;
      agree(across, [&] { error = validate(*others, corrector, description); });
      std::vector<double> total = {error, double(experiments.n_failed)};
      groups.sum(total);
      n_failed = total[1];
      return total[0] / settings.n_validation;
    };
    task.on_improvement = [&](const double error)
    {
      model.description.validation_error = error;
      on_improvement(model);
    };
    task.progress = [&](const double error, const double least)
    {
      return "RMSE of analyses " + to_text(error, 4) + ", of those kept back " +
             to_text(least, 4) +
             (n_failed > 0
                  ? ", " + std::to_string(n_failed) + " forecasts failed so far"
                  : "");
    };
    const double best = nodal::fit(task, training, run);
    run.log("RMSE of the analysis in experiments kept back: " +
            to_text(best, 4));
  }
} // namespace nodal
