// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_linear_solver_h
#define nodal_solver_linear_solver_h

#include <nodal/core/choice.h>
#include <nodal/solver/initial_guess.h>
#include <nodal/solver/krylov_solver.h>

#include <memory>

namespace nodal
{
  class SolutionSpace;

  /// ‖b − A x‖₂ / ‖b‖₂, or ‖b − A x‖₂ where b = 0. NaN if the data hold one.
  double relative_residual(Mat A, Vec x, Vec b);

  /// Set status and message of @p result by the true residual @p residual, and
  /// by nothing else.
  void certify(SolveResult &result, double residual, double tolerance);

  /**
   * The `Solver` section of a parameter file: a method and a preconditioner
   * by name, tolerance and limits, and the one place where a solution is
   * certified.
   */
  class LinearSolver
  {
  public:
    LinearSolver();

    /// Declares the entries of section `Solver` (the section is opened here).
    void add_parameters(Parameters &prm);

    void check() const;

    /// Throw BadInput if method and preconditioner do not go together, which
    /// shows when they solve a system; a tiny one is made for it. Collective
    /// over @p comm.
    void try_out(MPI_Comm comm, bool is_spd);

    /**
     * Set up the preconditioner for @p A and solve. The result's status is
     * `converged` only if relative_residual(A, x, b), computed here, is at
     * most the tolerance. @p is_spd is what the problem promises of A; a
     * method that needs it refuses others with BadInput. The preconditioner is
     * made from @p P where that is not null; method `direct` always
     * factorises A.
     */
    SolveResult solve(Mat A, Vec x, Vec b, bool is_spd,
                      RecycleSpace *recycle = nullptr, Mat P = nullptr);

    /// What solve() does first. Throws NumericalFailure if the preconditioner
    /// does not exist, after which the next set_up() makes it anew.
    void set_up(Mat A, bool is_spd, const RecycleSpace *recycle, Mat P);

    /// True if the next solve() sets up the preconditioner, and so reads P.
    bool updates_preconditioner() const
    {
      return n_solves % update_interval == 0;
    }

    /// The next solve() sets up the preconditioner, as its matrix has nothing
    /// to do with those before.
    void forget()
    {
      n_solves = 0;
    }

    /// What solve() does then, with the preconditioner as it was set up last.
    SolveResult solve_again(Mat A, Vec x, Vec b,
                            RecycleSpace *recycle = nullptr);

    Choice<KrylovSolver> method;
    Choice<Preconditioner> preconditioner;
    Choice<InitialGuess> initial_guess; ///< where x comes as zero
    SolveControl control;

    /// Set up the preconditioner anew only for every n-th system.
    unsigned int update_interval = 1;

    /// Dimension of the space of earlier solutions, in which the initial
    /// guess is sought.
    unsigned int n_solutions = 0;

  private:
    /// Refuse a matrix that the method is not made for.
    void check_matrix() const;

    /// The method, and if that fails, once more with what the preconditioner
    /// falls back to.
    SolveResult run_method(Mat A, Vec x, Vec b, RecycleSpace *recycle);

    std::shared_ptr<SolutionSpace> earlier; ///< solutions
    unsigned int n_solves = 0;
    bool matrix_is_spd = false;
  };
} // namespace nodal

#endif
