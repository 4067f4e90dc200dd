// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/newton_solver.h>

#include <petscsnes.h>

#include <cmath>
#include <exception>

namespace nodal
{
  namespace
  {
    using SNESHandle = PetscHandle<SNES, SNESDestroy>;

    /// What the callbacks of SNES share. C++ exceptions must not cross PETSc:
    /// they are kept here and thrown again after SNESSolve().
    struct Context
    {
      NonlinearSystem &system;
      LinearSolver &linear;
      RecycleSpace *recycle;
      Mat jacobian = nullptr;
      unsigned int iterations = 0;
      std::string message;
      std::exception_ptr exception;

      PetscErrorCode guard(const std::function<void()> &work)
      {
        try
        {
          work();
          return 0;
        }
        catch (...)
        {
          exception = std::current_exception();
          return PETSC_ERR_LIB;
        }
      }
    };

    PetscErrorCode evaluate_residual(SNES, Vec x, Vec F, void *data)
    {
      Context &context = *static_cast<Context *>(data);
      return context.guard([&] { context.system.residual(x, F); });
    }

    PetscErrorCode evaluate_jacobian(SNES, Vec x, Mat, Mat, void *data)
    {
      Context &context = *static_cast<Context *>(data);
      return context.guard([&] { context.system.jacobian(x); });
    }

    PetscErrorCode apply_linear_solver(PC pc, Vec b, Vec x)
    {
      Context *context;
      PetscCall(PCShellGetContext(pc, &context));
      return context->guard(
          [&]
          {
            NODAL_PETSC(VecSet(x, 0));
            const SolveResult result = context->linear.solve(
                context->jacobian, x, b, false, context->recycle);
            context->iterations += result.iterations;
            if (!result.converged())
            {
              context->message = "linear system of a Newton step: " +
                                 to_string(result.status) +
                                 (result.message.empty() ? "" : ", ") +
                                 result.message;
              NODAL_PETSC(PCSetFailedReason(pc, PC_SUBPC_ERROR));
            }
            context->system.constrain(x);
          });
    }
  } // namespace

  void NewtonSolver::add_parameters(Parameters &prm)
  {
    Parameters::Section section(prm, "Newton");
    prm.add("Maximum steps", max_steps,
            "Newton steps after which a nonlinear solve has failed.", 1, 10000);
    prm.add("Linear tolerance", linear_tolerance,
            "Relative true residual to which the linear system of each step "
            "is solved.",
            1e-14, 0.9);
  }

  SolveResult NewtonSolver::solve(NonlinearSystem &system, Vec x,
                                  const double scale, LinearSolver &linear,
                                  RecycleSpace *recycle) const
  {
    SolveResult result;
    VecHandle F = duplicate(x);
    const double target = linear.control.tolerance * scale;
    const SolveControl outer = linear.control;

    Context context = {system, linear, recycle, nullptr, 0, "", nullptr};
    context.jacobian = system.jacobian(x);
    MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(x));

    SNESHandle snes;
    NODAL_PETSC(SNESCreate(comm, snes.put()));
    NODAL_PETSC(SNESSetFunction(snes, F, evaluate_residual, &context));
    NODAL_PETSC(SNESSetJacobian(snes, context.jacobian, context.jacobian,
                                evaluate_jacobian, &context));
    NODAL_PETSC(SNESSetTolerances(snes, target, 0, 0, max_steps, 100000));
    NODAL_PETSC(SNESSetErrorIfNotConverged(snes, PETSC_FALSE));
    KSP ksp;
    PC pc;
    NODAL_PETSC(SNESGetKSP(snes, &ksp));
    NODAL_PETSC(KSPSetType(ksp, KSPPREONLY));
    NODAL_PETSC(KSPGetPC(ksp, &pc));
    NODAL_PETSC(PCSetType(pc, PCSHELL));
    NODAL_PETSC(PCShellSetContext(pc, &context));
    NODAL_PETSC(PCShellSetApply(pc, apply_linear_solver));
    // `-snes_monitor` and the like; the linear solver has options of its own.
    NODAL_PETSC(KSPSetOptionsPrefix(ksp, "newton_"));
    NODAL_PETSC(SNESSetFromOptions(snes));

    linear.control.tolerance = linear_tolerance;
    const PetscErrorCode code = SNESSolve(snes, nullptr, x);
    linear.control = outer;
    if (context.exception)
      std::rethrow_exception(context.exception);
    NODAL_PETSC(code);

    SNESConvergedReason reason;
    NODAL_PETSC(SNESGetConvergedReason(snes, &reason));
    double norm;
    system.residual(x, F);
    NODAL_PETSC(VecNorm(F, NORM_2, &norm));
    result.iterations = context.iterations;
    result.true_residual = scale > 0 ? norm / scale : norm;
    if (!std::isfinite(norm))
      result.status = SolveStatus::not_a_number;
    else if (norm <= target)
      result.status = SolveStatus::converged;
    else if (outer.is_late(comm))
      result.status = SolveStatus::abandoned;
    else if (reason == SNES_DIVERGED_MAX_IT)
      result.status = SolveStatus::iteration_limit;
    else
      result.status = SolveStatus::stagnated;
    if (!result.converged())
      result.message =
          context.message.empty()
              ? std::string("SNES: ") + SNESConvergedReasons[reason]
              : context.message;
    return result;
  }
} // namespace nodal
