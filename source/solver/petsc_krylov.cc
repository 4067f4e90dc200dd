// SPDX-License-Identifier: LGPL-2.1-or-later
#include "petsc_krylov.h"

#include "krylov_tools.h"

#include <nodal/core/exceptions.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>

namespace nodal
{
  namespace
  {
    bool is_one_of(const std::string &name,
                   const std::vector<std::string> &names)
    {
      return std::find(names.begin(), names.end(), name) != names.end();
    }

    const std::vector<std::string> for_spd = {
        "cg",      "pipecg", "pipecgrr", "pipelcg", "pipeprcg", "pipecg2",
        "groppcg", "fcg",    "pipefcg",  "nash",    "stcg",     "gltr"};
    const std::vector<std::string> for_symmetric = {"minres", "symmlq", "cr"};
    const std::vector<std::string> flexible = {
        "fgmres", "gcr", "fcg", "pipefgmres", "pipegcr", "pipefcg", "preonly"};
    const std::vector<std::string> right = {
        "gmres",  "lgmres", "dgmres", "pgmres", "bcgs", "fbcgs",
        "fbcgsr", "bcgsl",  "ibcgs",  "cgs",    "tfqmr"};

    /// A preconditioner of ours inside PETSc. What it throws must not travel
    /// through PETSc: it is kept, and NaN ends the iteration on all ranks.
    struct Shell
    {
      const Preconditioner *M = nullptr;
      std::exception_ptr error;
    };

    PetscErrorCode apply_shell(PC pc, Vec x, Vec y)
    {
      void *context = nullptr;
      PetscErrorCode code = PCShellGetContext(pc, &context);
      if (code)
        return code;
      Shell &shell = *static_cast<Shell *>(context);
      try
      {
        shell.M->apply(x, y);
      }
      catch (...)
      {
        shell.error = std::current_exception();
        code = VecSet(y, std::numeric_limits<double>::quiet_NaN());
      }
      return code;
    }

    PetscErrorCode destroy_shell(PC pc)
    {
      void *context = nullptr;
      const PetscErrorCode code = PCShellGetContext(pc, &context);
      delete static_cast<Shell *>(context);
      return code;
    }

    PCHandle make_shell(MPI_Comm comm)
    {
      PCHandle pc;
      NODAL_PETSC(PCCreate(comm, pc.put()));
      NODAL_PETSC(PCSetType(pc, PCSHELL));
      NODAL_PETSC(PCShellSetContext(pc, new Shell));
      NODAL_PETSC(PCShellSetApply(pc, apply_shell));
      NODAL_PETSC(PCShellSetDestroy(pc, destroy_shell));
      return pc;
    }

    Shell &context(PC pc)
    {
      void *result = nullptr;
      NODAL_PETSC(PCShellGetContext(pc, &result));
      return *static_cast<Shell *>(result);
    }

    /// Let the KSP stop by the true residual where it can.
    void choose_norm(KSP ksp, const std::string &type)
    {
      if (is_one_of(type, right))
        NODAL_PETSC(KSPSetPCSide(ksp, PC_RIGHT));
      if (is_one_of(type, right) || is_one_of(type, for_spd) || type == "cr")
        NODAL_PETSC(KSPSetNormType(ksp, KSP_NORM_UNPRECONDITIONED));
    }
  } // namespace

  /// PETSc's test of convergence, and that of the patience.
  struct PetscKrylov::Test
  {
    explicit Test(PetscKrylov &solver) : solver(solver)
    {
      NODAL_PETSC(KSPConvergedDefaultCreate(&usual));
    }

    static PetscErrorCode destroy(void *const context)
    {
      const auto test = static_cast<Test *>(context);
      const PetscErrorCode code = KSPConvergedDefaultDestroy(test->usual);
      delete test;
      return code;
    }

    static PetscErrorCode run(KSP ksp, const PetscInt n, const PetscReal size,
                              KSPConvergedReason *const reason,
                              void *const context)
    {
      const auto test = static_cast<Test *>(context);
      const PetscErrorCode code =
          KSPConvergedDefault(ksp, n, size, reason, test->usual);
      PetscKrylov &solver = test->solver;
      if (code == 0 && *reason == KSP_CONVERGED_ITERATING &&
          solver.patience->is_over(n, size))
      {
        *reason = KSP_DIVERGED_ITS;
        solver.is_over = true;
      }
      return code;
    }

    PetscKrylov &solver;
    void *usual = nullptr;
  };

  PetscKrylov::PetscKrylov() = default;
  PetscKrylov::~PetscKrylov() = default;

  bool PetscKrylov::needs_spd() const
  {
    return is_one_of(type, for_spd);
  }

  void PetscKrylov::check_traits(const Preconditioner &M) const
  {
    if (!is_one_of(type, flexible))
      require_linear(M, type);
    if (is_one_of(type, for_symmetric) ||
        (needs_spd() && !is_one_of(type, flexible)))
      require_spd(M, type);
  }

