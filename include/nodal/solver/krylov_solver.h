// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_krylov_solver_h
#define nodal_solver_krylov_solver_h

#include <nodal/solver/operator.h>
#include <nodal/solver/recycle_space.h>

#include <limits>
#include <string>

namespace nodal
{
  enum class SolveStatus
  {
    converged,       ///< the true residual meets the tolerance
    iteration_limit, ///< more iterations are needed than allowed
    stagnated,       ///< further iterations do not reduce the residual
    breakdown,       ///< the method broke down (indefinite matrix, ...)
    not_a_number,    ///< NaN or infinity in the data or on the way
    abandoned        ///< SolveControl::deadline has passed
  };

  /// "converged", "iteration limit", ...
  std::string to_string(SolveStatus status);

  struct SolveResult
  {
    SolveStatus status = SolveStatus::breakdown;
    unsigned int iterations = 0; ///< applications of A in the iteration
    double true_residual = 0; ///< ‖b − A x‖₂ / ‖b‖₂, computed afresh
    std::string message;      ///< what went wrong, for the log

    /// Learned parts of the preconditioner that were replaced, on all ranks.
    unsigned int n_fallbacks = 0;

    /// Of a solve that was given up before its first residual.
    static SolveResult abandon()
    {
      SolveResult result;
      result.status = SolveStatus::abandoned;
      result.true_residual = std::numeric_limits<double>::quiet_NaN();
      result.message = "the time is used up";
      return result;
    }

    bool converged() const
    {
      return status == SolveStatus::converged;
    }
  };

  /// When to stop.
  struct SolveControl
  {
    double tolerance = 1e-8; ///< on ‖b − A x‖₂ / ‖b‖₂
    unsigned int max_iterations = 1000;

    /// When to give up, as a time of clock(); looked at before each cycle of a
    /// method and between assembly, set-up and solve.
    double deadline = std::numeric_limits<double>::infinity();

    /// Give up when the residual has not fallen to a tenth in so many
    /// iterations, as methods that take nonlinear preconditioners look at; 0:
    /// never.
    unsigned int patience = 0;

    /// Seconds since some time in the past.
    static double clock();

    /// True if the deadline has passed on rank 0 of @p comm. Collective.
    bool is_late(MPI_Comm comm) const;
  };

  /**
   * An iterative (or direct) method for A x = b.
   *
   * solve() starts from the content of @p x. It returns `converged` only if
   * the residual b − A x, computed anew at the end, meets the tolerance.
   * b = 0 gives x = 0; an x that is good enough gives 0 iterations. @p M has
   * been updated for A. @p recycle may be null; a method that does not recycle
   * leaves it alone. Throws BadInput if the method cannot work with
   * M.traits(): a method for linear M refuses a nonlinear one, CG an
   * indefinite one.
   */
  class KrylovSolver
  {
  public:
    virtual ~KrylovSolver() = default;

    static std::string kind()
    {
      return "krylov method";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /// Rules across parameters; throws BadInput.
    virtual void check() const
    {
    }

    virtual SolveResult solve(Mat A, Vec x, Vec b, const Preconditioner &M,
                              const SolveControl &control,
                              RecycleSpace *recycle) = 0;

    /// True for methods that work only if A (and M) are symmetric positive
    /// definite.
    virtual bool needs_spd() const
    {
      return false;
    }

    virtual bool uses_recycling() const
    {
      return false;
    }

    /// Columns of RecycleSpace::U that it leaves at most.
    virtual unsigned int n_recycled() const
    {
      return 0;
    }
  };
} // namespace nodal

#endif
