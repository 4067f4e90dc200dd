// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_sample_solver_h
#define nodal_task_sample_solver_h

#include <nodal/pde/steady_system.h>
#include <nodal/solver/linear_solver.h>
#include <nodal/solver/newton_solver.h>

#include <deal.II/base/timer.h>

namespace nodal
{
  /// Solves a steady problem for one sample of its inputs after the other.
  template <int dim>
  class SampleSolver
  {
  public:
    /// Keeps references to all arguments. @p is_for_many: see SteadySystem.
    SampleSolver(const Space<dim> &space, const SteadyProblem<dim> &problem,
                 const BoundaryConditions<dim> &boundary, LinearSolver &linear,
                 const NewtonSolver &newton, bool is_for_many = false);

    /// Make the tables of a linear problem, if they pay: see SteadySystem.
    void set_up(const Inputs<dim> &inputs);

    /**
     * Assemble for @p inputs, solve from zero, and leave the solution, with
     * its constraints, in solution(). @p recycle and @p timer, in which the
     * time of assembly and solve is kept apart, may be null. Collective.
     *
     * For a nonlinear problem the true residual is ‖F(u)‖ / ‖F(u₀)‖, where u₀
     * is zero inside and has the Dirichlet values.
     */
    SolveResult solve(const Inputs<dim> &inputs, RecycleSpace *recycle,
                      dealii::TimerOutput *timer = nullptr);

    const FieldVector &solution() const
    {
      return field;
    }

    /// A vector laid out like the solution, for RecycleSpace::load().
    Vec like() const
    {
      return x;
    }

  private:
    SolveResult solve_linear(const Inputs<dim> &inputs, RecycleSpace *recycle,
                             dealii::TimerOutput *timer);
    SolveResult solve_nonlinear(const Inputs<dim> &inputs,
                                RecycleSpace *recycle,
                                dealii::TimerOutput *timer);

    SteadySystem<dim> system;
    LinearSolver &linear;
    const NewtonSolver &newton;
    FieldVector field;
    VecHandle x;
  };
} // namespace nodal

#endif
