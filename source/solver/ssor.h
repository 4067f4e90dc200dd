// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_ssor_h
#define nodal_source_solver_ssor_h

#include "coarse_space.h"
#include "triangular_sweep.h"

#include <nodal/solver/deflation.h>

#include <vector>

namespace nodal
{
  /**
   * Symmetric successive over-relaxation: M = (D/ω + L) (D/ω)⁻¹ (D/ω + L)ᵀ,
   * where A = L + D + Lᵀ on the block of each rank.
   *
   * As the triangles are those of A, conjugate gradients need no product with
   * A besides the two sweeps (Eisenstat, SIAM J. Sci. Stat. Comput. 2, 1981):
   * in variables in which D = ω I, with K = I + L,
   *
   *     K⁻¹ A p = p + K⁻¹ (Kᵀ p − (2 − ω) p).
   *
   * Around a coarse space it is as good as an incomplete factorisation, which
   * costs more to make and to apply.
   */
  class Ssor : public Preconditioner, public Deflation
  {
  public:
    void add_parameters(Parameters &prm) override;
    void update(Mat A, bool is_spd) override;
    void apply(Vec x, Vec y) const override;
    OperatorTraits traits() const override;

    const Deflation *deflation(Mat A) const override
    {
      return version.is_of(A) ? this : nullptr;
    }

    // Without a coarse space.
    void correct(Vec x, Vec r) const override;
    void apply_deflated(Vec r, Vec z) const override;
    bool iterate(Mat A, Vec x, Vec r, double target, unsigned int n_most,
                 SolveResult &result, LanczosRecord *record) const override;

    /**
     * Deflated conjugate gradients for A d = @p r from zero, with @p space,
     * which may be null, to which @p r is orthogonal: add d to @p x and stop
     * when the residual's norm is at most @p target, or after @p n_most steps.
     * Status and iterations of the result are set; its status says `converged`
     * if the recurrence has met the target. @p record may be null. Collective.
     */
    SolveResult iterate_with(const CoarseSpace *space, Mat A, Vec x, Vec r,
                             double target, unsigned int n_most,
                             LanczosRecord *record) const;

  private:
    class Iteration;

    void order();
    /// False if the diagonal is not positive, or an entry not finite.
    bool fill(const LocalRows &A);

    double relaxation = 1.25; ///< ω

    MatVersion version; ///< of the matrix
    LowerPattern pattern;
    std::vector<double> factor;           ///< (D/ω)^{-1/2}, by rows
    TriangularSweep<double> lower, upper; ///< N = −L and its transpose

    /// By places of the lower sweep; the last one, zero, where it is filled up.
    std::vector<int> place_in_upper;
    std::vector<double> inverse_factor; ///< 0 where filled up
    mutable std::vector<double> lower_result, upper_result;
  };
} // namespace nodal

#endif
