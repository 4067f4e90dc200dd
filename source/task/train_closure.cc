// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kept_model.h"

#include <nodal/core/communicator.h>
#include <nodal/core/hash.h>
#include <nodal/core/text.h>
#include <nodal/couple/closure_model.h>
#include <nodal/task/closing.h>
#include <nodal/task/train_closure.h>

namespace nodal
{
  namespace
  {
    const char *const entry_of_fine_run = "Training/Closure/Fine run";

    /// The experiment of @p prm with the entries of @p changes.
    template <int dim>
    std::unique_ptr<Experiment<dim>>
    make_fine_experiment(const Parameters &prm, const std::string &changes)
    {
      auto fine = std::make_unique<Experiment<dim>>();
      Parameters entries;
      fine->add_parameters(entries);
      ParameterFile file = ParameterFile::parse("", entry_of_fine_run);
      std::map<std::string, std::string> known;
      for (const auto &[path, value] : entries.in_use())
        known[path] = value;
      for (const auto &[path, value] : prm.in_use())
        if (known.count(path) && known[path] != value)
          file.override_entry(path + "=" + value);
      try
      {
        for (const std::string &change : split(changes, ';'))
        {
          if (change.empty())
            continue;
          if (change.find('=') == std::string::npos)
            throw BadInput("'" + change +
                           "' is not of the form 'Section/Entry = value'.");
          for (const std::string other : {"Closure/", "Assimilation/"})
            if (change.rfind(other, 0) == 0)
              throw BadInput("It has no entries of section " +
                             other.substr(0, other.size() - 1) + ".");
          file.override_entry(change);
        }
        entries.apply(file);
        fine->check(entries);
        if (!fine->is_in_time())
          throw BadInput("'" + fine->problem.name() +
                         "' is no problem in time.");
      }
      catch (const BadInput &error)
      {
        throw BadInput(std::string("The fine run cannot be made: ") +
                           error.what(),
                       entry_of_fine_run);
      }
      return fine;
    }
  } // namespace

  template <int dim>
  void check_closure(const TrainingSettings &training,
                     const Experiment<dim> &experiment)
  {
    const std::string name = experiment.closing->closure.name();
    if (name != "polynomial" && name != "neural")
      throw BadInput("Closure '" + name +
                         "' has nothing to learn: choose 'polynomial' or "
                         "'neural'.",
                     "Closure/Name");
    if (training.device != "cpu")
      throw BadInput("A closure is trained beside its model, on the CPU: set "
                     "Training/Device to cpu.",
                     "Training/Device");
    if (experiment.ranks_of_evolution() > 1)
      throw BadInput("A closure is trained on runs that are each on one rank: "
                     "set this to 1.",
                     "Parallel/Ranks per sample");
  }

  template <int dim>
  void train_closure(const ClosureTrainingSettings &settings,
                     const TrainingSettings &training,
                     const std::string &folder, Experiment<dim> &experiment,
                     const Parameters &prm, Run &run)
  {
    const std::string name = experiment.closing->closure.name();
    const std::unique_ptr<Experiment<dim>> fine =
        make_fine_experiment<dim>(prm, settings.fine_run);
    const std::shared_ptr<EvolutionSystem> system = experiment.make_evolution(
                                               MPI_COMM_SELF, 0),
                                           fine_system = fine->make_evolution(
                                               MPI_COMM_SELF, 0);
    if (name == "neural" &&
        !(system->has_derivative() && experiment.stepper->has_derivative()))
      throw BadInput("Steps of '" + experiment.problem.name() +
                         "' have no derivatives, through which a network is "
                         "trained: choose 'polynomial'.",
                     "Closure/Name");
    const double h = experiment.time_step;
    ClosureTraining closures(settings, training, *system, *experiment.stepper,
                             experiment.solver, h, run.comm);
    closures.check(name);
    experiment.stepper->start(*system, experiment.solver, h);
    fine->stepper->start(*fine_system, fine->solver, fine->time_step);
    {
      const dealii::TimerOutput::Scope scope(run.timer, "fine runs");
      closures.make_data(
          FilteredRuns({*fine_system, *fine->stepper, fine->time_step},
                       {*system, *experiment.stepper, h}));
    }
    std::string entries = experiment.identity_in_time(prm);
    for (const auto &[entry, value] : prm.in_use())
      if (entry.rfind("Training/Closure/", 0) == 0)
        entries += ";" + entry + "=" + value;
    const std::string setting = Fnv1a<std::uint64_t>().add(entries).word();
    KeptModel kept(run, setting,
                   [&]
                   {
                     const ClosureDescription there =
                         ClosureModel::read(folder)->description;
                     return std::make_pair(there.setting,
                                           there.validation_error);
                   });
    const dealii::TimerOutput::Scope scope(run.timer, "training");
    closures.fit(
        name, experiment.problem.name(), setting,
        [&](const ClosureModel &model)
        {
          kept.improve(model.description.validation_error,
                       [&] { model.write(folder); });
        },
        run);
    kept.finish(folder);
  }

  template void check_closure<2>(const TrainingSettings &,
                                 const Experiment<2> &);
  template void check_closure<3>(const TrainingSettings &,
                                 const Experiment<3> &);
  template void train_closure<2>(const ClosureTrainingSettings &,
                                 const TrainingSettings &, const std::string &,
                                 Experiment<2> &, const Parameters &, Run &);
  template void train_closure<3>(const ClosureTrainingSettings &,
                                 const TrainingSettings &, const std::string &,
                                 Experiment<3> &, const Parameters &, Run &);
} // namespace nodal
