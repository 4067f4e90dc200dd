// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_sample_matrices_h
#define nodal_task_sample_matrices_h

#include <nodal/core/petsc.h>
#include <nodal/core/run.h>
#include <nodal/learn/trainer.h>

#include <functional>
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

  /// For models that are trained on the matrices of samples, and not on their
  /// solutions.
  struct SampleMatrices
  {
    std::string problem;
    std::vector<std::string> datasets; ///< their hashes

    /**
     * Call @p use with the matrix of each certified sample, its number and
     * whether it is one of those at the end of a data set that are kept back.
     * On one rank. Returns false if the run was asked to stop. Throws BadInput
     * for samples without a symmetric positive definite matrix, of which
     * @p what are made, for data sets of several problems, and for fewer than
     * two samples.
     */
    template <int dim>
    bool visit(const TrainingFiles &data, const TrainingSettings &training,
               const std::string &what, Run &run,
               const std::function<void(Mat, unsigned int, bool)> &use);
  };

  /**
   * Solutions of A y = D^exponent z of norm one, where D is the diagonal of
   * @p A and z noise that is a function of @p seed and @p sample: smooth
   * vectors of all kinds. On one rank. Throws NumericalFailure if one is not
   * finite.
   */
  std::vector<std::vector<double>>
  solutions_for_noise(Mat A, unsigned int number, double exponent,
                      unsigned int seed, unsigned int sample);
} // namespace nodal

#endif
