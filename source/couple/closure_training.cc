// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fit.h"
#include "groups_in_training.h"
#include "roll_outs.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/version.h>
#include <nodal/couple/closure_training.h>

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nodal
{
  using torch::Tensor;

  namespace
  {
    // Initial states; 'simulate' begins with those below by default.
    constexpr std::uint32_t first_of_training = 1000,
                            first_of_validation = 2000000000;

    /// What is added to mean squares, whose root has a gradient.
    constexpr double smallest = 1e-6;

    /// Roll-outs are lost that are so many deviations off.
    constexpr double lost_at = 100;
  } // namespace

  ClosureTraining::ClosureTraining(const ClosureTrainingSettings &settings,
                                   const TrainingSettings &training,
                                   EvolutionSystem &system,
                                   TimeStepper &stepper, LinearSolver &solver,
                                   const double h, MPI_Comm across)
      : settings(settings), training(training), system(system),
        stepper(stepper), solver(solver), h(h),
        groups(std::make_unique<GroupsInTraining>())
  {
    groups->across = across;
    groups->group = MPI_COMM_SELF;
  }

  ClosureTraining::~ClosureTraining() = default;

  void ClosureTraining::make_data(const FilteredRuns &make)
  {
    const unsigned int n_ranks = size_of(groups->across);
    if (n_ranks > std::min(settings.n_runs, settings.n_validation))
      throw BadInput("There are more ranks than trajectories; ask for " +
                         std::to_string(n_ranks) + " or more.",
                     n_ranks > settings.n_runs
                         ? "Training/Closure/Trajectories"
                         : "Training/Closure/Validation trajectories");
    agree(groups->across,
          [&]
          {
            const unsigned int rank = rank_of(groups->across);
            for (unsigned int k = rank; k < settings.n_runs; k += n_ranks)
              runs.push_back(make.make(training.seed, first_of_training + k,
                                       settings.n_spin_up, settings.length));
            for (unsigned int k = rank; k < settings.n_validation; k += n_ranks)
              others.push_back(make.make(training.seed, first_of_validation + k,
                                         settings.n_spin_up, settings.length));
          });
  }

  void ClosureTraining::describe(ClosureDescription &description,
                                 RollOuts &roll_outs) const
  {
    const CoupledSteps &steps = roll_outs.steps;
    const std::vector<std::string> names = system.component_names();
    const std::size_t n = steps.components().size();
    std::vector<double> sums(4 * n, 0.);
    double energy = 0;
    for (const FilteredRun &run : runs)
    {
      for (std::size_t k = 0; k < run.missed.size(); ++k)
      {
        const Tensor u = steps.values(CoupledSteps::states({&run.states[k]})),
                     r = steps.values(CoupledSteps::states({&run.missed[k]}));
        for (std::size_t c = 0; c < n; ++c)
        {
          const Tensor free = steps.free().select(2, c);
          sums[c] += free.sum().item<double>();
          sums[n + c] += (u.select(2, c) * free).sum().item<double>();
          sums[2 * n + c] +=
              (u.select(2, c).square() * free).sum().item<double>();
          sums[3 * n + c] +=
              (r.select(2, c).square() * free).sum().item<double>();
        }
      }
      for (const std::vector<double> &state : run.states)
        energy = std::max(energy, steps.energy(state));
    }
    groups->sum(sums);
    MPI_Allreduce(MPI_IN_PLACE, &energy, 1, MPI_DOUBLE, MPI_MAX,
                  groups->across);
    double missed = 0;
    for (std::size_t c = 0; c < n; ++c)
    {
      description.components.push_back(names[steps.components()[c]]);
      const double mean = sums[n + c] / sums[c];
      description.mean.push_back(mean);
      description.scale.push_back(
          std::sqrt(std::max(1e-24, sums[2 * n + c] / sums[c] - mean * mean)));
      description.term_scale.push_back(
          std::sqrt(std::max(1e-24, sums[3 * n + c] / sums[c])));
      roll_outs.deviation += description.scale[c] / n;
      missed =
          std::max(missed, description.term_scale[c] / description.scale[c]);
    }
    if (missed < 1e-10)
      throw BadInput("The coarse problem misses nothing of the fine one: see "
                     "that the fine run is another one.",
                     "Training/Closure/Fine run");
    description.largest_energy = std::max(energy, 1e-24);
    description.n_coordinates = system.n_coordinates();
    description.n_places = settings.n_places;
    description.time_step = h;
    description.roll_out = settings.roll_out;
    description.node_spacing = LocalAverages::typical_spacing(
        steps.nodes().points(), system, "Problem/Name");
    description.spacing =
        settings.spacing > 0 ? settings.spacing : description.node_spacing;
    roll_outs.places = std::make_shared<LocalAverages>(
        steps.nodes().points(), system, description.spacing, settings.n_places);
  }

  void ClosureTraining::fit_polynomial(ClosureModel &model,
                                       RollOuts &roll_outs) const
  {
    const CoupledSteps &steps = roll_outs.steps;
    const Tensor coefficients = model.parameters()[0],
                 units = torch::tensor(model.description.term_scale,
                                       torch::kFloat64);
    const std::int64_t n = coefficients.size(0), n_c = coefficients.size(1);
    Tensor A = torch::zeros({n, n + n_c}, torch::kFloat64);
    for (const FilteredRun &run : runs)
    {
      // As many states at once as a few dozen megabytes hold.
      const std::size_t at_once = std::max<std::size_t>(
          1, 4000000 / (n * steps.nodes().points().size()));
      for (std::size_t k = 0; k < run.missed.size(); k += at_once)
      {
        std::vector<const std::vector<double> *> states, missed;
        for (std::size_t l = k; l < std::min(k + at_once, run.missed.size());
             ++l)
        {
          states.push_back(&run.states[l]);
          missed.push_back(&run.missed[l]);
        }
        // Nodes where all is free.
        const Tensor used = std::get<0>(steps.free().min(2, /*keepdim=*/true)),
                     f = (model.functions(
                              roll_outs.places,
                              steps.values(CoupledSteps::states(states))) *
                          used)
                             .reshape({-1, n}),
                     r = (steps.values(CoupledSteps::states(missed)) / units *
                          used)
                             .reshape({-1, n_c});
        A += f.t().mm(torch::cat({f, r}, 1));
      }
    }
    std::vector<double> sums(A.data_ptr<double>(),
                             A.data_ptr<double>() + A.numel());
    groups->sum(sums);
    A = torch::from_blob(sums.data(), A.sizes(), torch::kFloat64).clone();
    Tensor normal = A.narrow(1, 0, n).clone();
    // Functions that depend on each other share what belongs to one of them.
    normal.diagonal() += 1e-10 * normal.diagonal().mean();
    coefficients.copy_(
        torch::linalg_solve(normal, A.narrow(1, n, n_c).contiguous()));
  }

  void ClosureTraining::fit_network(ClosureModel &model, RollOuts &roll_outs,
                                    const std::function<void()> &on_improvement,
                                    Run &run) const
  {
    using Window = RollOuts::Window;
    const Tensor scale =
                     torch::tensor(model.description.scale, torch::kFloat64),
                 units = torch::tensor(model.description.term_scale,
                                       torch::kFloat64);
    const double n_all = double(training.n_epochs) * settings.n_steps;
    const unsigned int n_ranks = size_of(groups->across);
    FitTask task;
    task.parameters = model.parameters();
    task.n_examples = settings.n_steps;
    task.is_shared = true;
    std::uint64_t n_steps = 0;
    task.add_gradient =
        [&](const std::vector<std::int64_t> &, std::mt19937_64 &generator)
    {
      const double progress = n_steps++ / n_all,
                   coupled = (progress - settings.offline_share) /
                             std::max(1e-12, 1 - settings.offline_share);
      const bool is_offline = coupled < 0;
      // An eighth of the length at first, all of it in the last third.
      const unsigned int n =
          is_offline
              ? settings.roll_out
              : std::max(1., std::ceil(settings.roll_out *
                                       std::min(1., 0.125 + 1.3 * coupled)));
      const auto draw = [&](const std::size_t size) {
        return std::uniform_int_distribution<std::size_t>(0,
                                                          size - 1)(generator);
      };
      const unsigned int n_warm_up =
          settings.warm_up() == 0 || draw(4) == 0 ? 0 : settings.warm_up();
      double error = 0;
      agree(groups->across,
            [&]
            {
              std::vector<Window> windows;
              for (unsigned int k = 0; k < settings.batch; ++k)
              {
                // The same numbers on all ranks, each of which takes its share.
                const std::size_t which = draw(settings.n_runs),
                                  first = 1 + n_warm_up +
                                          draw(settings.length - n - n_warm_up);
                if (which % n_ranks == rank_of(groups->across))
                  windows.push_back({&runs[which / n_ranks],
                                     static_cast<unsigned int>(first)});
              }
              if (windows.empty())
                return;
              const RollOuts::Errors errors =
                  roll_outs.run(&model, is_offline ? units : scale,
                                is_offline ? 1e100 : lost_at, windows,
                                n_warm_up, n, is_offline);
              Tensor sum =
                  torch::zeros({std::int64_t(windows.size())}, torch::kFloat64);
              for (const Tensor &square : errors.squares)
                sum = sum + (square + smallest).sqrt();
              // What is lost counts with the steps before that.
              const Tensor loss = (sum / errors.n_steps.clamp_min(1)).sum() /
                                  double(settings.batch);
              loss.backward();
              error = loss.item<double>();
            });
      return groups->sum_gradients(task.parameters, error);
    };
    task.validate = [&]
    {
      groups->make_equal(task.parameters);
      return validate(model, roll_outs);
    };
    task.on_improvement = [&](const double error)
    {
      model.description.validation_error = error;
      on_improvement();
    };
    task.progress = [&](const double error, const double least)
    {
      return std::string(n_steps <= settings.offline_share * n_all
                             ? "error of terms "
                             : "error of roll-outs ") +
             to_text(error, 4) + ", RMSE of those kept back " +
             to_text(least, 4) + lost_text();
    };
    nodal::fit(task, training, run);
  }

  double ClosureTraining::validate(ClosureModel &model,
                                   const RollOuts &roll_outs) const
  {
    // Cold, and with a warm-up.
    std::vector<unsigned int> warm_ups = {0};
    if (model.has_memory() && settings.warm_up() > 0)
      warm_ups.push_back(settings.warm_up());
    double error = 0;
    for (const unsigned int n_warm_up : warm_ups)
      error += error_of(&model, roll_outs, n_warm_up) / warm_ups.size();
    return error;
  }

  double ClosureTraining::error_of(ClosureModel *model,
                                   const RollOuts &roll_outs,
                                   const unsigned int n_warm_up) const
  {
    const torch::NoGradGuard no_gradients;
    std::vector<double> sums = {0, 0, 0};
    agree(groups->across,
          [&]
          {
            std::vector<RollOuts::Window> windows;
            for (const FilteredRun &run : others)
              for (unsigned int first = 1 + settings.warm_up();
                   first + settings.roll_out <= settings.length;
                   first += settings.roll_out)
                windows.push_back({&run, first});
            const RollOuts::Errors errors =
                roll_outs.run(model, torch::ones({1}, torch::kFloat64),
                              lost_at * roll_outs.deviation, windows, n_warm_up,
                              settings.roll_out, false);
            Tensor mean = torch::zeros_like(errors.squares[0]);
            for (const Tensor &square : errors.squares)
              mean += square / double(errors.squares.size());
            mean = mean.sqrt();
            for (std::size_t b = 0; b < windows.size(); ++b)
            {
              // A run that fails is worse than a guess.
              sums[0] += errors.is_lost[b] ? 10 * roll_outs.deviation
                                           : mean[b].item<double>();
              sums[2] += errors.is_lost[b];
            }
            sums[1] = windows.size();
          });
    groups->sum(sums);
    n_lost = sums[2];
    return sums[0] / sums[1];
  }

  std::string ClosureTraining::lost_text() const
  {
    return n_lost > 0 ? ", in which " + std::to_string(n_lost) +
                            " roll-outs fail, each an error of ten deviations"
                      : "";
  }

  void ClosureTraining::check(const std::string &name) const
  {
    const RollOuts roll_outs(system, stepper, solver, h);
    ClosureDescription description;
    description.components.resize(roll_outs.steps.components().size());
    description.n_coordinates = system.n_coordinates();
    description.n_places = settings.n_places;
    make_model(name, description);
  }

  std::unique_ptr<ClosureModel>
  ClosureTraining::make_model(const std::string &name,
                              ClosureDescription description) const
  {
    description.closure = name;
    if (name == "polynomial")
      description.sizes = {{"degree", settings.degree}};
    else
      description.sizes = {{"width", settings.width},
                           {"layers", settings.n_layers},
                           {"memory", settings.n_memory}};
    try
    {
      return ClosureModel::make(description, training.seed);
    }
    catch (const std::out_of_range &error)
    {
      throw BadInput(std::string("No such closure can be made: ") +
                         error.what() + ".",
                     "Training/Closure/Degree");
    }
  }

  void ClosureTraining::fit(
      const std::string &name, const std::string &problem,
      const std::string &word,
      const std::function<void(const ClosureModel &)> &on_improvement,
      Run &run) const
  {
    RollOuts roll_outs(system, stepper, solver, h);
    ClosureDescription description;
    description.problem = problem;
    description.setting = word;
    description.versions = versions();
    agree(groups->across, [&] { describe(description, roll_outs); });
    const std::unique_ptr<ClosureModel> model = make_model(name, description);
    model->description.error_without = error_of(nullptr, roll_outs, 0);
    run.log("Without a closure, the RMSE of roll-outs of " +
            std::to_string(settings.roll_out) + " steps is " +
            to_text(model->description.error_without, 4) + lost_text() + ".");
    if (name == "polynomial")
    {
      fit_polynomial(*model, roll_outs);
      model->description.validation_error = validate(*model, roll_outs);
      on_improvement(*model);
    }
    else
      fit_network(
          *model, roll_outs, [&] { on_improvement(*model); }, run);
    std::size_t n_numbers = 0;
    for (const Tensor &parameter : model->parameters())
      n_numbers += parameter.numel();
    run.log("Closure '" + name + "' of " + std::to_string(n_numbers) +
            " numbers: RMSE " +
            to_text(model->description.validation_error, 4) +
            " in runs kept back.");
  }
} // namespace nodal
