// SPDX-License-Identifier: LGPL-2.1-or-later
#include "petsc_krylov.h"

namespace nodal
{
  namespace
  {
    class ConjugateGradients : public PetscKrylov
    {
    public:
      ConjugateGradients()
      {
        type = "cg";
      }
    };
  } // namespace

  NODAL_REGISTER(KrylovSolver, ConjugateGradients, "cg",
                 "conjugate gradients (PETSc), for symmetric positive definite "
                 "matrices")
} // namespace nodal
