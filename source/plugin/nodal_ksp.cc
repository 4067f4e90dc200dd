// SPDX-License-Identifier: LGPL-2.1-or-later
// Type `nodal` of PETSc's KSP: deflated conjugate gradients.
#include "plugin.h"

#include <nodal/core/registry.h>
#include <nodal/solver/krylov_solver.h>

#include <petsc/private/kspimpl.h>

#include <algorithm>
#include <memory>

namespace
{
  /// A PC of any type, of which the user says that it is symmetric positive
  /// definite by choosing conjugate gradients.
  class AnyPc : public nodal::Preconditioner
  {
  public:
    explicit AnyPc(PC pc) : pc(pc)
    {
    }

    void update(Mat, bool) override
    {
    }

    void apply(Vec x, Vec y) const override
    {
      NODAL_PETSC(PCApply(pc, x, y));
    }

    nodal::OperatorTraits traits() const override
    {
      return {true, true};
    }

  private:
    PC pc;
  };

  KSPConvergedReason reason_of(const nodal::SolveStatus status)
  {
    switch (status)
    {
    case nodal::SolveStatus::converged:
      return KSP_CONVERGED_RTOL;
    case nodal::SolveStatus::iteration_limit:
      return KSP_DIVERGED_ITS;
    case nodal::SolveStatus::not_a_number:
      return KSP_DIVERGED_NANORINF;
    case nodal::SolveStatus::breakdown:
      return KSP_DIVERGED_INDEFINITE_MAT;
    default:
      return KSP_DIVERGED_BREAKDOWN;
    }
  }

  void run(KSP ksp)
  {
    Mat A = nullptr;
    NODAL_PETSC(KSPGetOperators(ksp, &A, nullptr));
    A = nodal::plugin::working_matrix(A);
    double b_norm = 0;
    NODAL_PETSC(VecNorm(ksp->vec_rhs, NORM_2, &b_norm));
    nodal::SolveControl control;
    control.tolerance = ksp->rtol;
    if (b_norm > 0)
      control.tolerance = std::max(control.tolerance, ksp->abstol / b_norm);
    control.max_iterations = ksp->max_it;
    const AnyPc any(ksp->pc);
    const nodal::Preconditioner *M = nodal::plugin::preconditioner_of(ksp->pc);
    if (!M)
      M = &any;
    const nodal::SolveResult result =
        nodal::Registry<nodal::KrylovSolver>::create("deflated cg")
            ->solve(A, ksp->vec_sol, ksp->vec_rhs, *M, control, nullptr);
    ksp->its = result.iterations;
    ksp->rnorm = result.true_residual * (b_norm > 0 ? b_norm : 1);
    ksp->reason = reason_of(result.status);
    NODAL_PETSC(KSPLogResidualHistory(ksp, ksp->rnorm));
    NODAL_PETSC(KSPMonitor(ksp, ksp->its, ksp->rnorm));
  }

  PetscErrorCode solve(KSP ksp)
  {
    return nodal::plugin::guarded(reinterpret_cast<PetscObject>(ksp),
                                  [ksp] { run(ksp); });
  }

  PetscErrorCode set_up(KSP)
  {
    return 0;
  }
} // namespace

PetscErrorCode
nodal::plugin::create_ksp(KSP ksp)
{
  PetscFunctionBegin;
  PetscCall(KSPSetSupportedNorm(ksp, KSP_NORM_UNPRECONDITIONED, PC_LEFT, 3));
  ksp->ops->setup = set_up;
  ksp->ops->solve = solve;
  ksp->ops->destroy = KSPDestroyDefault;
  ksp->ops->buildsolution = KSPBuildSolutionDefault;
  ksp->ops->buildresidual = KSPBuildResidualDefault;
  PetscFunctionReturn(0);
}
