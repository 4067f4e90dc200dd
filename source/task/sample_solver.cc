// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/task/sample_solver.h>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// F(u) of a steady problem for SNES. The Jacobian comes with the
    /// residual, so it is kept for the state at which both were computed.
    template <int dim>
    class SteadyNonlinearSystem : public NonlinearSystem
    {
    public:
      SteadyNonlinearSystem(SteadySystem<dim> &system,
                            const Inputs<dim> &inputs)
          : system(system), inputs(inputs), state(system.space.vector()),
            update(system.space.vector())
      {
      }

      void residual(Vec x, Vec F) override
      {
        assemble(x);
        NODAL_PETSC(VecCopy(system.rhs(), F));
        NODAL_PETSC(VecScale(F, -1));
      }

      Mat jacobian(Vec x) override
      {
        assemble(x);
        return system.matrix();
      }

      void constrain(Vec x) override
      {
        copy(x, update);
        update.zero_out_ghost_values();
        system.space.hanging_nodes.distribute(update);
        copy(update, x);
      }

    private:
      void assemble(Vec x)
      {
        // SNES moves the accepted state to another vector before it asks for
        // the Jacobian there.
        PetscBool is_same = PETSC_FALSE;
        if (assembled_at)
          NODAL_PETSC(VecEqual(x, assembled_at, &is_same));
        else
          assembled_at = duplicate(x);
        if (is_same)
          return;
        copy(x, state);
        system.assemble(inputs, &state);
        NODAL_PETSC(VecCopy(x, assembled_at));
      }

      SteadySystem<dim> &system;
      const Inputs<dim> &inputs;
      FieldVector state, update;
      VecHandle assembled_at;
    };
  } // namespace

  template <int dim>
  SampleSolver<dim>::SampleSolver(const Space<dim> &space,
                                  const SteadyProblem<dim> &problem,
                                  const BoundaryConditions<dim> &boundary,
                                  LinearSolver &linear,
                                  const NewtonSolver &newton,
                                  const bool is_for_many)
      : system(space, problem, boundary, is_for_many), linear(linear),
        newton(newton), field(space.vector()), x(duplicate(system.rhs()))
  {
  }

  template <int dim>
  void SampleSolver<dim>::set_up(const Inputs<dim> &inputs)
  {
    if (system.problem.traits().is_linear)
      system.assemble(inputs);
  }

  template <int dim>
  SolveResult SampleSolver<dim>::solve(const Inputs<dim> &inputs,
                                       RecycleSpace *recycle,
                                       TimerOutput *timer)
  {
    return system.problem.traits().is_linear
               ? solve_linear(inputs, recycle, timer)
               : solve_nonlinear(inputs, recycle, timer);
  }

  template <int dim>
  SolveResult SampleSolver<dim>::solve_linear(const Inputs<dim> &inputs,
                                              RecycleSpace *recycle,
                                              TimerOutput *timer)
  {
    if (timer)
      timer->enter_subsection("assembly");
    system.assemble(inputs);
    const Mat P = linear.updates_preconditioner()
                      ? system.preconditioner_matrix(inputs)
                      : nullptr;
    if (timer)
      timer->leave_subsection();
    if (linear.control.is_late(system.space.mesh->comm))
      return SolveResult::abandon();
    if (timer)
      timer->enter_subsection("solve");
    NODAL_PETSC(VecSet(x, 0));
    const SolveResult result =
        linear.solve(system.matrix(), x, system.rhs(),
                     system.problem.traits().is_spd, recycle, P);
    copy(x, field);
    system.distribute(field);
    if (timer)
      timer->leave_subsection();
    return result;
  }

  template <int dim>
  SolveResult SampleSolver<dim>::solve_nonlinear(const Inputs<dim> &inputs,
                                                 RecycleSpace *recycle,
                                                 TimerOutput *timer)
  {
    if (timer)
      timer->enter_subsection("nonlinear solve");
    field = 0;
    system.set_constraints(inputs);
    system.distribute(field);
    copy(field, x);

    SteadyNonlinearSystem<dim> nonlinear(system, inputs);
    VecHandle F = duplicate(x);
    nonlinear.residual(x, F);
    double scale;
    NODAL_PETSC(VecNorm(F, NORM_2, &scale));
    const SolveResult result =
        newton.solve(nonlinear, x, scale, linear, recycle);
    copy(x, field);
    if (timer)
      timer->leave_subsection();
    return result;
  }

  template class SampleSolver<2>;
  template class SampleSolver<3>;
} // namespace nodal
