// SPDX-License-Identifier: LGPL-2.1-or-later
#include "petsc_krylov.h"

namespace nodal
{
  namespace
  {
    class FlexibleConjugateGradients : public PetscKrylov
    {
    public:
      FlexibleConjugateGradients()
      {
        type = "fcg";
      }

      void add_parameters(Parameters &prm) override
      {
        prm.add("Directions", restart,
                "Search directions kept, to which the next is made conjugate.",
                1, 10000);
      }
    };
  } // namespace

  NODAL_REGISTER(KrylovSolver, FlexibleConjugateGradients, "fcg",
                 "flexible conjugate gradients (PETSc, Notay 2000), for "
                 "symmetric positive definite matrices and any preconditioner")
} // namespace nodal
