// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_benchmarks_contest_h
#define nodal_benchmarks_contest_h

#include "table.h"

#include <functional>
#include <string>
#include <vector>

namespace nodal
{
  /// A way to solve a sequence of systems.
  struct Method
  {
    /// What it keeps from system to system. One that keeps a recycle space is
    /// not a classical rival, and runs unsorted and sorted.
    enum class Memory
    {
      none,
      preconditioner,
      space
    };

    std::string name;       ///< in the table
    std::string parameters; ///< of section Solver
    Memory memory = Memory::none;
    /// Preconditioned by the problem's matrix for that, where it has one.
    bool uses_preconditioner_matrix = true;
    /// Counts among those to whose best the others are compared, if it does not
    /// recycle.
    bool is_rival = true;
  };

  /// A family of systems and who competes on it.
  struct Case
  {
    std::string name;
    unsigned int dim = 2;
    std::string parameters; ///< mesh, problem and inputs
    std::vector<Method> methods;
    unsigned int n_samples = 12;
    /// Methods without memory need fewer: this many, spread over all.
    unsigned int n_classical = 12;
    /// Not zero: a sequence that changes little by little, from sample 0 to
    /// sample 1 and on: system k has the inputs of both with the weights of an
    /// angle of k times this, positive ones as powers. Nothing is sorted.
    double drift = 0;
    std::function<void()> prepare = {}; ///< called first, untimed
  };

  /**
   * Assemble one sample after the other and let every method solve it, in the
   * order of the numbers and again, for methods that recycle, in greedy order.
   * A method that fails on two samples in a row is not asked again. Prints the
   * table.
   */
  std::vector<BenchmarkRow> run_case(const Case &contest);

  /**
   * The program @p name: `name [--quick] [--case TEXT]` runs those of @p cases,
   * made for a quick run or a whole one, whose name contains the text, prints
   * their tables and writes name.csv.
   */
  int run_contest(const std::string &name, int argc, char *argv[],
                  std::vector<Case> (*cases)(bool is_quick));
} // namespace nodal

#endif
