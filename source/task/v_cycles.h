// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_task_v_cycles_h
#define nodal_source_task_v_cycles_h

#include <nodal/solver/operator.h>
#include <nodal/task/sample_systems.h>

#include <memory>
#include <vector>

namespace nodal
{
  /// BoomerAMG as one cycle by itself, not under conjugate gradients, is best:
  /// with all of the classical interpolation.
  std::unique_ptr<Preconditioner> classical_v_cycle();

  /// What classical V-cycles make of an initial guess.
  struct VCycles
  {
    std::vector<std::vector<double>> solutions; ///< after 1, 2, ... cycles
    std::vector<double> seconds; ///< with set-up, without assembly
  };

  /// @p n_cycles V(1,1)-cycles of BoomerAMG, set up for the system that
  /// @p systems has assembled, from the node values @p guess.
  template <int dim>
  VCycles run_v_cycles(const SampleSystems<dim> &systems,
                       const std::vector<double> &guess, unsigned int n_cycles);
} // namespace nodal

#endif
