// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/couple/closure_stepper.h>
#include <nodal/time/system_behind.h>

namespace nodal
{
  /// The system with the closure in N while it is on.
  class ClosureStepper::ClosedSystem : public SystemBehind
  {
  public:
    ClosedSystem(EvolutionSystem &system, Closure &closure)
        : SystemBehind(system), closure(closure)
    {
    }

    void nonlinear(const double t, Vec u, Vec load) override
    {
      SystemBehind::nonlinear(t, u, load);
      if (is_on)
        closure.add(t, u, load);
    }

    bool is_on = false;

  private:
    Closure &closure;
  };

  ClosureStepper::ClosureStepper(TimeStepper &stepper, Closure &closure,
                                 const double limit)
      : stepper(stepper), closure(closure), limit(limit)
  {
  }

  ClosureStepper::~ClosureStepper() = default;

  void ClosureStepper::start(EvolutionSystem &of, LinearSolver &solver,
                             const double step)
  {
    h = step;
    dropped = 0;
    system = std::make_unique<ClosedSystem>(of, closure);
    before = duplicate(of.like());
    energy = std::make_unique<MeanEnergy>(of);
    stepper.start(*system, solver, h);
    closure.begin(of);
  }

  void ClosureStepper::step(const double t, Vec u)
  {
    NODAL_PETSC(VecCopy(u, before));
    system->is_on = true;
    closure.begin_step(t, u);
    bool is_good = true;
    try
    {
      stepper.step(t, u);
      is_good = limit == 0 || (*energy)(u) <= limit * closure.largest_energy();
    }
    catch (const NumericalFailure &)
    {
      is_good = false;
    }
    system->is_on = false;
    if (is_good)
      return;
    closure.drop_step();
    NODAL_PETSC(VecCopy(before, u));
    ++dropped;
    stepper.step(t, u);
  }

  void ClosureStepper::follow(const double t, Vec u, Vec next)
  {
    NODAL_PETSC(VecCopy(u, before));
    stepper.step(t, before);
    NODAL_PETSC(VecAYPX(before, -1, next));
    NODAL_PETSC(VecScale(before, 1 / h));
    closure.follow_step(t, u, before);
  }
} // namespace nodal
