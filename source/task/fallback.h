// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_task_fallback_h
#define nodal_source_task_fallback_h

#include <nodal/task/engine.h>
#include <nodal/task/sample_solver.h>

#include <memory>
#include <string>

namespace nodal
{
  /// Solves, by section Solver, the samples that an engine could not solve;
  /// set up when the first comes.
  template <int dim>
  class Fallback
  {
  public:
    /// Forget what was before. Keeps references to both.
    void prepare(Experiment<dim> &new_experiment, const Space<dim> &new_space)
    {
      experiment = &new_experiment;
      space = &new_space;
      solver.reset();
      n_solved = 0;
    }

    /// Solve for @p inputs and deliver under number @p index. Collective.
    void solve(const Inputs<dim> &inputs, const unsigned int index,
               const typename Engine<dim>::Deliver &deliver,
               dealii::TimerOutput *timer)
    {
      if (!solver)
        solver = std::make_unique<SampleSolver<dim>>(
            *space, *experiment->problem, experiment->boundary,
            experiment->solver, experiment->newton);
      const SolveResult result = solver->solve(inputs, nullptr, timer);
      ++n_solved;
      deliver(index, result, solver->solution());
    }

    /// How many there were, for the log, or nothing.
    std::string summary() const
    {
      return n_solved == 0 ? ""
                           : std::to_string(n_solved) +
                                 " samples were solved again by section Solver";
    }

  private:
    Experiment<dim> *experiment = nullptr;
    const Space<dim> *space = nullptr;
    std::unique_ptr<SampleSolver<dim>> solver;
    unsigned int n_solved = 0;
  };
} // namespace nodal

#endif
