// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_deflation_h
#define nodal_solver_deflation_h

#include <nodal/solver/krylov_solver.h>

namespace nodal
{
  class LanczosRecord;

  /**
   * What deflated conjugate gradients need of a preconditioner that works with
   * a coarse space, of columns W, around another one, S. One without a coarse
   * space, of no columns, may know a faster way to iterate.
   */
  class Deflation
  {
  public:
    virtual ~Deflation() = default;

    /// @p x ← @p x + W E⁻¹ Wᵀ @p r and @p r ← @p r − A W E⁻¹ Wᵀ @p r, with
    /// E = Wᵀ A W: then Wᵀ @p r = 0.
    virtual void correct(Vec x, Vec r) const = 0;

    /// @p z ← (I − W E⁻¹ Wᵀ A) S @p r.
    virtual void apply_deflated(Vec r, Vec z) const = 0;

    /**
     * A faster way to iterate, where there is one, or else false.
     *
     * From a residual @p r of A x = b to which correct() has been applied:
     * improve @p x by at most @p n_most steps, until the norm of the residual
     * that the recurrences give is at most @p target. @p result has their
     * number, and `converged`, `iteration_limit`, or the status of a failure.
     * @p record, which may be null, gets the steps, and its result from them.
     */
    virtual bool iterate(Mat, Vec /*x*/, Vec /*r*/, double /*target*/,
                         unsigned int /*n_most*/, SolveResult & /*result*/,
                         LanczosRecord * /*record*/) const
    {
      return false;
    }
  };
} // namespace nodal

#endif
