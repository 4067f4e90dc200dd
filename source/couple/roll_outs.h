// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_roll_outs_h
#define nodal_source_couple_roll_outs_h

#include "coupled_steps.h"

#include <nodal/couple/closure_training.h>

#include <torch/types.h>

#include <memory>
#include <vector>

namespace nodal
{
  /// Windows of runs, and what a closure makes of them.
  class RollOuts
  {
  public:
    /// Of @p run, from step @p first on, with so many warm-up steps before it.
    struct Window
    {
      const FilteredRun *run;
      unsigned int first;
    };

    RollOuts(EvolutionSystem &system, TimeStepper &stepper,
             LinearSolver &solver, const double h)
        : steps(system, stepper, solver, h), h(h)
    {
    }

    /// By step after the warm-up, by window, the mean square over free values
    /// in units of a scale; zero once the window is lost.
    struct Errors
    {
      std::vector<torch::Tensor> squares;
      torch::Tensor n_steps; ///< that count, by window
      std::vector<bool> is_lost;
    };

    /// With @p model, or without a closure if that is null. If @p is_offline,
    /// the states are the known ones all the time, and the errors those of the
    /// term, in its scale. A window is lost whose error exceeds @p limit.
    Errors run(ClosureModel *model, const torch::Tensor &scale,
               const double limit, const std::vector<Window> &windows,
               const unsigned int n_warm_up, const unsigned int n,
               const bool is_offline) const;

    const CoupledSteps steps;
    std::shared_ptr<const LocalAverages> places;
    double deviation = 0; ///< of states

  private:
    const double h;
  };
} // namespace nodal

#endif
