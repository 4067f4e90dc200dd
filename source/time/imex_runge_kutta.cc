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

  void ImexRungeKutta::step(const double t, Vec u)
  {
    const unsigned int s = tableau.n_stages();
    const bool has_linear = system->linear() != nullptr;
    if (system->mass())
      NODAL_PETSC(MatMult(system->mass(), u, begin));
    else
      NODAL_PETSC(VecCopy(u, begin));
    NODAL_PETSC(VecCopy(u, stage));
    const auto add = [&](const double implicit_share,
                         const double explicit_share, const unsigned int j)
    {
      // Explicit methods take L as a part of N.
      const double of_linear = is_implicit() ? implicit_share : explicit_share;
      if (has_linear && of_linear != 0)
        NODAL_PETSC(VecAXPY(rhs, h * of_linear, linear[j]));
      if (explicit_share != 0)
        NODAL_PETSC(VecAXPY(rhs, h * explicit_share, nonlinear[j]));
    };
    for (unsigned int i = 0; i < s; ++i)
    {
      if (i > 0) // the first stage is u itself
      {
        NODAL_PETSC(VecCopy(begin, rhs));
        for (unsigned int j = 0; j < i; ++j)
          add(tableau.implicit_part[i * s + j],
              tableau.explicit_part[i * s + j], j);
        solve(t, rhs, stage);
      }
      if (i + 1 == s && tableau.weights.empty())
        break; // this is the result
      if (has_linear)
        NODAL_PETSC(MatMult(system->linear(), stage, linear[i]));
      system->nonlinear(t + h * tableau.times[i], stage, nonlinear[i]);
    }
    if (!tableau.weights.empty())
    {
      NODAL_PETSC(VecCopy(begin, rhs));
      for (unsigned int j = 0; j < s; ++j)
        add(tableau.weights[j], tableau.weights[j], j);
      solve(t, rhs, stage);
    }
    double size = 0;
    NODAL_PETSC(VecNorm(stage, NORM_2, &size));
    if (!std::isfinite(size))
      diverge(t);
    NODAL_PETSC(VecCopy(stage, u));
  }
} // namespace nodal
