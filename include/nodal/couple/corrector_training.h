// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_corrector_training_h
#define nodal_couple_corrector_training_h

#include <nodal/core/run.h>
#include <nodal/couple/corrector.h>
#include <nodal/couple/forecast.h>
#include <nodal/couple/observations.h>
#include <nodal/learn/trainer.h>

#include <functional>
#include <memory>

namespace nodal
{
  class CorrectorExperiments;

  struct CorrectorTrainingSettings
  {
    void add_parameters(Parameters &prm);

    /// Throws BadInput for a number of places that is even, and for too few
    /// cycles.
    void check() const;

    unsigned int n_trajectories = 32, n_cycles = 8, n_steps = 100,
                 n_validation = 8, n_validation_cycles = 200, width = 32,
                 length = 0, n_layers = 2, n_memory = 16, n_places = 5,
                 n_members = 1;
    double spacing = 0;
  };

  /**
   * Fits a Corrector on its own analyses: many twin experiments run side by
   * side, each of whose forecasts begins at what the present network made of
   * the last one. Nothing is differentiated but the network, over a few cycles
   * of its memory: neither the solver nor the analyses have gradients. So the
   * best analysis is learned, given the forecasts that such analyses lead to.
   */
  class CorrectorTraining
  {
  public:
    /// @p forecast and @p network, which has been prepared for its system, are
    /// kept. There are @p steps_per_cycle steps from one analysis to the next,
    /// and @p n_spin_up before the first. Experiments are shared by
    /// groups of ranks; @p across has the ranks with one part of a state.
    CorrectorTraining(const CorrectorTrainingSettings &settings,
                      const TrainingSettings &training,
                      const Forecast &forecast,
                      const ObservationNetwork &network,
                      unsigned int steps_per_cycle, unsigned int n_spin_up,
                      MPI_Comm across);

    /// Fit a network, with log and requests to stop as @p run has them.
    /// @p on_improvement gets the best model so far. Collective. Throws
    /// NumericalFailure if the network gives what is no number or a truth
    /// fails, BadInput if all states are the same, there is one node alone, or
    /// a point that is observed is outside the domain.
    void fit(CorrectorDescription description,
             const std::function<void(const Corrector &)> &on_improvement,
             Run &run) const;

  private:
    unsigned int n_validation_cycles() const;

    struct Step
    {
      double error = 0;          ///< this group's share of the mean
      torch::Tensor last_errors; ///< by experiment of this group
    };

    /// Add one step's gradient of this group's experiments.
    Step add_gradient(CorrectorExperiments &experiments,
                      CorrectorNetwork &corrector,
                      const CorrectorDescription &description) const;

    /// The sum of this group's errors.
    double validate(CorrectorExperiments &experiments,
                    CorrectorNetwork &corrector,
                    const CorrectorDescription &description) const;

    const CorrectorTrainingSettings &settings;
    const TrainingSettings &training;
    const Forecast &forecast;
    const ObservationNetwork &network;
    const unsigned int steps_per_cycle, n_spin_up;
    const MPI_Comm across;
  };
} // namespace nodal

#endif
