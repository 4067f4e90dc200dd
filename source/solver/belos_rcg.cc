// SPDX-License-Identifier: LGPL-2.1-or-later
#include "belos_traits.h"

#include <BelosRCGSolMgr.hpp>

namespace nodal
{
  namespace
  {
    class BelosRcg : public BelosKrylov<Belos::RCGSolMgr>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Cycle length", cycle_length,
                "Iterations between two refinements of the recycled space; a "
                "solve that takes fewer learns nothing.",
                2, 1000);
        prm.add("Recycled vectors", k,
                "Vectors that one system hands to the next; less than the "
                "cycle length.",
                1, 999);
      }

      void check() const override
      {
        if (k >= cycle_length)
          throw BadInput("Belos' RCG needs a 'Cycle length' larger than the "
                         "'Recycled vectors': raise the former or lower the "
                         "latter.");
      }

      bool needs_spd() const override
      {
        return true;
      }

    private:
      void check_preconditioner(const Preconditioner &M) const override
      {
        require_spd(M, "belos rcg");
      }

      Blocks blocks() const override
      {
        return {cycle_length, k, 0};
      }

      unsigned int cycle_length = 20, k = 10;
    };
  } // namespace

  NODAL_REGISTER(KrylovSolver, BelosRcg, "belos rcg",
                 "recycling conjugate gradients of Trilinos Belos; it keeps "
                 "its recycled space to itself")
} // namespace nodal
