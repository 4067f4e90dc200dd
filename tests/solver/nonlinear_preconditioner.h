// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_solver_nonlinear_preconditioner_h
#define nodal_tests_solver_nonlinear_preconditioner_h

#include <nodal/solver/operator.h>

#include <cmath>

/// y = D⁻¹ x (1 + tanh(4 x / max|x|) / 2): what a careless network might do.
class NonlinearPreconditioner : public nodal::Preconditioner
{
public:
  void update(Mat A, bool) override
  {
    NODAL_PETSC(MatCreateVecs(A, diagonal.put(), nullptr));
    NODAL_PETSC(MatGetDiagonal(A, diagonal));
  }

  void apply(Vec x, Vec y) const override
  {
    double size = 0;
    NODAL_PETSC(VecNorm(x, NORM_INFINITY, &size));
    NODAL_PETSC(VecPointwiseDivide(y, x, diagonal));
    PetscInt n = 0;
    const PetscScalar *values = nullptr;
    PetscScalar *result = nullptr;
    NODAL_PETSC(VecGetLocalSize(x, &n));
    NODAL_PETSC(VecGetArrayRead(x, &values));
    NODAL_PETSC(VecGetArray(y, &result));
    for (PetscInt i = 0; i < n && size > 0; ++i)
      result[i] *= 1 + .5 * std::tanh(4 * values[i] / size);
    NODAL_PETSC(VecRestoreArray(y, &result));
    NODAL_PETSC(VecRestoreArrayRead(x, &values));
  }

  nodal::OperatorTraits traits() const override
  {
    return {false, false};
  }

private:
  nodal::VecHandle diagonal;
};

#endif
