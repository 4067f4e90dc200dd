// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_train_closure_h
#define nodal_task_train_closure_h

#include <nodal/couple/closure_training.h>
#include <nodal/task/experiment.h>

#include <string>

namespace nodal
{
  /// What can be said before a run. Throws BadInput.
  template <int dim>
  void check_closure(const TrainingSettings &training,
                     const Experiment<dim> &experiment);

  /// Fit the closure that @p experiment names for its problem in time, from
  /// runs of the fine one, and write it to @p folder. Collective over the ranks
  /// of @p run. Throws BadInput and NumericalFailure.
  template <int dim>
  void train_closure(const ClosureTrainingSettings &settings,
                     const TrainingSettings &training,
                     const std::string &folder, Experiment<dim> &experiment,
                     const Parameters &prm, Run &run);
} // namespace nodal

#endif
