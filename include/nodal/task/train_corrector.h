// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_train_corrector_h
#define nodal_task_train_corrector_h

#include <nodal/couple/corrector_training.h>
#include <nodal/task/experiment.h>

#include <string>

namespace nodal
{
  /// Fit a corrector for the problem in time of @p experiment, its cycles and
  /// its observations, and write it to @p folder. Collective over the ranks of
  /// @p run. Throws BadInput and NumericalFailure.
  template <int dim>
  void train_corrector(const CorrectorTrainingSettings &settings,
                       const TrainingSettings &training,
                       const std::string &folder, Experiment<dim> &experiment,
                       const Parameters &prm, Run &run);
} // namespace nodal

#endif
