// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/solver/coarse_basis.h>
#include <nodal/solver/leading_pieces.h>
#include <nodal/solver/recycle_space.h>

#include <cmath>
#include <limits>
#include <string>

namespace nodal
{
  namespace
  {
    /**
     * Earlier solutions, of which SolutionSpace keeps the singular value
     * decomposition up to date, and the slowest directions of earlier solves,
     * where the method leaves some, cut into pieces by the aggregates: the
     * columns of an aggregate are the leading left singular vectors of its
     * pieces. They stay sparse, unlike those of a recycle space, and hold also
     * what the pieces make in other combinations; and aggregates may change.
     *
     * More columns take more time, in set-up and steps. So now and then a
     * system is solved the other way, and the way that is thought to take less
     * is kept: with them, a step is taken for 1.2 of those without, and the
     * set-up for 8 steps more, as measured (benchmarks/RESULTS.md). Numbers of
     * steps decide, not times, so that a run can be repeated.
     */
    class RecycledBasis : public CoarseBasis
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Number", number,
                "Directions. Needs at least as many 'Recycled solutions' in "
                "section Solver, 'Ritz vectors' of method 'deflated cg', or "
                "both together.",
                1, 8);
        prm.add("Always", always,
                "Use them even where they are not thought to save time.");
      }

      unsigned int prepare(Mat A, const RecycleSpace *const space,
                           const unsigned int n_kept) override
      {
        if (n_kept < number)
          throw BadInput(
              "Columns 'recycled' are made of " + std::to_string(number) +
              " vectors of earlier systems, and " + std::to_string(n_kept) +
              " are kept: set 'Recycled solutions' of section Solver to at "
              "least " +
              std::to_string(number) + ", or choose 'constant'.");
        recycle = space;
        is_used = recycle && are_for(A) && (always || is_worth_it());
        Trial &other = is_used ? without : with;
        ++other.age;
        (is_used ? with : without).age = 0;
        return is_used ? number : 0;
      }

      std::vector<std::vector<double>>
      vectors(Mat A, const Aggregates &aggregates) override
      {
        if (!is_used)
          return {};
        const std::size_t n_rows = aggregates.of_row.size(),
                          n_solutions = recycle->solutions.size(),
                          n = n_solutions + recycle->U.size();
        std::vector<float> pieces(n_rows * n);
        const auto put =
            [&](const std::size_t k, const VecHandle &vector, const double size)
        {
          const std::vector<double> entries = owned_entries(vector);
          for (std::size_t i = 0; i < n_rows; ++i)
            pieces[i * n + k] = float(size * entries[i]);
        };
        for (std::size_t k = 0; k < n_solutions; ++k)
        {
          const double weight =
              k < recycle->weights.size() ? recycle->weights[k] : 1;
          put(k, recycle->solutions[k], weight > 0 ? std::sqrt(weight) : 1);
        }
        for (std::size_t k = n_solutions; k < n; ++k)
        {
          // As one solution of unit energy.
          const VecHandle &u = recycle->U[k - n_solutions];
          put(k, u, 1 / energy_norm(A, u));
        }
        return leading_pieces(A, aggregates, pieces, n, number);
      }

      void judge(const SolveResult &result) override
      {
        Trial &trial = is_used ? with : without;
        trial.is_known = true;
        trial.steps = result.converged() ? result.iterations : too_many;
      }

    private:
      static constexpr double too_many = 1e9;

      /// What is known of one of the two ways.
      struct Trial
      {
        bool is_known = false;
        double steps = 0;     ///< of the last solve
        unsigned int age = 0; ///< set-ups since
      };

      /// True if there are enough and they are distributed as the rows of A.
      bool are_for(Mat A) const
      {
        PetscInt n_rows = 0;
        NODAL_PETSC(MatGetLocalSize(A, &n_rows, nullptr));
        int fits = recycle->solutions.size() + recycle->U.size() >= number;
        for (const auto *const vectors : {&recycle->solutions, &recycle->U})
          for (const VecHandle &vector : *vectors)
          {
            PetscInt n = 0;
            NODAL_PETSC(VecGetLocalSize(vector, &n));
            fits = fits && n == n_rows;
          }
        MPI_Allreduce(MPI_IN_PLACE, &fits, 1, MPI_INT, MPI_MIN,
                      PetscObjectComm(reinterpret_cast<PetscObject>(A)));
        return fits != 0;
      }

      /// √(uᵀ A u), or infinity where that is no positive number.
      static double energy_norm(Mat A, Vec u)
      {
        const VecHandle product = duplicate(u);
        double square = 0;
        NODAL_PETSC(MatMult(A, u, product));
        NODAL_PETSC(VecDot(u, product, &square));
        return square > 0 && std::isfinite(square)
                   ? std::sqrt(square)
                   : std::numeric_limits<double>::infinity();
      }

      bool is_worth_it() const
      {
        // The other way may have changed for the better.
        constexpr unsigned int interval = 20;
        if (!with.is_known || with.age >= interval)
          return true;
        if (without.age >= interval)
          return false;
        return without.steps > 1.2 * with.steps + 8;
      }

      unsigned int number = 2;
      bool always = false;

      const RecycleSpace *recycle = nullptr; ///< in the present set-up
      Trial with, without;
      bool is_used = false;
    };
  } // namespace

  NODAL_REGISTER(CoarseBasis, RecycledBasis, "recycled",
                 "earlier solutions and Ritz vectors, cut into pieces by the "
                 "aggregates, where they save time; for sequences of hard "
                 "systems")
} // namespace nodal
