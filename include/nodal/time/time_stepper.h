// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_time_time_stepper_h
#define nodal_time_time_stepper_h

#include <nodal/core/parameters.h>
#include <nodal/solver/linear_solver.h>
#include <nodal/time/evolution_system.h>

#include <string>

namespace nodal
{
  /// A one-step method for M u' = L u + N(u, t), with steps of one length.
  class TimeStepper
  {
  public:
    virtual ~TimeStepper() = default;

    static std::string kind()
    {
      return "time stepper";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /**
     * Go on with steps of length @p h > 0 for @p system. Linear systems are
     * solved by @p solver; both are kept as references. Throws BadInput if
     * the method is not made for the system. Collective, as step() is.
     */
    virtual void start(EvolutionSystem &system, LinearSolver &solver,
                       double h) = 0;

    /// @p u, the state at time @p t, becomes the one at t + h. Throws
    /// NumericalFailure, with @p u as it was, if a linear system is not solved
    /// to its tolerance or a number is not finite.
    virtual void step(double t, Vec u) = 0;

    /// True if there is step_transposed() for systems that have a derivative.
    virtual bool has_derivative() const
    {
      return false;
    }

    /**
     * @p lambda, the gradient of a number with respect to the state at t + h,
     * becomes the one with respect to @p u, the state at time @p t; @p of_load
     * the one with respect to a constant that is added to N in all of the
     * step. Throws NumericalFailure as step() does.
     */
    virtual void step_transposed(double t, Vec u, Vec lambda, Vec of_load);

    /// Iterations of the linear solver since start().
    virtual unsigned long n_iterations() const = 0;

    /// Of convergence in h.
    virtual unsigned int order() const = 0;
  };
} // namespace nodal

#endif
