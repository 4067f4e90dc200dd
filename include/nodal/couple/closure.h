// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_closure_h
#define nodal_couple_closure_h

#include <nodal/core/parameters.h>
#include <nodal/time/evolution_system.h>

#include <limits>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * A term that is added to N(u, t) of a problem in time, for what its
   * discretization does not resolve. Run by a ClosureStepper.
   */
  class Closure
  {
  public:
    virtual ~Closure() = default;

    static std::string kind()
    {
      return "closure";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /// Read what it needs of files, unless that has been done. Relative names
    /// are looked for in @p folder first. Throws BadInput.
    virtual void load(const std::string & /*folder*/)
    {
    }

    /// Throws BadInput if it is not for steps of @p h in @p problem; after
    /// load().
    virtual void check_for(const std::string & /*problem*/, double /*h*/) const
    {
    }

    /// A word that changes with what load() has read.
    virtual std::string word() const
    {
      return "";
    }

    /// A run of @p system, which is kept, begins: nothing of earlier ones
    /// counts. Throws BadInput if the closure is not for it. Collective, as all
    /// that follows.
    virtual void begin(const EvolutionSystem &system) = 0;

    /// A step begins at time @p t with the state @p u.
    virtual void begin_step(double /*t*/, Vec /*u*/)
    {
    }

    /// Add the term at @p u, the state of a stage of the step, to @p load.
    virtual void add(double t, Vec u, Vec load) = 0;

    /// The step that began last is made without it.
    virtual void drop_step()
    {
    }

    /// In the place of begin_step(): the step is not made, as its end is known,
    /// and a constant term of @p missed would have led to it.
    virtual void follow_step(double /*t*/, Vec /*u*/, Vec /*missed*/)
    {
    }

    /// True if it remembers earlier steps, so that runs cannot be interleaved.
    virtual bool has_memory() const
    {
      return false;
    }

    /// The largest MeanEnergy of states that it knows of.
    virtual double largest_energy() const
    {
      return std::numeric_limits<double>::infinity();
    }

    /// What one step leaves for the next, the same on all ranks.
    virtual std::vector<double> state() const
    {
      return {};
    }

    /// Go on from state(); false if @p values cannot be one.
    virtual bool set_state(const std::vector<double> &values)
    {
      return values.empty();
    }
  };
} // namespace nodal

#endif
