// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_closure_stepper_h
#define nodal_couple_closure_stepper_h

#include <nodal/couple/closure.h>
#include <nodal/couple/mean_energy.h>
#include <nodal/time/time_stepper.h>

#include <memory>

namespace nodal
{
  /**
   * Steps of another stepper with a closure in N, and a guard: where a step
   * ends in a state that is not finite or has several times the energy that the
   * closure knows of, it is made again without the closure.
   */
  class ClosureStepper : public TimeStepper
  {
  public:
    /// Keeps both. Energies up to @p limit times the largest one that the
    /// closure knows of are let pass; 0: all that are finite.
    ClosureStepper(TimeStepper &stepper, Closure &closure, double limit);
    ~ClosureStepper() override;

    void start(EvolutionSystem &system, LinearSolver &solver,
               double h) override;

    void step(double t, Vec u) override;

    /// A step of the closure alone, from @p u at time @p t to @p next, which is
    /// known: what it remembers follows the states of another run.
    void follow(double t, Vec u, Vec next);

    unsigned long n_iterations() const override
    {
      return stepper.n_iterations();
    }

    unsigned int order() const override
    {
      return stepper.order();
    }

    /// Steps since start() that were made without the closure.
    unsigned long n_dropped() const
    {
      return dropped;
    }

  private:
    class ClosedSystem;

    TimeStepper &stepper;
    Closure &closure;
    const double limit;

    std::unique_ptr<ClosedSystem> system;
    std::unique_ptr<const MeanEnergy> energy;
    VecHandle before;
    double h = 0;
    unsigned long dropped = 0;
  };
} // namespace nodal

#endif
