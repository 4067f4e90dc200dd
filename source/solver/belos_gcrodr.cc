// SPDX-License-Identifier: LGPL-2.1-or-later
#include "belos_traits.h"

#include <BelosGCRODRSolMgr.hpp>

namespace nodal
{
  namespace
  {
    class BelosGcroDr : public BelosKrylov<Belos::GCRODRSolMgr>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Basis size", m,
                "Vectors of a cycle, the recycled ones included.", 2, 1000);
        prm.add("Recycled vectors", k,
                "Vectors that cycles and systems hand on; less than half of "
                "the basis.",
                1, 499);
      }

      void check() const override
      {
        if (2 * k > m)
          throw BadInput("Belos' GCRO-DR needs a 'Basis size' of at least "
                         "twice the 'Recycled vectors': raise the former or "
                         "lower the latter.");
      }

    private:
      void check_preconditioner(const Preconditioner &M) const override
      {
        require_linear(M, "belos gcrodr");
      }

      Blocks blocks() const override
      {
        // Belos counts the new vectors on top of the recycled ones, and wants
        // more of them.
        return {std::max(m - k, k + 1), k, 100000};
      }

      unsigned int m = 40, k = 20;
    };
  } // namespace

  NODAL_REGISTER(KrylovSolver, BelosGcroDr, "belos gcrodr",
                 "GCRO-DR of Trilinos Belos; it keeps its recycled space to "
                 "itself")
} // namespace nodal
