// SPDX-License-Identifier: LGPL-2.1-or-later
#include "incomplete_cholesky.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/solver/operator.h>

namespace nodal
{
  namespace
  {
    class Ic0 : public Preconditioner
    {
    public:
      void update(Mat A, const bool is_spd) override
      {
        if (!is_spd)
          throw BadInput("Preconditioner 'ic0' needs a symmetric positive "
                         "definite matrix: choose 'ilu' or 'lu'.");
        Mat own = nullptr; // the block between owned rows and columns
        NODAL_PETSC(MatGetDiagonalBlock(A, &own));
        int has_failed = !factors.update(LocalRows(own));
        MPI_Allreduce(MPI_IN_PLACE, &has_failed, 1, MPI_INT, MPI_MAX,
                      PetscObjectComm(reinterpret_cast<PetscObject>(A)));
        if (has_failed)
          throw NumericalFailure("The preconditioner 'ic0' does not exist for "
                                 "this matrix: entries are not finite, or not "
                                 "positive on the diagonal.");
      }

      void apply(Vec x, Vec y) const override
      {
        const double *from = nullptr;
        double *to = nullptr;
        NODAL_PETSC(VecGetArrayRead(x, &from));
        NODAL_PETSC(VecGetArrayWrite(y, &to));
        factors.apply(from, to);
        NODAL_PETSC(VecRestoreArrayWrite(y, &to));
        NODAL_PETSC(VecRestoreArrayRead(x, &from));
      }

      OperatorTraits traits() const override
      {
        OperatorTraits result;
        result.is_spd = true;
        return result;
      }

    private:
      IncompleteCholesky factors;
    };
  } // namespace

  NODAL_REGISTER(
      Preconditioner, Ic0, "ic0",
      "incomplete Cholesky factorisation without fill, kept in "
      "single precision, on the block of each rank: faster than 'icc'")
} // namespace nodal