  void PetscKrylov::create(Mat A)
  {
    const MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(A));
    NODAL_PETSC(KSPCreate(comm, ksp.put()));
    int code = 0;
    {
      const QuietPetscErrors quiet;
      code = KSPSetType(ksp, type.c_str());
    }
    if (code != 0)
    {
      ksp.reset();
      throw BadInput("PETSc has no Krylov method '" + type +
                     "': see the list of KSPType in its manual.");
    }
    choose_norm(ksp, type);
    NODAL_PETSC(KSPGMRESSetRestart(ksp, restart));
    NODAL_PETSC(KSPGCRSetRestart(ksp, restart));
    // Which does not ask what the object is.
    if (type == "fcg")
      NODAL_PETSC(KSPFCGSetMmax(ksp, restart));
    NODAL_PETSC(
        KSPSetConvergenceTest(ksp, Test::run, new Test(*this), Test::destroy));
    shell = make_shell(comm);
  }

  void PetscKrylov::read_options()
  {
    NODAL_PETSC(KSPSetFromOptions(ksp));
    if (options.empty())
      return;
    // Both together, as what is printed after a solve is looked up only then.
    NODAL_PETSC(PetscOptionsCreate(all_options.put()));
    NODAL_PETSC(PetscOptionsInsertString(all_options, options.c_str()));
    char *run_time = nullptr;
    NODAL_PETSC(PetscOptionsGetAll(nullptr, &run_time));
    const int code = PetscOptionsInsertString(all_options, run_time);
    NODAL_PETSC(PetscFree(run_time));
    NODAL_PETSC(code);
    NODAL_PETSC(PetscObjectSetOptions(
        reinterpret_cast<PetscObject>(static_cast<KSP>(ksp)), all_options));
    NODAL_PETSC(KSPSetFromOptions(ksp));
  }

  void PetscKrylov::connect(Mat A, const Preconditioner &M)
  {
    if (ksp)
    {
      Mat old = nullptr;
      NODAL_PETSC(KSPGetOperators(ksp, &old, nullptr));
      PetscInt n_old = 0, n_new = 0;
      NODAL_PETSC(MatGetLocalSize(old, &n_old, nullptr));
      NODAL_PETSC(MatGetLocalSize(A, &n_new, nullptr));
      int differs = n_old != n_new;
      MPI_Allreduce(MPI_IN_PLACE, &differs, 1, MPI_INT, MPI_MAX,
                    PetscObjectComm(reinterpret_cast<PetscObject>(A)));
      if (differs)
        ksp.reset();
    }
    const bool is_new = !ksp;
    if (is_new)
      create(A);
    context(shell) = {&M, nullptr};
    Mat P = A;
    if (M.petsc())
      NODAL_PETSC(PCGetOperators(M.petsc(), nullptr, &P));
    NODAL_PETSC(KSPSetPC(ksp, M.petsc() ? M.petsc() : shell));
    NODAL_PETSC(KSPSetOperators(ksp, A, P));
    if (is_new)
      read_options();
  }

  void PetscKrylov::judge(const KSPConvergedReason reason, Progress &progress)
  {
    if (reason == KSP_DIVERGED_INDEFINITE_MAT)
      progress.fail(SolveStatus::breakdown,
                    "the matrix is not positive definite");
    else if (reason == KSP_DIVERGED_INDEFINITE_PC)
      progress.fail(SolveStatus::breakdown,
                    "the preconditioner is not positive definite");
    else if (reason == KSP_DIVERGED_NONSYMMETRIC)
      progress.fail(SolveStatus::breakdown, "the matrix is not symmetric");
    else if (reason == KSP_DIVERGED_NANORINF ||
             reason == KSP_DIVERGED_PC_FAILED)
      progress.fail(SolveStatus::not_a_number,
                    "a number is infinite or undefined");
  }

  SolveResult PetscKrylov::solve(Mat A, Vec x, Vec b, const Preconditioner &M,
                                 const SolveControl &control, RecycleSpace *)
  {
    check_traits(M);
    const VecHandle r = duplicate(b), d = duplicate(x);
    Progress progress(A, x, b, r, control);
    bool is_connected = false;
    while (progress.go_on())
    {
      if (!is_connected)
        connect(A, M);
      is_connected = true;
      const double reduction = progress.target() / progress.residual_norm();
      NODAL_PETSC(KSPSetTolerances(ksp, std::min(reduction, 0.9), 0., 1e100,
                                   progress.remaining()));
      patience = std::make_unique<Patience>(control.patience);
      is_over = false;
      NODAL_PETSC(KSPSolve(ksp, r, d));
      if (context(shell).error)
        std::rethrow_exception(context(shell).error);
      PetscInt n = 0;
      KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
      NODAL_PETSC(KSPGetIterationNumber(ksp, &n));
      NODAL_PETSC(KSPGetConvergedReason(ksp, &reason));
      progress.result.iterations += std::max<PetscInt>(n, 1);
      const bool is_finite = std::isfinite(norm(d));
      if (is_finite)
        NODAL_PETSC(VecAXPY(x, 1., d));
      judge(is_finite ? reason : KSP_DIVERGED_NANORINF, progress);
      if (is_finite && is_over)
        progress.fail(SolveStatus::stagnated, patience->message());
    }
    return progress.result;
  }

  namespace
  {
    class AnyPetscKrylov : public PetscKrylov
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Type", type, "PETSc's name, as after -ksp_type.");
        prm.add("Restart", restart,
                "Vectors kept by methods that restart (GMRES, GCR).", 1, 10000);
        prm.add("Options", options,
                "Options of PETSc, as on its command line.");
      }
    };
  } // namespace

  NODAL_REGISTER(KrylovSolver, AnyPetscKrylov, "petsc",
                 "any Krylov method of PETSc, by its name")
} // namespace nodal
