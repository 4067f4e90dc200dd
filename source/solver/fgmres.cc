// SPDX-License-Identifier: LGPL-2.1-or-later
#include "petsc_krylov.h"

namespace nodal
{
  namespace
  {
    class FlexibleGmres : public PetscKrylov
    {
    public:
      FlexibleGmres()
      {
        type = "fgmres";
      }

      void add_parameters(Parameters &prm) override
      {
        prm.add("Restart", restart,
                "Iterations after which the basis is dropped.", 1, 10000);
      }
    };
  } // namespace

  NODAL_REGISTER(KrylovSolver, FlexibleGmres, "fgmres",
                 "restarted flexible GMRES (PETSc), for any preconditioner")
} // namespace nodal
