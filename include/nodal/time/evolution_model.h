// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_time_evolution_model_h
#define nodal_time_evolution_model_h

#include <nodal/core/parameters.h>
#include <nodal/core/random.h>
#include <nodal/time/evolution_system.h>

#include <string>

namespace nodal
{
  /**
   * A problem in time that brings its own discretization: systems of a few
   * equations, and equations on a circle. Small enough for one rank: with more,
   * every rank has the whole of it.
   */
  class EvolutionModel : public EvolutionSystem
  {
  public:
    static std::string kind()
    {
      return "evolution model";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /// Rules across parameters; throws BadInput.
    virtual void check() const
    {
    }

    void initial_state(std::uint64_t seed, std::uint32_t sample, Vec u) override
    {
      draw_state(Random(seed, sample, 0x7b1d0001), u);
    }

    /// Make the system. Before it, no other function of EvolutionSystem may be
    /// called.
    virtual void set_up() = 0;

  protected:
    virtual void draw_state(Random random, Vec u) = 0;
  };
} // namespace nodal

#endif
