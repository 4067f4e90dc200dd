// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kept_model.h"

#include <nodal/core/communicator.h>
#include <nodal/core/hash.h>
#include <nodal/core/version.h>
#include <nodal/task/assimilation.h>
#include <nodal/task/closing.h>
#include <nodal/task/train_corrector.h>

namespace nodal
{
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
    TimeStepper *stepper = nullptr;
    agree(run.comm,
          [&]
          {
            stepper = &experiment.time_stepper(run.path(""));
            experiment.closing->check_for_many_runs();
          });
    stepper->start(*system, experiment.solver, experiment.time_step);
    const Forecast forecast(*system, *stepper, experiment.time_step);
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
    KeptModel kept(run, description.setting,
                   [&]
                   {
                     const CorrectorDescription there =
                         Corrector::read(folder).description;
                     return std::make_pair(there.setting,
                                           there.validation_error);
                   });
    const dealii::TimerOutput::Scope scope(run.timer, "training");
    examples.fit(
        description,
        [&](const Corrector &model)
        {
          kept.improve(model.description.validation_error,
                       [&] { model.write(folder); });
        },
        run);
    kept.finish(folder);
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
