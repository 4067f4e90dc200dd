// SPDX-License-Identifier: LGPL-2.1-or-later
#include "imex_runge_kutta.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/statistics.h>

#include <cmath>
#include <utility>

namespace nodal
{
  ImexRungeKutta::ImexRungeKutta(ImexTableau tableau_)
      : tableau(std::move(tableau_))
  {
  }

  bool ImexRungeKutta::is_implicit() const
  {
    return tableau.implicit_part.back() != 0;
  }

  void ImexRungeKutta::start(EvolutionSystem &system_, LinearSolver &solver_,
                             const double h_)
  {
    system = &system_;
    solver = &solver_;
    h = h_;
    iterations = 0;
    if (system->is_algebraic() && (!is_implicit() || !tableau.weights.empty()))
      throw BadInput("The problem has algebraic equations, which explicit "
                     "methods cannot take: choose 'ars 222' or 'ars 443'.",
                     "Time/Stepper");
    Vec like = system->like();
    const unsigned int s = tableau.n_stages();
    linear.clear();
    nonlinear.clear();
    for (unsigned int i = 0; i < s; ++i)
    {
      linear.push_back(system->linear() ? duplicate(like) : VecHandle());
      nonlinear.push_back(duplicate(like));
    }
    stage = duplicate(like);
    begin = duplicate(like);
    rhs = duplicate(like);
    matrix.reset();
    transposed.reset();
    stages.clear();
    gradients.clear();
    if (system->linear() && is_implicit())
      make_matrix();
    if (Mat A = matrix ? Mat(matrix) : system->mass())
    {
      solver->forget();
      solver->set_up(A, system->is_spd() || A == system->mass(), nullptr,
                     nullptr);
    }
  }

  void ImexRungeKutta::make_matrix()
  {
    const double factor = -h * tableau.implicit_part.back();
    // The pattern of both, on all ranks.
    matrix = duplicate(system->linear());
    NODAL_PETSC(MatScale(matrix, factor));
    if (system->mass())
      NODAL_PETSC(
          MatAXPY(matrix, 1, system->mass(), DIFFERENT_NONZERO_PATTERN));
    else
      NODAL_PETSC(MatShift(matrix, 1));
  }

  void ImexRungeKutta::diverge(const double t)
  {
    throw NumericalFailure("The state is not finite after the step from time " +
                           to_text(t) + ": choose a smaller 'Time step'.");
  }

  void ImexRungeKutta::solve(const double t, Vec b, Vec y)
  {
    Mat A = matrix ? Mat(matrix) : system->mass();
    if (!A)
    {
      NODAL_PETSC(VecCopy(b, y));
      return;
    }
    const SolveResult result = solver->solve_again(A, y, b);
    iterations += result.iterations;
    if (result.status == SolveStatus::not_a_number)
      diverge(t);
    if (!result.converged())
      throw NumericalFailure("A linear system of a time step was not solved: " +
                             to_string(result.status) + ", true residual " +
                             to_text(result.true_residual, 3) + "; " +
                             result.message);
  }

  double ImexRungeKutta::share_of_nonlinear(const unsigned int i,
                                            const unsigned int j) const
  {
    return i == tableau.n_stages()
               ? tableau.weights[j]
               : tableau.explicit_part[i * tableau.n_stages() + j];
  }

  double ImexRungeKutta::share_of_linear(const unsigned int i,
                                         const unsigned int j) const
  {
    // Explicit methods take L as a part of N.
    return i == tableau.n_stages() || !is_implicit()
               ? share_of_nonlinear(i, j)
               : tableau.implicit_part[i * tableau.n_stages() + j];
  }

  void ImexRungeKutta::advance(const double t, Vec u, const bool keeps)
  {
    const unsigned int s = tableau.n_stages(),
                       n = tableau.weights.empty() ? s : s + 1;
    const bool has_linear = system->linear() != nullptr;
    system->apply_mass(u, begin);
    NODAL_PETSC(VecCopy(u, stage));
    for (unsigned int i = 0; i < n; ++i)
    {
      if (i > 0) // the first stage is u itself
      {
        NODAL_PETSC(VecCopy(begin, rhs));
        for (unsigned int j = 0; j < i; ++j)
        {
          const double of_linear = share_of_linear(i, j),
                       of_nonlinear = share_of_nonlinear(i, j);
          if (has_linear && of_linear != 0)
            NODAL_PETSC(VecAXPY(rhs, h * of_linear, linear[j]));
          if (of_nonlinear != 0)
            NODAL_PETSC(VecAXPY(rhs, h * of_nonlinear, nonlinear[j]));
        }
        solve(t, rhs, stage);
      }
      if (i + 1 == n)
        break; // this is the result
      if (keeps)
        NODAL_PETSC(VecCopy(stage, stages[i]));
      if (has_linear)
        NODAL_PETSC(MatMult(system->linear(), stage, linear[i]));
      system->nonlinear(t + h * tableau.times[i], stage, nonlinear[i]);
    }
    double size = 0;
    NODAL_PETSC(VecNorm(stage, NORM_2, &size));
    if (!std::isfinite(size))
      diverge(t);
  }

