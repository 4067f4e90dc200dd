// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_krylov_tools_h
#define nodal_source_solver_krylov_tools_h

#include <nodal/solver/krylov_solver.h>

#include <limits>

namespace nodal
{
  /// ‖x‖₂
  double norm(Vec x);

  /// r = b − A x
  void residual(Mat A, Vec x, Vec b, Vec r);

  /// Tells when a residual has not fallen to a tenth for too many iterations.
  class Patience
  {
  public:
    /// @p n_iterations is 0 for one that never ends.
    explicit Patience(const unsigned int n_iterations)
        : n_iterations(n_iterations)
    {
    }

    /// @p size is a norm of the residual after so many iterations.
    bool is_over(const unsigned int iteration, const double size)
    {
      if (size < 0.1 * last_size)
      {
        last_size = size;
        last_iteration = iteration;
      }
      return n_iterations > 0 && iteration - last_iteration >= n_iterations;
    }

    /// What there is to say then.
    std::string message() const
    {
      return "the residual has not fallen to a tenth in " +
             std::to_string(n_iterations) + " iterations";
    }

  private:
    unsigned int n_iterations, last_iteration = 0;
    double last_size = std::numeric_limits<double>::infinity();
  };

  /**
   * What every method does before, between and after its iterations: the
   * residual computed afresh, and what follows from it.
   */
  class Progress
  {
  public:
    /// @p r receives the residual whenever it is computed.
    Progress(Mat A, Vec x, Vec b, Vec r, const SolveControl &control);

    /**
     * Compute the residual r = b − A x. Returns false if the solve is over:
     * the tolerance is met, the iterations are used up, the residual is not a
     * number, or the residual has stopped to fall since the call before.
     */
    bool go_on();

    /// End the solve with @p status at the next go_on(), unless it finds the
    /// tolerance met.
    void fail(SolveStatus status, const std::string &message);

    /// ‖b − A x‖₂ of the last call of go_on().
    double residual_norm() const
    {
      return r_norm;
    }

    /**
     * The residual norm at which the iterations should stop now. A little
     * below the tolerance, because the recurrences drift; and not further
     * below the present residual than rounding allows.
     */
    double target() const;

    /// Iterations that are left.
    unsigned int remaining() const;

    SolveResult result;

  private:
    Mat A;
    Vec x, b, r;
    const SolveControl &control;
    double b_norm = 0, r_norm = 0;
    unsigned int n_calls = 0, n_stagnant = 0;
    Patience patience;
    bool has_failed = false;
  };

  /**
   * Tells when deflated iterations are lost: rounding brings parts of the
   * coarse space back that no step takes out again, and where E is of bad
   * condition the residual stops to fall before it meets the target. So it is
   * thought if it has not halved for two hundred steps and as many as until
   * then.
   */
  class Stall
  {
  public:
    /// @p size is a norm of the present step's residual.
    bool is_seen(const double size)
    {
      ++n_steps;
      if (size < 0.5 * best)
      {
        best = size;
        best_step = n_steps;
      }
      return n_steps > 2 * best_step + 200;
    }

  private:
    double best = std::numeric_limits<double>::infinity();
    unsigned int n_steps = 0, best_step = 0;
  };

  /// Throws BadInput if @p M is nonlinear, in the name of @p method.
  void require_linear(const Preconditioner &M, const std::string &method);

  /// Throws BadInput if @p M is not linear and SPD, in the name of @p method.
  void require_spd(const Preconditioner &M, const std::string &method);
} // namespace nodal

#endif
