// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/hash.h>
#include <nodal/core/version.h>
#include <nodal/task/assimilation.h>
#include <nodal/task/train_corrector.h>

#include <limits>

namespace nodal
{
  namespace
  {
    /// Of the model in @p folder; infinity if there is none for the same
    /// @p setting.
    double error_of_model(const std::string &folder, const std::string &setting)
    {
      try
      {
        const CorrectorDescription there = Corrector::read(folder).description;
        if (there.setting == setting)
          return there.validation_error;
      }
      catch (const BadInput &)
      {
      }
      return std::numeric_limits<double>::infinity();
    }
  } // namespace

  template <int dim>
  void train_corrector(const CorrectorTrainingSettings &settings,
                       const TrainingSettings &training,
                       const std::string &folder, Experiment<dim> &experiment,
                       const Parameters &prm, Run &run)
  {
    if (training.device != "cpu")
      throw BadInput("A corrector is trained beside its model, on the CPU: set "
                     "Training/Device to cpu.",
                     "Training/Device");
    const Groups groups(run.comm, experiment.ranks_of_evolution());
    const AcrossGroups across(groups);
    const std::shared_ptr<EvolutionSystem> system =
        experiment.make_evolution(groups.group, 0);
    ObservationNetwork &network = experiment.assimilation->network;
    network.prepare(*system);
    experiment.stepper->start(*system, experiment.solver, experiment.time_step);
    const Forecast forecast(*system, *experiment.stepper, experiment.time_step);
    const TwinExperiment::Settings &cycles = experiment.assimilation->settings;
    CorrectorTraining examples(settings, training, forecast, network,
                               cycles.steps_per_cycle, cycles.n_spin_up,
                               across.comm);
    CorrectorDescription description;
    description.problem = experiment.problem.name();
    std::string entries = experiment.identity_in_time(prm);
    for (const auto &[entry, value] : prm.in_use())
      if (entry.rfind("Assimilation/Observations/", 0) == 0 ||
          entry.rfind("Training/Corrector/", 0) == 0 ||
          entry == "Assimilation/Steps per cycle" ||
          entry == "Assimilation/Spin-up steps")
        entries += ";" + entry + "=" + value;
    description.setting = Fnv1a<std::uint64_t>().add(entries).word();
    description.versions = versions();
    // The best model of a run that was stopped stays until there is a better
    // one.
    double least = std::numeric_limits<double>::infinity();
    if (run.resume && run.is_root)
      least = error_of_model(folder, description.setting);
    const dealii::TimerOutput::Scope scope(run.timer, "training");
    examples.fit(
        description,
        [&](const Corrector &model)
        {
          agree(run.comm,
                [&]
                {
                  if (!run.is_root ||
                      !(model.description.validation_error < least))
                    return;
                  least = model.description.validation_error;
                  model.write(folder);
                });
        },
        run);
    run.log("Model: " + folder);
  }

  template void train_corrector<2>(const CorrectorTrainingSettings &,
                                   const TrainingSettings &,
                                   const std::string &, Experiment<2> &,
                                   const Parameters &, Run &);
  template void train_corrector<3>(const CorrectorTrainingSettings &,
                                   const TrainingSettings &,
                                   const std::string &, Experiment<3> &,
                                   const Parameters &, Run &);
} // namespace nodal
