// SPDX-License-Identifier: LGPL-2.1-or-later
#include "krylov_tools.h"
#include "lanczos_record.h"

#include <nodal/core/vector_values.h>
#include <nodal/solver/deflation.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

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
     * Without a coarse space, with a preconditioner of another matrix, as one
     * that is kept from system to system, or where rounding spoils
     * deflation, they are conjugate gradients.
     */
    class DeflatedCg : public KrylovSolver
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Ritz vectors", n_ritz,
                "Directions in which solves have been slowest, kept from the "
                "first steps of the last ones (a quarter of these from each) "
                "for columns 'recycled' of preconditioner 'two level'. 0 keeps "
                "none.",
                0, 100);
      }

      SolveResult solve(Mat A, Vec x, Vec b, const Preconditioner &M,
                        const SolveControl &control,
                        RecycleSpace *const recycle) override
      {
        require_spd(M, "deflated cg");
        const VecHandle r = duplicate(b);
        Progress progress(A, x, b, r, control);
        z.reset();
        deflates = true;
        record.reset();
        if (recycle && n_ritz > 0)
          record =
              std::make_unique<LanczosRecord>((n_ritz + 3) / 4, n_recorded);
        // What two cycles leave is rounding in the coarse space.
        for (unsigned int cycle = 0; progress.go_on(); ++cycle)
        {
          deflates = deflates && cycle < 2;
          iterate(A, x, r, M, progress);
          // Later ones are about rounding.
          if (record)
            keep(record->result, x, *recycle);
          record.reset();
        }
        return progress.result;
      }

      bool uses_recycling() const override
      {
        return n_ritz > 0;
      }

      unsigned int n_recycled() const override
      {
        return n_ritz;
      }

      bool needs_spd() const override
      {
        return true;
      }

    private:
      /// Steps of a solve that Ritz vectors are made of.
      static constexpr unsigned int n_recorded = 60;

      /// Put @p vectors before those of @p recycle, as many as shall be kept.
      void keep(const std::vector<std::vector<double>> &vectors, Vec like,
                RecycleSpace &recycle) const
      {
        std::vector<VecHandle> all;
        for (const std::vector<double> &vector : vectors)
        {
          all.push_back(duplicate(like));
          std::copy(vector.begin(), vector.end(), +WriteValues(all.back()));
        }
        for (VecHandle &u : recycle.U)
          if (all.size() < n_ritz)
            all.push_back(std::move(u));
        recycle.U = std::move(all);
        recycle.gram.clear();
      }

      /// z from r, rᵀz and ‖r‖, in one reduction.
      void precondition(const Preconditioner &M, Vec r, double &rz,
                        double &r_norm) const
      {
        if (deflation)
          deflation->apply_deflated(r, z);
        else
          M.apply(r, z);
        NODAL_PETSC(VecDotBegin(r, z, &rz));
        NODAL_PETSC(VecNormBegin(r, NORM_2, &r_norm));
        NODAL_PETSC(VecDotEnd(r, z, &rz));
        NODAL_PETSC(VecNormEnd(r, NORM_2, &r_norm));
      }

      static void judge(const SolveStatus status, const double rz,
                        Progress &progress)
      {
        if (status == SolveStatus::not_a_number)
          progress.fail(status, "a number is infinite or undefined");
        else if (status == SolveStatus::breakdown)
          progress.fail(status, rz <= 0
                                    ? "the preconditioner is not positive "
                                      "definite"
                                    : "the matrix is not positive definite");
      }

      /// True if @p status may be the fault of deflation, as in Stall: the
      /// balancing form, which takes parts of the coarse space out in each
      /// step, is used for the rest.
      bool gives_up_deflation(const SolveStatus status)
      {
        if (!deflation || status != SolveStatus::breakdown)
          return false;
        deflates = false;
        return true;
      }

      /// Iterate until the recurrence meets the target, or failure.
      void iterate(Mat A, Vec x, Vec r, const Preconditioner &M,
                   Progress &progress)
      {
        const unsigned int n_left = progress.remaining();
        const double target = progress.target();
        SolveResult steps;
        bool is_done = false;
        deflation = deflates ? M.deflation(A) : nullptr;
        if (deflation)
        {
          deflation->correct(x, r);
          is_done =
              deflation->iterate(A, x, r, target, n_left, steps, record.get());
        }
        if (is_done && !gives_up_deflation(steps.status))
          judge(steps.status, 1, progress);
        else if (!is_done)
          steps.iterations = iterate_here(A, x, r, M, target, n_left, progress);
        // The correction may have done all of a cycle's work.
        progress.result.iterations += std::max(steps.iterations, 1u);
      }

      unsigned int iterate_here(Mat A, Vec x, Vec r, const Preconditioner &M,
                                const double target, const unsigned int n_most,
                                Progress &progress)
      {
        if (!z)
        {
          z = duplicate(x);
          p = duplicate(x);
          w = duplicate(x);
        }
        double rz = 0, r_norm = 0;
        precondition(M, r, rz, r_norm);
        NODAL_PETSC(VecCopy(z, p));
        unsigned int n_steps = 0;
        Stall stall;
        while (n_steps < n_most && !(r_norm <= target))
        {
          if (deflation && stall.is_seen(r_norm))
          {
            deflates = false;
            break;
          }
          NODAL_PETSC(MatMult(A, p, w));
          ++n_steps;
          double energy = 0;
          NODAL_PETSC(VecDot(p, w, &energy));
          if (!(rz > 0) || !(energy > 0) || !std::isfinite(rz / energy))
          {
            const bool is_finite = std::isfinite(rz) && std::isfinite(energy);
            const SolveStatus status =
                is_finite ? SolveStatus::breakdown : SolveStatus::not_a_number;
            if (!gives_up_deflation(status))
              judge(status, rz, progress);
            break;
          }
          const double length = rz / energy, before = rz;
          if (record)
          {
            PetscInt n = 0;
            NODAL_PETSC(VecGetLocalSize(z, &n));
            record->add(ReadValues(z), n, rz, length);
          }
          NODAL_PETSC(VecAXPY(x, length, p));
          NODAL_PETSC(VecAXPY(r, -length, w));
          precondition(M, r, rz, r_norm);
          NODAL_PETSC(VecAYPX(p, rz / before, z));
        }
        if (record)
          record->result = record->ritz_vectors();
        return n_steps;
      }

      const Deflation *deflation = nullptr;  ///< of the present cycle
      bool deflates = true;                  ///< in the present solve
      std::unique_ptr<LanczosRecord> record; ///< of the first cycle, or none
      unsigned int n_ritz = 0;
      VecHandle z, p, w; ///< work space
    };
  } // namespace

  NODAL_REGISTER(KrylovSolver, DeflatedCg, "deflated cg",
                 "conjugate gradients that leave the coarse space of the "
                 "preconditioner out, half the work of 'cg' there; with 'ssor' "
                 "they need no product with the matrix")
} // namespace nodal
