// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/krylov_solver.h>

#include <chrono>
#include <cmath>

namespace nodal
{
  double SolveControl::clock()
  {
    return std::chrono::duration<double>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

  bool SolveControl::is_late(MPI_Comm comm) const
  {
    int result = clock() > deadline;
    if (std::isfinite(deadline))
      MPI_Bcast(&result, 1, MPI_INT, 0, comm);
    return result != 0;
  }

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
    case SolveStatus::abandoned:
      return "abandoned";
    case SolveStatus::breakdown:
      return "breakdown";
    case SolveStatus::not_a_number:
      return "not a number";
    }
    return "unknown";
  }
} // namespace nodal