  void ImexRungeKutta::step(const double t, Vec u)
  {
    advance(t, u, false);
    NODAL_PETSC(VecCopy(stage, u));
  }

  void ImexRungeKutta::solve_transposed(Vec b, Vec y)
  {
    Mat A = matrix ? Mat(matrix) : system->mass();
    if (!A)
    {
      NODAL_PETSC(VecCopy(b, y));
      return;
    }
    if (A == system->mass() || system->is_spd())
    {
      NODAL_PETSC(VecSet(y, 0));
      const SolveResult result = solver->solve_again(A, y, b);
      if (!result.converged())
        throw NumericalFailure(
            "A linear system of a gradient was not solved: " +
            to_string(result.status) + "; " + result.message);
      return;
    }
    if (!transposed)
    {
      NODAL_PETSC(KSPCreate(PetscObjectComm(reinterpret_cast<PetscObject>(A)),
                            transposed.put()));
      NODAL_PETSC(KSPSetOperators(transposed, A, A));
      NODAL_PETSC(KSPSetType(transposed, KSPPREONLY));
      PC factors = nullptr;
      NODAL_PETSC(KSPGetPC(transposed, &factors));
      NODAL_PETSC(PCSetType(factors, PCLU));
      NODAL_PETSC(PCFactorSetMatSolverType(
          factors, n_ranks(reinterpret_cast<PetscObject>(A)) > 1
                       ? MATSOLVERMUMPS
                       : MATSOLVERUMFPACK));
    }
    NODAL_PETSC(KSPSolveTranspose(transposed, b, y));
    KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
    NODAL_PETSC(KSPGetConvergedReason(transposed, &reason));
    if (reason <= 0)
      throw NumericalFailure("A linear system of a gradient was not solved.");
  }

  void ImexRungeKutta::step_transposed(const double t, Vec u, Vec lambda,
                                       Vec of_load)
  {
    const unsigned int s = tableau.n_stages(),
                       n = tableau.weights.empty() ? s : s + 1;
    if (stages.empty())
      for (unsigned int i = 0; i < n; ++i)
      {
        stages.push_back(duplicate(system->like()));
        gradients.push_back(duplicate(system->like()));
      }
    advance(t, u, true);
    NODAL_PETSC(VecSet(of_load, 0));
    NODAL_PETSC(VecSet(begin, 0)); // of M u
    // gradients[i] is what solve_transposed() makes of the gradient with
    // respect to stage i, from the last one to the first.
    for (unsigned int i = n; i-- > 0;)
    {
      if (i + 1 == n)
        NODAL_PETSC(VecCopy(lambda, stage));
      else
      {
        NODAL_PETSC(VecSet(stage, 0));
        NODAL_PETSC(VecSet(rhs, 0));
        for (unsigned int k = i + 1; k < n; ++k)
          NODAL_PETSC(VecAXPY(rhs, h * share_of_nonlinear(k, i), gradients[k]));
        NODAL_PETSC(VecAXPY(of_load, 1, rhs));
        system->nonlinear_transposed(t + h * tableau.times[i], stages[i], rhs,
                                     stage);
        if (system->linear())
        {
          NODAL_PETSC(VecSet(rhs, 0));
          for (unsigned int k = i + 1; k < n; ++k)
            NODAL_PETSC(VecAXPY(rhs, h * share_of_linear(k, i), gradients[k]));
          NODAL_PETSC(MatMultTransposeAdd(system->linear(), rhs, stage, stage));
        }
      }
      if (i == 0)
        break;
      solve_transposed(stage, gradients[i]);
      NODAL_PETSC(VecAXPY(begin, 1, gradients[i]));
    }
    if (system->mass())
      NODAL_PETSC(MatMultTransposeAdd(system->mass(), begin, stage, lambda));
    else
      NODAL_PETSC(VecWAXPY(lambda, 1, begin, stage));
  }
} // namespace nodal
