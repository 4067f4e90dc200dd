// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_fsai_training_h
#define nodal_couple_fsai_training_h

#include <nodal/core/parameters.h>
#include <nodal/core/petsc.h>
#include <nodal/core/run.h>
#include <nodal/couple/fsai_model.h>
#include <nodal/learn/trainer.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  struct FsaiTrainingSettings
  {
    FsaiTrainingSettings();

    void add_parameters(Parameters &prm);

    FsaiSettings levels;
    unsigned int n_steps = 15, n_solutions = 16, n_at_once = 4, width = 16,
                 n_layers = 2;
  };

  /**
   * Fits an FsaiModel to matrices by what it is for: the loss is the energy
   * norm of the error that some steps of preconditioned conjugate gradients
   * leave, by its logarithm, differentiated through these steps. Solutions are
   * known; the right-hand sides that belong to them are noise, which has all
   * frequencies.
   *
   * An approximate inverse can as well be fitted to the identity, by
   * ‖(I − G A Gᵀ) z‖ for random z; that counts all eigenvalues alike, of which
   * the smallest decide.
   */
  class FsaiTraining
  {
  public:
    /// Keeps references.
    FsaiTraining(const FsaiTrainingSettings &settings,
                 const TrainingSettings &training);
    ~FsaiTraining();

    /// Add @p A, which is on one rank, with @p solutions by unknown. Systems
    /// added with @p is_kept_back tell which weights are best.
    void add(Mat A, const std::vector<std::vector<double>> &solutions,
             bool is_kept_back);

    /// What there is to train on, for the log.
    std::string summary() const;

    /// Fit a network, with log and requests to stop as @p run has them.
    /// @p on_improvement gets the best model so far, at first one that is like
    /// the weights 'constant'. Throws NumericalFailure if the network gives
    /// what is no number, BadInput if there is nothing to train on. On rank 0
    /// alone.
    void fit(FsaiModelDescription description,
             const std::function<void(const FsaiModel &)> &on_improvement,
             Run &run) const;

  private:
    struct System;

    const FsaiTrainingSettings &settings;
    const TrainingSettings &training;
    std::vector<std::unique_ptr<System>> fitted, kept_back;
  };
} // namespace nodal

#endif
