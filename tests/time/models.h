// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_time_models_h
#define nodal_tests_time_models_h

#include <tests/configure.h>

#include <nodal/core/registry.h>
#include <nodal/solver/linear_solver.h>
#include <nodal/time/evolution_model.h>
#include <nodal/time/time_stepper.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace models
{
  using ::configure;

  inline std::unique_ptr<nodal::EvolutionModel>
  model(const std::string &name, const std::string &entries = "")
  {
    auto result = nodal::Registry<nodal::EvolutionModel>::create(name);
    configure(*result, entries);
    result->set_up();
    return result;
  }

  /// One that factorises.
  inline void make_direct(nodal::LinearSolver &solver)
  {
    configure(solver, "subsection Solver\nset Method = direct\nset "
                      "Preconditioner = lu\nset Tolerance = 1e-13\nend\n");
  }

  inline void set(Vec u, const std::vector<double> &values)
  {
    double *entries = nullptr;
    NODAL_PETSC(VecGetArrayWrite(u, &entries));
    std::copy(values.begin(), values.end(), entries);
    NODAL_PETSC(VecRestoreArrayWrite(u, &entries));
  }

  /// The state at @p end, @p n steps after @p begin.
  inline std::vector<double> run(nodal::EvolutionSystem &system,
                                 const std::string &stepper,
                                 const std::vector<double> &begin,
                                 const double end, const unsigned int n)
  {
    const auto method = nodal::Registry<nodal::TimeStepper>::create(stepper);
    nodal::LinearSolver solver;
    make_direct(solver);
    const nodal::VecHandle u = nodal::duplicate(system.like());
    set(u, begin);
    const double h = end / n;
    method->start(system, solver, h);
    for (unsigned int k = 0; k < n; ++k)
      method->step(k * h, u);
    return nodal::owned_entries(u);
  }

  /// An initial state after @p time.
  inline std::vector<double> state(nodal::EvolutionSystem &system,
                                   const double time = 0,
                                   const unsigned int sample = 0)
  {
    const nodal::VecHandle u = nodal::duplicate(system.like());
    system.initial_state(1, sample, u);
    const std::vector<double> begin = nodal::owned_entries(u);
    if (time == 0)
      return begin;
    return run(system, system.linear() ? "ars 443" : "runge kutta 4", begin,
               time, time / 0.02);
  }
} // namespace models

#endif
