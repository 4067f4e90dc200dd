// SPDX-License-Identifier: LGPL-2.1-or-later
#include "krylov_tools.h"

#include <nodal/core/exceptions.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  double norm(Vec x)
  {
    double result = 0;
    NODAL_PETSC(VecNorm(x, NORM_2, &result));
    return result;
  }

  void residual(Mat A, Vec x, Vec b, Vec r)
  {
    NODAL_PETSC(MatMult(A, x, r));
    NODAL_PETSC(VecAYPX(r, -1., b));
  }

  Progress::Progress(Mat A, Vec x, Vec b, Vec r, const SolveControl &control)
      : A(A), x(x), b(b), r(r), control(control), patience(control.patience)
  {
    b_norm = norm(b);
    if (b_norm == 0)
      NODAL_PETSC(VecSet(x, 0.));
  }

  bool Progress::go_on()
  {
    const double before = r_norm;
    if (n_calls == 0 && norm(x) == 0)
      NODAL_PETSC(VecCopy(b, r));
    else
      residual(A, x, b, r);
    r_norm = norm(r);
    result.true_residual = b_norm == 0 ? r_norm : r_norm / b_norm;
    if (!std::isfinite(r_norm) || !std::isfinite(b_norm))
    {
      fail(SolveStatus::not_a_number, "the residual is not a number");
      return false;
    }
    if (result.true_residual <= control.tolerance)
    {
      result.status = SolveStatus::converged;
      result.message.clear();
      return false;
    }
    if (result.iterations >= control.max_iterations)
    {
      fail(SolveStatus::iteration_limit, "the iterations are used up");
      return false;
    }
    if (has_failed)
      return false;
    if (control.is_late(PetscObjectComm(reinterpret_cast<PetscObject>(A))))
    {
      fail(SolveStatus::abandoned, "the time is used up");
      return false;
    }
    if (patience.is_over(result.iterations, r_norm))
    {
      fail(SolveStatus::stagnated, patience.message());
      return false;
    }
    // Far from rounding, a method may need many cycles to get going.
    const unsigned int most_stagnant = result.true_residual < 1e-9 ? 2 : 12;
    const bool falls = n_calls++ == 0 || r_norm < 0.999 * before;
    n_stagnant = falls ? 0 : n_stagnant + 1;
    if (n_stagnant >= most_stagnant)
      fail(SolveStatus::stagnated, "the residual does not fall any more");
    return !has_failed;
  }

  void Progress::fail(const SolveStatus status, const std::string &message)
  {
    result.status = status;
    result.message = message;
    has_failed = true;
  }

  double Progress::target() const
  {
    return std::max(0.95 * control.tolerance * b_norm, 1e-12 * r_norm);
  }

  unsigned int Progress::remaining() const
  {
    return control.max_iterations -
           std::min(result.iterations, control.max_iterations);
  }

  void require_linear(const Preconditioner &M, const std::string &method)
  {
    if (!M.traits().is_linear)
      throw BadInput("Method '" + method +
                     "' needs a linear preconditioner, and this one is not: "
                     "choose a flexible method: 'fcg', 'fgmres', or "
                     "'gcrodr' with Side = flexible.");
  }

  void require_spd(const Preconditioner &M, const std::string &method)
  {
    require_linear(M, method);
    if (!M.traits().is_spd)
      throw BadInput("Method '" + method +
                     "' needs a symmetric positive definite preconditioner, "
                     "and this one is not for this matrix: choose 'jacobi', "
                     "'icc' or 'boomeramg', or method 'gmres'.");
  }
} // namespace nodal
