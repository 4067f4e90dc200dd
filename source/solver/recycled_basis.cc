// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/solver/coarse_basis.h>
#include <nodal/solver/recycle_space.h>

#include <algorithm>

namespace nodal
{
  namespace
  {
    /**
     * The directions in which most of earlier solutions lies (SolutionSpace
     * keeps their singular value decomposition up to date), cut into pieces by
     * the aggregates: the columns stay sparse, unlike those of a recycle space,
     * and hold also what the pieces make in other combinations.
     *
     * More columns take more time, in set-up and steps. So now and then a
     * system is solved the other way, and the way that is thought to take less
     * is kept: with them, a step is taken for 1.25 of those without, or 1.6
     * where rows are long, and the set-up for 15 steps more, as measured
     * (benchmarks/RESULTS.md). Numbers of steps decide, not times, so that a
     * run can be repeated.
     */
    class RecycledBasis : public CoarseBasis
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Number", number,
                "Directions. Needs at least as many 'Recycled solutions' in "
                "section Solver.",
                1, 8);
        prm.add("Always", always,
                "Use them even where they are not thought to save time.");
      }

      std::vector<std::vector<double>>
      vectors(Mat A, const RecycleSpace *const recycle) override
      {
        if (!recycle)
          throw BadInput("Columns 'recycled' are made of earlier solutions: "
                         "set 'Recycled solutions' to at least " +
                         std::to_string(number) + ", or choose 'constant'.");
        std::vector<std::vector<double>> result;
        const bool is_there = recycle->solutions.size() >= number &&
                              have_rows_of(A, recycle->solutions);
        is_used = is_there && (always || is_worth_it(A));
        for (unsigned int k = 0; is_used && k < number; ++k)
        {
          PetscInt n = 0;
          const double *entries = nullptr;
          NODAL_PETSC(VecGetLocalSize(recycle->solutions[k], &n));
          NODAL_PETSC(VecGetArrayRead(recycle->solutions[k], &entries));
          result.emplace_back(entries, entries + n);
          NODAL_PETSC(VecRestoreArrayRead(recycle->solutions[k], &entries));
        }
        return result;
      }

      void judge(const SolveResult &result) override
      {
        if (!result.converged())
          return;
        Trial &trial = is_used ? with : without;
        trial.steps = result.iterations;
        trial.age = 0;
        ++(is_used ? without : with).age;
      }

    private:
      /// What is known of one of the two ways.
      struct Trial
      {
        unsigned int steps = 0; ///< of the last solve
        unsigned int age = 0;   ///< solves since
      };

      static bool have_rows_of(Mat A, const std::vector<VecHandle> &vectors)
      {
        PetscInt n_rows = 0, n = 0;
        NODAL_PETSC(MatGetSize(A, &n_rows, nullptr));
        NODAL_PETSC(VecGetSize(vectors[0], &n));
        return n == n_rows;
      }

      bool is_worth_it(Mat A) const
      {
        // The other way may have changed for the better.
        constexpr unsigned int interval = 20;
        if (with.steps == 0 || with.age >= interval)
          return true;
        if (without.age >= interval)
          return false;
        MatInfo info;
        PetscInt n = 0;
        NODAL_PETSC(MatGetInfo(A, MAT_GLOBAL_SUM, &info));
        NODAL_PETSC(MatGetSize(A, &n, nullptr));
        const double factor = info.nz_used > 8. * n ? 1.6 : 1.25;
        return without.steps > factor * with.steps + 15;
      }

      unsigned int number = 2;
      bool always = false;

      Trial with, without;
      bool is_used = false;
    };
  } // namespace

  NODAL_REGISTER(CoarseBasis, RecycledBasis, "recycled",
                 "earlier solutions, cut into pieces by the aggregates, where "
                 "they save time; for sequences of hard systems")
} // namespace nodal
