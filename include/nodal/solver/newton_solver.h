// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_newton_solver_h
#define nodal_solver_newton_solver_h

#include <nodal/solver/linear_solver.h>

namespace nodal
{
  /// A nonlinear system F(x) = 0.
  class NonlinearSystem
  {
  public:
    virtual ~NonlinearSystem() = default;

    /// F = F(@p x). Collective.
    virtual void residual(Vec x, Vec F) = 0;

    /// The Jacobian at @p x; the matrix stays the same object. Collective.
    virtual Mat jacobian(Vec x) = 0;

    /// Make @p update, which solved a linear system, satisfy the homogeneous
    /// constraints.
    virtual void constrain(Vec update) = 0;
  };

  /**
   * Newton's method by PETSc's SNES (run-time options `-snes_...` work) with a
   * LinearSolver for its linear systems; one recycle space serves all of them
   * and is handed on to the next nonlinear system by the caller.
   */
  class NewtonSolver
  {
  public:
    /// Declares the subsection `Newton` of the section that is open.
    void add_parameters(Parameters &prm);

    /**
     * Solve F(x) = 0 from the content of @p x. Converged means ‖F(x)‖₂ is at
     * most `linear.control.tolerance` times @p scale, computed anew at the
     * end; `true_residual` is that ratio and `iterations` counts all linear
     * iterations.
     */
    SolveResult solve(NonlinearSystem &system, Vec x, double scale,
                      LinearSolver &linear, RecycleSpace *recycle) const;

  private:
    unsigned int max_steps = 50;
    double linear_tolerance = 1e-3;
  };
} // namespace nodal

#endif
