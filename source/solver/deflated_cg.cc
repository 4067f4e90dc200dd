// SPDX-License-Identifier: LGPL-2.1-or-later
#include "krylov_tools.h"

#include <cmath>

namespace nodal
{
  namespace
  {
    /**
     * Conjugate gradients in the A-orthogonal complement of the coarse space
     * of the preconditioner (Nicolaides, SIAM J. Numer. Anal. 24, 1987; Saad,
     * Yeung, Erhel, Guyomarc'h, SIAM J. Sci. Comput. 21, 2000): the steps are
     * those of conjugate gradients with the balancing preconditioner, for half
     * of its work in the coarse space. The residual is made orthogonal to the
     * space at the start, and again whenever it has been computed afresh.
     * Without a coarse space they are conjugate gradients.
     */
    class DeflatedCg : public KrylovSolver
    {
    public:
      SolveResult solve(Mat A, Vec x, Vec b, const Preconditioner &M,
                        const SolveControl &control, RecycleSpace *) override
      {
        require_spd(M, "deflated cg");
        const VecHandle r = duplicate(b);
        Progress progress(A, x, b, r, control);
        bool is_first = true;
        while (progress.go_on())
        {
          if (is_first)
          {
            z = duplicate(x);
            p = duplicate(x);
            w = duplicate(x);
          }
          is_first = false;
          iterate(A, x, r, M, progress);
        }
        return progress.result;
      }

      bool needs_spd() const override
      {
        return true;
      }

    private:
      /// z from r, rᵀz and ‖r‖, in one reduction.
      void precondition(const Preconditioner &M, Vec r, double &rz,
                        double &r_norm) const
      {
        if (M.deflation())
          M.deflation()->apply_deflated(r, z);
        else
          M.apply(r, z);
        NODAL_PETSC(VecDotBegin(r, z, &rz));
        NODAL_PETSC(VecNormBegin(r, NORM_2, &r_norm));
        NODAL_PETSC(VecDotEnd(r, z, &rz));
        NODAL_PETSC(VecNormEnd(r, NORM_2, &r_norm));
      }

      /// Iterate until the recurrence meets the target, or failure.
      void iterate(Mat A, Vec x, Vec r, const Preconditioner &M,
                   Progress &progress) const
      {
        if (M.deflation())
          M.deflation()->correct(x, r);
        const unsigned int n_left = progress.remaining();
        double rz = 0, r_norm = 0;
        precondition(M, r, rz, r_norm);
        // The correction has done all of a cycle's work.
        if (r_norm <= progress.target())
          ++progress.result.iterations;
        NODAL_PETSC(VecCopy(z, p));
        for (unsigned int step = 0;
             step < n_left && !(r_norm <= progress.target()); ++step)
        {
          NODAL_PETSC(MatMult(A, p, w));
          ++progress.result.iterations;
          double energy = 0;
          NODAL_PETSC(VecDot(p, w, &energy));
          if (!(rz > 0) || !(energy > 0) || !std::isfinite(rz / energy))
          {
            const bool is_finite = std::isfinite(rz) && std::isfinite(energy);
            progress.fail(is_finite ? SolveStatus::breakdown
                                    : SolveStatus::not_a_number,
                          !is_finite ? "a number is infinite or undefined"
                          : rz <= 0  ? "the preconditioner is not positive "
                                       "definite"
                                     : "the matrix is not positive definite");
            return;
          }
          const double length = rz / energy, before = rz;
          NODAL_PETSC(VecAXPY(x, length, p));
          NODAL_PETSC(VecAXPY(r, -length, w));
          precondition(M, r, rz, r_norm);
          NODAL_PETSC(VecAYPX(p, rz / before, z));
        }
      }

      VecHandle z, p, w; ///< work space
    };
  } // namespace

  NODAL_REGISTER(KrylovSolver, DeflatedCg, "deflated cg",
                 "conjugate gradients that leave the coarse space of the "
                 "preconditioner out, half the work of 'cg' there")
} // namespace nodal
