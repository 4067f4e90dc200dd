// SPDX-License-Identifier: LGPL-2.1-or-later
#include "petsc_krylov.h"

namespace nodal
{
  namespace
  {
    class Gmres : public PetscKrylov
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Restart", restart,
                "Iterations after which the basis is dropped.", 1, 10000);
      }
    };

    class FlexibleGmres : public Gmres
    {
    public:
      FlexibleGmres()
      {
        type = "fgmres";
      }
    };
  } // namespace

  NODAL_REGISTER(KrylovSolver, Gmres, "gmres",
                 "restarted GMRES (PETSc), preconditioned from the right")

  NODAL_REGISTER(KrylovSolver, FlexibleGmres, "fgmres",
                 "restarted flexible GMRES (PETSc), for any preconditioner")
} // namespace nodal
