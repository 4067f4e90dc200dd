// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/petsc_preconditioner.h>

namespace nodal
{
  namespace
  {
    class Jacobi : public PetscPreconditioner
    {
      std::vector<Option> options(const Setting &) const override
      {
        return {{"pc_type", "jacobi"}};
      }

      bool keeps_spd() const override
      {
        return true;
      }
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, Jacobi, "jacobi", "the diagonal of the matrix")
} // namespace nodal
