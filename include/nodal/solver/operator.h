// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_operator_h
#define nodal_solver_operator_h

#include <nodal/core/parameters.h>
#include <nodal/core/petsc.h>
#include <nodal/core/registry.h>

namespace nodal
{
  /// What is known of an operator before it is applied.
  struct OperatorTraits
  {
    bool is_linear = true;
    bool is_spd = false; ///< symmetric and positive definite
  };

  /// A map from vectors to vectors: a matrix, a preconditioner, a network.
  class Operator
  {
  public:
    virtual ~Operator() = default;

    /// y = A x. @p x and @p y are different vectors of the same layout.
    virtual void apply(Vec x, Vec y) const = 0;

    virtual OperatorTraits traits() const = 0;
  };

  class Deflation;
  class RecycleSpace;
  struct SolveResult;

  /**
   * An approximate inverse, applied as y ≈ A⁻¹ x.
   *
   * update() is called when the matrix changed, in values or as a whole, and
   * before the first apply().
   */
  class Preconditioner : public Operator
  {
  public:
    static std::string kind()
    {
      return "preconditioner";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /// Make the preconditioner for @p A. @p is_spd says what is known of A.
    /// Throws NumericalFailure if it does not exist (zero pivot, ...).
    virtual void update(Mat A, bool is_spd) = 0;

    /// Before an update(): what earlier solves of the sequence have left, which
    /// may be null, and how many vectors are kept at most. Without a call,
    /// there is no sequence.
    virtual void recall(const RecycleSpace *, unsigned int /*n_kept*/)
    {
    }

    /// After a solve, or a set-up that failed: how that went.
    virtual void judge(const SolveResult &)
    {
    }

    /// Iterations for which a method shall go on while the residual does not
    /// fall to a tenth; 0: any number.
    virtual unsigned int patience() const
    {
      return 0;
    }

    /// After a solve that has not converged: true if from now on to the next
    /// update() another approximate inverse is applied, so that going on is
    /// worth it. Collective.
    virtual bool fall_back()
    {
      return false;
    }

    /// Before the first update(): it works inside another preconditioner, so
    /// that options of PETSc's command line do not mean it.
    virtual void ignore_run_time_options()
    {
    }

    /// No update() comes any more: free what only that needs.
    virtual void finish()
    {
    }

    /// True if apply() solves to rounding: a factorisation.
    virtual bool is_exact() const
    {
      return false;
    }

    /// What deflated conjugate gradients for @p A can make use of, or null: so
    /// it is where update() was called for another matrix than A, or for A with
    /// other entries. Collective.
    virtual const Deflation *deflation(Mat /*A*/) const
    {
      return nullptr;
    }

    /// The PETSc object that does the work, or null. A PETSc Krylov method
    /// takes it as it is, so that PETSc's run-time options reach it.
    virtual PC petsc() const
    {
      return nullptr;
    }
  };
} // namespace nodal

#endif
