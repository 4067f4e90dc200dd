// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_train_coarse_basis_h
#define nodal_task_train_coarse_basis_h

#include <nodal/couple/coarse_training.h>

#include <string>
#include <vector>

namespace nodal
{
  /// Data sets, of each of which the first samples count.
  struct TrainingFiles
  {
    std::vector<std::string> files;
    unsigned int n_samples = 0; ///< of each; 0: all
  };

  /// Train a coarse basis on the matrices of the samples of data sets, and
  /// write it to @p folder. Rank 0 works, the others wait. Collective over
  /// @p run.comm. Throws BadInput for samples without a symmetric positive
  /// definite matrix, and NumericalFailure.
  template <int dim>
  void train_coarse_basis(const CoarseTrainingSettings &settings,
                          const TrainingSettings &training,
                          const TrainingFiles &data, const std::string &folder,
                          Run &run);
} // namespace nodal

#endif
