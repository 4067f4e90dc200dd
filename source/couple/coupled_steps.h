// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_coupled_steps_h
#define nodal_source_couple_coupled_steps_h

#include "local_averages.h"
#include "state_nodes.h"

#include <nodal/couple/closure_model.h>
#include <nodal/couple/mean_energy.h>
#include <nodal/solver/linear_solver.h>
#include <nodal/time/loaded_system.h>
#include <nodal/time/time_stepper.h>

#include <torch/types.h>

#include <memory>
#include <vector>

namespace nodal
{
  /// Steps of several runs of a system at once, with terms in N that LibTorch
  /// knows the gradients of. The system is not shared by ranks.
  class CoupledSteps
  {
  public:
    /// All are kept. Steps of @p h are those of @p stepper.
    CoupledSteps(EvolutionSystem &system, TimeStepper &stepper,
                 LinearSolver &solver, double h);
    ~CoupledSteps();

    /// The components that a closure is for: those with a mass.
    const std::vector<unsigned int> &components() const
    {
      return with_mass;
    }

    /// Of states, owned entries × B, the values at nodes: n_nodes × B ×
    /// components; with gradient.
    torch::Tensor values(const torch::Tensor &states) const;

    /// States of n_rows, a vector each, as owned entries × B.
    static torch::Tensor
    states(const std::vector<const std::vector<double> *> &columns);

    /// A step from @p states at @p times with the constant @p terms, n_nodes ×
    /// B × components, in u'; with gradient if the system has derivatives.
    /// Where it fails, is_lost becomes true, and the state stays.
    torch::Tensor advance(const std::vector<double> &times,
                          const torch::Tensor &states,
                          const torch::Tensor &terms,
                          std::vector<bool> &is_lost) const;

    /// MeanEnergy
    double energy(const std::vector<double> &state) const;

    const StateNodes &nodes() const
    {
      return *all_nodes;
    }

    /// 1 where the value at a node is free, and 0 where it is prescribed:
    /// n_nodes × 1 × components.
    const torch::Tensor &free() const
    {
      return is_free;
    }

  private:
    struct StepFunction;

    /// Let `u` be @p state, and `load` what @p increment, a constant in u',
    /// adds to N.
    void set_up(const double *state, const double *increment) const;

    EvolutionSystem &system;
    TimeStepper &stepper;
    std::vector<unsigned int> with_mass;
    std::unique_ptr<StateNodes> all_nodes;
    torch::Tensor rows; ///< of nodes and components
    torch::Tensor is_free;
    const MeanEnergy mean_energy;
    std::unique_ptr<LoadedSystem> loaded;
    VecHandle u, lambda, term, load;
  };
} // namespace nodal

#endif
