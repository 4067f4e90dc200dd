// SPDX-License-Identifier: LGPL-2.1-or-later
#include "krylov_tools.h"
#include "solution_space.h"

#include <nodal/core/coordinates.h>
#include <nodal/core/exceptions.h>
#include <nodal/solver/fallbacks.h>
#include <nodal/solver/linear_solver.h>

#include <cmath>
#include <limits>
#include <sstream>

namespace nodal
{
  double relative_residual(Mat A, Vec x, Vec b)
  {
    const VecHandle r = duplicate(b);
    NODAL_PETSC(MatMult(A, x, r));
    NODAL_PETSC(VecAYPX(r, -1., b));
    double r_norm = 0, b_norm = 0;
    NODAL_PETSC(VecNorm(r, NORM_2, &r_norm));
    NODAL_PETSC(VecNorm(b, NORM_2, &b_norm));
    return b_norm == 0 ? r_norm : r_norm / b_norm;
  }

  void certify(SolveResult &result, const double residual,
               const double tolerance)
  {
    result.true_residual = residual;
    if (!std::isfinite(residual))
    {
      result.status = SolveStatus::not_a_number;
      if (result.message.empty())
        result.message = "the true residual is not a number";
    }
    else if (residual <= tolerance)
      result.status = SolveStatus::converged;
    else if (result.status == SolveStatus::converged)
    {
      std::ostringstream text;
      text << "the method reported convergence, but the true residual is "
           << residual;
      result.status = SolveStatus::stagnated;
      result.message = text.str();
    }
  }

  namespace
  {
    /// Run @p work; bad input that it reports is the fault of @p entry.
    void blame(const std::string &entry, const std::function<void()> &work)
    {
      try
      {
        work();
      }
      catch (const BadInput &error)
      {
        throw BadInput(error.what(), error.entry.empty() ? entry : error.entry);
      }
    }
  } // namespace

  LinearSolver::LinearSolver()
      : method("gmres"), preconditioner("boomeramg"), initial_guess("zero"),
        earlier(std::make_shared<SolutionSpace>())
  {
  }

  void LinearSolver::add_parameters(Parameters &prm)
  {
    Parameters::Section section(prm, "Solver");
    prm.add("Tolerance", control.tolerance,
            "A solution is accepted if ‖b − A x‖₂ / ‖b‖₂, computed afresh, is "
            "at most this.",
            std::numeric_limits<double>::min(), 1.);
    prm.add("Maximum iterations", control.max_iterations,
            "Give up after this many applications of the matrix.", 1);
    method.add_parameters(prm, "Method", "How linear systems are solved.", {},
                          "Methods");
    preconditioner.add_parameters(prm, "Preconditioner",
                                  "The approximate inverse that the method "
                                  "works with.",
                                  {}, "Preconditioners");
    initial_guess.add_parameters(prm, "Initial guess",
                                 "Where the iterations begin.", {},
                                 "Initial guesses");
    prm.add("Recycled solutions", n_solutions,
            "Directions in which earlier solutions lie that are kept to find "
            "the initial guess of the next; pays where few random numbers "
            "make a sample. 0 keeps none.",
            0, 1000);
    prm.add("Preconditioner update interval", update_interval,
            "Set up the preconditioner anew only for every n-th system.", 1);
  }

  void LinearSolver::check() const
  {
    method->check();
    if (method.name() == "direct" && !preconditioner->is_exact())
      throw BadInput("Method 'direct' needs a preconditioner that solves "
                     "exactly: choose 'lu' or 'cholesky' instead of '" +
                         preconditioner.name() + "'.",
                     preconditioner.entry());
  }

  void LinearSolver::check_matrix() const
  {
    if (method->needs_spd() && !matrix_is_spd)
      throw BadInput("Method '" + method.name() +
                         "' works only for symmetric positive definite "
                         "matrices, which this problem does not promise: "
                         "choose 'gmres' or 'gcrodr'.",
                     method.entry());
  }

