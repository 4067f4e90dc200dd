// SPDX-License-Identifier: LGPL-2.1-or-later
#include "coarse_space.h"
#include "ssor.h"

#include <nodal/core/choice.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/solver/aggregates.h>
#include <nodal/solver/coarse_basis.h>
#include <nodal/solver/deflation.h>
#include <nodal/solver/fallbacks.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace nodal
{
  namespace
  {
    /**
     * A coarse space of columns on aggregates around a simple preconditioner S:
     * the balancing form of deflation,
     *
     *   M = Pᵀ S P + W E⁻¹ Wᵀ,  P = I − A W E⁻¹ Wᵀ,  E = Wᵀ A W
     *
     * (Mandel, Comm. Numer. Meth. Engng 9, 1993; BNN in Tang, Nabben, Vuik,
     * Erlangga, J. Sci. Comput. 39, 2009). With it, conjugate gradients take
     * the steps of deflated ones from any initial guess, and M is symmetric and
     * positive definite. One application is one of S, two solutions with E and
     * two products with A W, which for constant columns has entries at the rims
     * of aggregates alone. Method "deflated cg" needs half of that.
     */
    class TwoLevel : public Preconditioner,
                     public Deflation,
                     public CountsFallbacks
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Aggregate size", size,
                "Unknowns of an aggregate; 0: 45, or 80 where rows have more "
                "than eight entries on average, and twice as many with more "
                "columns than 'constant'.",
                0, 100000);
        prm.add(
            "Threshold", threshold,
            "Couplings below this share of the strongest one of a row, or of a "
            "set of rows, are weak: aggregates do not grow along them.",
            0., 1.);
        basis.add_parameters(prm, "Columns",
                             "'constant': one on each aggregate, or what is "
                             "near the null space; 'smoothed': that after one "
                             "step of damped Jacobi; others are columns in "
                             "addition.",
                             {"constant", "smoothed"});
        prm.add("Smoother", smoother_name,
                "What is deflated, with its defaults. With 'ssor', method "
                "'deflated cg' needs no product with the matrix.",
                {"ssor", "ic0", "icc", "sor", "jacobi"});
      }

      void update(Mat A, const bool is_spd) override
      {
        if (!is_spd)
          throw BadInput("Preconditioner 'two level' needs a symmetric "
                         "positive definite matrix: choose 'ilu' or 'lu'.");
        if (!smoother)
        {
          smoother = Registry<Preconditioner>::create(smoother_name);
          smoother->ignore_run_time_options();
        }
        space.reset();
        version = MatVersion(A);
        smoother->update(A, is_spd);
        const AggregateColumns W = columns_for(A);
        space = std::make_unique<CoarseSpace>(
            A, basis.name() == "smoothed"
                   ? CoarseImages(A, smoothed(as_matrix(W, A), A))
                   : CoarseImages(A, W));
        NODAL_PETSC(MatCreateVecs(A, residual.put(), nullptr));
      }

      void recall(const RecycleSpace *const space_of_sequence,
                  const unsigned int n_kept) override
      {
        recycle = space_of_sequence;
        n_recycled = n_kept;
      }

      void judge(const SolveResult &result) override
      {
        if (basis.has_object())
          basis->judge(result);
      }

      unsigned int n_fallbacks() const override
      {
        return basis.has_object() ? basis->n_fallbacks() : 0;
      }

      void finish() override
      {
        if (smoother)
          smoother->finish();
      }

      void apply(Vec x, Vec y) const override
      {
        if (space->size() == 0)
        {
          smoother->apply(x, y);
          return;
        }
        double *values = nullptr;
        NODAL_PETSC(VecCopy(x, residual));
        NODAL_PETSC(VecGetArray(residual, &values));
        space->restrict_to(values, load);
        coarse = load;
        space->solve(coarse);
        space->subtract_images(coarse, values);
        NODAL_PETSC(VecRestoreArray(residual, &values));
        smoother->apply(residual, y);
        NODAL_PETSC(VecGetArray(y, &values));
        space->subtract_products(values, load);
        space->solve(load);
        space->add_columns(load, values);
        NODAL_PETSC(VecRestoreArray(y, &values));
      }

      void correct(Vec x, Vec r) const override
      {
        double *values = nullptr;
        NODAL_PETSC(VecGetArray(r, &values));
        space->restrict_to(values, coarse);
        space->solve(coarse);
        space->subtract_images(coarse, values);
        NODAL_PETSC(VecRestoreArray(r, &values));
        NODAL_PETSC(VecGetArray(x, &values));
        space->add_columns(coarse, values);
        NODAL_PETSC(VecRestoreArray(x, &values));
      }

      void apply_deflated(Vec r, Vec z) const override
      {
        smoother->apply(r, z);
        double *values = nullptr;
        NODAL_PETSC(VecGetArray(z, &values));
        load.assign(space->size(), 0.);
        space->subtract_products(values, load);
        space->solve(load);
        space->add_columns(load, values);
        NODAL_PETSC(VecRestoreArray(z, &values));
      }

      bool iterate(Mat A, Vec x, Vec r, const double target,
                   const unsigned int n_most, SolveResult &result,
                   LanczosRecord *const record) const override
      {
        const auto *const ssor = dynamic_cast<const Ssor *>(smoother.get());
        if (!ssor)
          return false;
        result =
            ssor->iterate_with(space.get(), A, x, r, target, n_most, record);
        return true;
      }

      const Deflation *deflation(Mat A) const override
      {
        return space && space->size() > 0 && version.is_of(A) ? this : nullptr;
      }

      OperatorTraits traits() const override
      {
        OperatorTraits result;
        result.is_spd = smoother && smoother->traits().is_spd;
        return result;
      }

    private:
      AggregateColumns columns_for(Mat A)
      {
        unsigned int n_more = 0, size_here = size;
        if (basis.has_object())
          n_more =
              basis->prepare(A, std::exchange(recycle, nullptr), n_recycled);
        if (n_more > 0 && size == 0)
          size_here = 2 * automatic_aggregate_size(A);
        const Aggregates aggregates =
            aggregate_by_strength(A, size_here, threshold);
        std::vector<std::vector<double>> vectors = near_null_space(A);
        if (n_more > 0)
        {
          std::vector<std::vector<double>> more = basis->vectors(A, aggregates);
          std::move(more.begin(), more.end(), std::back_inserter(vectors));
        }
        return columns_on(aggregates, vectors);
      }

      /// (I − ω D⁻¹ A) W, ω = 4/3 over the largest eigenvalue of D⁻¹ A, for
      /// which its largest absolute row sum is taken.
      static MatHandle smoothed(Mat W, Mat A)
      {
        VecHandle inverse;
        NODAL_PETSC(MatCreateVecs(A, inverse.put(), nullptr));
        NODAL_PETSC(MatGetDiagonal(A, inverse));
        NODAL_PETSC(VecReciprocal(inverse));
        MatHandle scaled, result;
        scaled = duplicate(A);
        NODAL_PETSC(MatDiagonalScale(scaled, inverse, nullptr));
        double largest = 0;
        NODAL_PETSC(MatNorm(scaled, NORM_INFINITY, &largest));
        NODAL_PETSC(MatMatMult(scaled, W, MAT_INITIAL_MATRIX, PETSC_DEFAULT,
                               result.put()));
        NODAL_PETSC(
            MatAYPX(result, -4. / 3 / largest, W, SUBSET_NONZERO_PATTERN));
        return result;
      }

      unsigned int size = 0;
      double threshold = 0.25;
      Choice<CoarseBasis> basis{"constant"};
      std::string smoother_name = "ssor";

      const RecycleSpace *recycle = nullptr; ///< for the next update()
      unsigned int n_recycled = 0;           ///< kept in it at most
      std::unique_ptr<Preconditioner> smoother;
      std::unique_ptr<CoarseSpace> space;
      MatVersion version; ///< of the matrix
      VecHandle residual; ///< work space of apply()
      mutable CoarseSpace::Vector load, coarse;
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, TwoLevel, "two level",
                 "deflation of aggregates around a simple preconditioner")
} // namespace nodal
