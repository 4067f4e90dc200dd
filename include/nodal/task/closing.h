// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_closing_h
#define nodal_task_closing_h

#include <nodal/core/choice.h>
#include <nodal/core/exceptions.h>
#include <nodal/couple/closure_stepper.h>

#include <memory>

namespace nodal
{
  /// The entries about closures that tasks share: 'simulate' and 'assimilate'
  /// use one, 'train' makes one.
  struct Closing
  {
    Closing() : closure("none")
    {
    }

    void add_parameters(Parameters &prm)
    {
      Parameters::Section section(prm, "Closure");
      closure.add_parameters(prm, "Name",
                             "The term that is added for what the mesh does "
                             "not resolve.");
      prm.add("Energy limit", energy_limit,
              "A step that ends with so many times the largest energy that a "
              "learned closure was trained on, or in no number, is made again "
              "without the closure, and counted; 0: only if it is no number.",
              0, 1e12);
    }

    /// True if there is one.
    bool is_on() const
    {
      return closure.name() != "none";
    }

    /// Throws BadInput if the closure, which has been loaded, cannot be in runs
    /// that take turns.
    void check_for_many_runs() const
    {
      if (is_on() && closure->has_memory())
        throw BadInput("This closure remembers the steps of one run, and here "
                       "several take turns: train one with Memory = 0.",
                       "Closure/Name");
    }

    /// True if the closure has been loaded, by Experiment::time_stepper().
    bool is_loaded() const
    {
      return closed != nullptr;
    }

    /// Steps without the closure since the start of the stepper.
    unsigned long n_dropped() const
    {
      return closed ? closed->n_dropped() : 0;
    }

    /// @p stepper with the closure, which has been loaded. Kept as long as this
    /// object, as @p stepper must be.
    ClosureStepper &stepper(TimeStepper &stepper)
    {
      closed =
          std::make_unique<ClosureStepper>(stepper, *closure, energy_limit);
      return *closed;
    }

    Choice<Closure> closure;

  private:
    double energy_limit = 2;
    std::unique_ptr<ClosureStepper> closed;
  };
} // namespace nodal

#endif
