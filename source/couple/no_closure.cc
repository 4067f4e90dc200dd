// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/couple/closure.h>

namespace nodal
{
  namespace
  {
    class NoClosure : public Closure
    {
    public:
      void begin(const EvolutionSystem &) override
      {
      }

      void add(double, Vec, Vec) override
      {
      }
    };
  } // namespace

  NODAL_REGISTER(Closure, NoClosure, "none", "what is not resolved is left out")
} // namespace nodal
