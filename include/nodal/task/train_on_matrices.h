// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_train_on_matrices_h
#define nodal_task_train_on_matrices_h

#include <nodal/couple/coarse_training.h>
#include <nodal/couple/fsai_training.h>
#include <nodal/couple/snapshots.h>
#include <nodal/task/sample_matrices.h>

#include <string>

namespace nodal
{
  /// Train a coarse basis on the matrices of the samples of data sets, and
  /// write it to @p folder. Rank 0 works, the others wait. Collective over
  /// @p run.comm. Throws BadInput for samples without a symmetric positive
  /// definite matrix, and NumericalFailure.
  template <int dim>
  void train_coarse_basis(const CoarseTrainingSettings &settings,
                          const TrainingSettings &training,
                          const TrainingFiles &data, const std::string &folder,
                          Run &run);

  /// The same for weights of preconditioner 'multilevel fsai'.
  template <int dim>
  void train_fsai_weights(const FsaiTrainingSettings &settings,
                          const TrainingSettings &training,
                          const TrainingFiles &data, const std::string &folder,
                          Run &run);

  /// The same for snapshots, which are of one mesh.
  template <int dim>
  void make_snapshots(const SnapshotSettings &settings,
                      const TrainingSettings &training,
                      const TrainingFiles &data, const std::string &folder,
                      Run &run);
} // namespace nodal

#endif