  void LinearSolver::try_out(MPI_Comm comm, const bool is_spd)
  {
    constexpr PetscInt n_local = 6;
    MatHandle A;
    NODAL_PETSC(MatCreate(comm, A.put()));
    NODAL_PETSC(
        MatSetSizes(A, n_local, n_local, PETSC_DETERMINE, PETSC_DETERMINE));
    NODAL_PETSC(MatSetType(A, MATAIJ));
    NODAL_PETSC(MatSetUp(A));
    PetscInt begin = 0, end = 0, n = 0;
    NODAL_PETSC(MatGetOwnershipRange(A, &begin, &end));
    NODAL_PETSC(MatGetSize(A, &n, nullptr));
    for (PetscInt i = begin; i < end; ++i)
    {
      NODAL_PETSC(MatSetValue(A, i, i, 3, INSERT_VALUES));
      if (i > 0)
        NODAL_PETSC(MatSetValue(A, i, i - 1, -1, INSERT_VALUES));
      if (i + 1 < n)
        NODAL_PETSC(
            MatSetValue(A, i, i + 1, is_spd ? -1 : -0.5, INSERT_VALUES));
    }
    NODAL_PETSC(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
    if (is_spd)
      NODAL_PETSC(MatSetOption(A, MAT_SPD, PETSC_TRUE));
    // This one is nowhere.
    attach_coordinates(A, [] { return Coordinates(); });
    VecHandle x;
    NODAL_PETSC(MatCreateVecs(A, x.put(), nullptr));
    const VecHandle b = duplicate(x);
    NODAL_PETSC(VecSet(b, 1));
    solve(A, x, b, is_spd);
    n_solves = 0;
  }

  void LinearSolver::set_up(Mat A, const bool is_spd,
                            const RecycleSpace *const recycle, Mat P)
  {
    matrix_is_spd = is_spd;
    check_matrix();
    if (updates_preconditioner())
      try
      {
        const Mat source = P && method.name() != "direct" ? P : A;
        blame(preconditioner.entry(),
              [&]
              {
                preconditioner->recall(recycle, n_solutions +
                                                     method->n_recycled());
                preconditioner->update(source, is_spd);
              });
      }
      catch (const NumericalFailure &)
      {
        n_solves = 0;
        preconditioner->judge(SolveResult());
        throw;
      }
    ++n_solves;
  }

  SolveResult LinearSolver::solve(Mat A, Vec x, Vec b, const bool is_spd,
                                  RecycleSpace *recycle, Mat P)
  {
    try
    {
      set_up(A, is_spd, recycle, P);
    }
    catch (const NumericalFailure &failure)
    {
      SolveResult result;
      result.true_residual = relative_residual(A, x, b);
      result.message = failure.what();
      return result;
    }
    if (control.is_late(PetscObjectComm(reinterpret_cast<PetscObject>(A))))
      return SolveResult::abandon();
    return solve_again(A, x, b, recycle);
  }

  SolveResult LinearSolver::run_method(Mat A, Vec x, Vec b,
                                       RecycleSpace *const recycle)
  {
    SolveControl own = control;
    SolveResult result;
    unsigned int n_before = 0;
    try
    {
      own.patience = preconditioner->patience();
      result = method->solve(A, x, b, *preconditioner, own, recycle);
      if (result.converged() || result.status == SolveStatus::abandoned ||
          result.iterations >= control.max_iterations)
        return result;
      // It may have fallen back on the way, where patience was too short.
      const bool has_fallen_back =
          own.patience > 0 && preconditioner->patience() == 0;
      if (!has_fallen_back && !preconditioner->fall_back())
        return result;
      if (!std::isfinite(norm(x)))
        NODAL_PETSC(VecSet(x, 0));
      n_before = result.iterations;
      result.iterations = 0; // should the next one throw
      own.patience = 0;
      own.max_iterations -= n_before;
      result = method->solve(A, x, b, *preconditioner, own, recycle);
    }
    catch (const NumericalFailure &failure)
    {
      result.status = SolveStatus::breakdown;
      result.message = failure.what();
    }
    result.iterations += n_before;
    return result;
  }

  SolveResult LinearSolver::solve_again(Mat A, Vec x, Vec b,
                                        RecycleSpace *recycle)
  {
    check_matrix();
    SolveResult result;
    if (initial_guess.name() != "zero" && norm(x) == 0)
      blame(initial_guess.entry(),
            [&] { initial_guess->guess(A, b, matrix_is_spd, x); });
    const bool guesses = recycle && n_solutions > 0;
    if (guesses)
      earlier->improve(A, x, b, matrix_is_spd, *recycle, n_solutions);
    blame(method.entry(), [&] { result = run_method(A, x, b, recycle); });
    certify(result, relative_residual(A, x, b), control.tolerance);
    if (const auto *learned =
            dynamic_cast<const CountsFallbacks *>(&*preconditioner))
    {
      result.n_fallbacks = learned->n_fallbacks();
      MPI_Allreduce(MPI_IN_PLACE, &result.n_fallbacks, 1, MPI_UNSIGNED, MPI_SUM,
                    PetscObjectComm(reinterpret_cast<PetscObject>(A)));
    }
    preconditioner->judge(result);
    if (guesses && result.converged() && result.iterations > 0)
      earlier->keep(x, *recycle);
    return result;
  }
} // namespace nodal
