// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/krylov_solver.h>

namespace nodal
{
  std::string to_string(const SolveStatus status)
  {
    switch (status)
    {
    case SolveStatus::converged:
      return "converged";
    case SolveStatus::iteration_limit:
      return "iteration limit";
    case SolveStatus::stagnated:
      return "stagnated";
    case SolveStatus::breakdown:
      return "breakdown";
    case SolveStatus::not_a_number:
      return "not a number";
    }
    return "unknown";
  }
} // namespace nodal
