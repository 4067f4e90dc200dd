// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_initial_guess_h
#define nodal_solver_initial_guess_h

#include <nodal/core/parameters.h>
#include <nodal/core/petsc.h>

#include <string>

namespace nodal
{
  /// Where the solution of a linear system is expected before it is solved.
  class InitialGuess
  {
  public:
    virtual ~InitialGuess() = default;

    static std::string kind()
    {
      return "initial guess";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /// Set @p x, which is zero, to something nearer to the solution of A x = b,
    /// in the energy norm if A is symmetric positive definite, or else by its
    /// residual. Collective. Throws BadInput if that is not possible for @p A.
    virtual void guess(Mat A, Vec b, bool is_spd, Vec x) = 0;
  };
} // namespace nodal

#endif
