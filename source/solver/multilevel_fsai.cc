// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sliced_rows.h"
#include "small_system.h"

#include <nodal/core/choice.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/local_rows.h>
#include <nodal/core/registry.h>
#include <nodal/solver/fallbacks.h>
#include <nodal/solver/fsai_weights.h>
#include <nodal/solver/operator.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

namespace nodal
{
  namespace
  {
    /**
     * Factorised sparse approximate inverses G_l on each of a row of levels,
     * added up:
     *
     *   M_l = G_lᵀ G_l + s_l P_l M_{l+1} P_lᵀ,
     *   P_l = (I − Ω_l D_l⁻¹ A_l) T_l,
     *
     * with T_l one where a row belongs to an aggregate, A_{l+1} = T_lᵀ A_l T_l,
     * and on the coarsest level M = A⁻¹. Additive multilevel methods are of
     * Bramble, Pasciak and Xu (Math. Comp. 55, 1990), smoothed columns of
     * Vaněk, Mandel and Brezina (Computing 56, 1996), who have smoothed columns
     * in the coarse matrix, too; here they are in the transfers alone, which
     * leaves the coarse matrices as sparse as aggregates make them.
     *
     * An application is products with sparse matrices and one small exact
     * solution: no sweep in which a row waits for another one. The diagonal
     * matrices Ω_l, the numbers s_l and corrections of G_l are FsaiWeights,
     * which may be learned; for all of them M is symmetric and positive
     * definite.
     *
     * Between ranks, couplings count in A_l; in G_l they are left out, and in
     * P_l added to the diagonal, so that below the coarsest level nothing is
     * communicated.
     */
    class MultilevelFsai : public Preconditioner, public CountsFallbacks
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        settings.add_parameters(prm);
        weights.add_parameters(prm, "Weights",
                               "How columns of coarse levels are smoothed, and "
                               "how much they count.");
      }

      void update(Mat A, const bool is_spd) override
      {
        if (!is_spd)
          throw BadInput("Preconditioner 'multilevel fsai' needs a symmetric "
                         "positive definite matrix: choose 'ilu' or 'lu'.");
        levels.clear();
        exact.reset();
        n_replaced = 0;
        std::vector<Level> made;
        FsaiSettings here = settings;
        weights->prepare(A, here);
        MatHandle coarsest;
        for (FsaiLevel &level : fsai_levels(A, here, coarsest))
        {
          const FsaiWeights::OfLevel of_level = weights->weigh(level);
          n_replaced += weights->n_fallbacks();
          made.push_back(make_level(level, of_level));
        }
        comm = PetscObjectComm(reinterpret_cast<PetscObject>(A));
        if (coarsest)
          solve_exactly(coarsest);
        levels = std::move(made);
      }

      unsigned int n_fallbacks() const override
      {
        return n_replaced;
      }

      void apply(Vec x, Vec y) const override
      {
        const double *from = nullptr;
        double *to = nullptr;
        NODAL_PETSC(VecGetArrayRead(x, &from));
        NODAL_PETSC(VecGetArrayWrite(y, &to));
        apply(0, from, to);
        NODAL_PETSC(VecRestoreArrayWrite(y, &to));
        NODAL_PETSC(VecRestoreArrayRead(x, &from));
      }

      OperatorTraits traits() const override
      {
        OperatorTraits result;
        result.is_spd = true;
        return result;
      }

    private:
      struct Level
      {
        SlicedRows down; ///< G, and below it √s Pᵀ
        SlicedRows up;   ///< Gᵀ, and beside it √s P
        int n = 0, n_coarse = 0;
        mutable std::vector<double> both; ///< what they have between them
      };

      static Level make_level(const FsaiLevel &level,
                              const FsaiWeights::OfLevel &of_level)
      {
        FloatRows G;
        G.offsets = level.lower_offsets;
        G.columns = level.lower_columns;
        G.values.assign(level.G.begin(), level.G.end());
        FloatRows P;
        if (level.group.empty())
          P.offsets.assign(level.n_rows() + 1, 0);
        else
          smooth(level, of_level, P);
        Level result;
        result.n = level.n_rows();
        result.n_coarse = level.n_groups;
        result.both.resize(result.n + result.n_coarse);
        const FloatRows upper = transposed(G, result.n),
                        restriction = transposed(P, result.n_coarse);
        result.up = SlicedRows(beside(upper, P, result.n));
        append(restriction, G);
        result.down = SlicedRows(G);
        return result;
      }

      static FloatRows transposed(const FloatRows &A, const int n_columns)
      {
        FloatRows result;
        result.offsets.assign(n_columns + 1, 0);
        for (const int j : A.columns)
          ++result.offsets[j + 1];
        std::partial_sum(result.offsets.begin(), result.offsets.end(),
                         result.offsets.begin());
        result.columns.resize(A.columns.size());
        result.values.resize(A.columns.size());
        std::vector<int> next(result.offsets.begin(), result.offsets.end() - 1);
        for (int i = 0; i < A.size(); ++i)
          for (int t = A.offsets[i]; t < A.offsets[i + 1]; ++t)
          {
            const int at = next[A.columns[t]]++;
            result.columns[at] = i;
            result.values[at] = A.values[t];
          }
        return result;
      }

      /// (A, B), where A has @p n_columns.
      static FloatRows beside(const FloatRows &A, const FloatRows &B,
                              const int n_columns)
      {
        FloatRows result;
        result.offsets.reserve(A.offsets.size());
        result.columns.reserve(A.columns.size() + B.columns.size());
        result.values.reserve(A.columns.size() + B.columns.size());
        for (int i = 0; i < A.size(); ++i)
        {
          for (int t = A.offsets[i]; t < A.offsets[i + 1]; ++t)
          {
            result.columns.push_back(A.columns[t]);
            result.values.push_back(A.values[t]);
          }
          for (int t = B.offsets[i]; t < B.offsets[i + 1]; ++t)
          {
            result.columns.push_back(n_columns + B.columns[t]);
            result.values.push_back(B.values[t]);
          }
          result.offsets.push_back(result.columns.size());
        }
        return result;
      }

      /// Put the rows of @p B below those of @p A.
      static void append(const FloatRows &B, FloatRows &A)
      {
        const int first = A.columns.size();
        for (int i = 0; i < B.size(); ++i)
          A.offsets.push_back(first + B.offsets[i + 1]);
        A.columns.insert(A.columns.end(), B.columns.begin(), B.columns.end());
        A.values.insert(A.values.end(), B.values.begin(), B.values.end());
      }

      /// The rows of √s (I − Ω D⁻¹ A) T. That both transfers have the root
      /// keeps M symmetric in single precision.
      static void smooth(const FsaiLevel &level,
                         const FsaiWeights::OfLevel &weights, FloatRows &P)
      {
        const double root = std::sqrt(weights.scale);
        const int n = level.n_rows();
        std::vector<int> place(level.n_groups, -1);
        std::vector<double> sums;
        P.offsets.reserve(n + 1);
        for (int i = 0; i < n; ++i)
        {
          const int begin = P.offsets.back(), own = level.group[i];
          sums.clear();
          const auto add = [&](const int group, const double value)
          {
            int &at = place[group];
            if (at < begin)
            {
              at = P.columns.size();
              P.columns.push_back(group);
              sums.push_back(0);
            }
            sums[at - begin] += value;
          };
          const double factor = root * weights.smoothing[i] / level.diagonal[i];
          if (own >= 0)
            add(own, root);
          for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
          {
            const int group = level.group[level.columns[t]];
            if (group >= 0)
              add(group, -factor * level.values[t]);
          }
          if (own >= 0)
            add(own, -factor * level.outside[i]);
          P.values.insert(P.values.end(), sums.begin(), sums.end());
          P.offsets.push_back(P.columns.size());
        }
      }

      /// The rows of @p A, of all ranks on each of them.
      void solve_exactly(Mat A)
      {
        PetscInt n = 0, end = 0;
        NODAL_PETSC(MatGetSize(A, &n, nullptr));
        NODAL_PETSC(MatGetOwnershipRange(A, &first_coarsest, &end));
        std::vector<SmallSystem::Entry> entries;
        for (PetscInt i = first_coarsest; i < end; ++i)
        {
          PetscInt n_here = 0;
          const PetscInt *columns = nullptr;
          const double *values = nullptr;
          NODAL_PETSC(MatGetRow(A, i, &n_here, &columns, &values));
          for (PetscInt t = 0; t < n_here; ++t)
            entries.push_back({int(i), int(columns[t]), values[t]});
          NODAL_PETSC(MatRestoreRow(A, i, &n_here, &columns, &values));
        }
        exact = std::make_unique<SmallSystem>(
            std::move(entries), n, "The coarsest level of 'multilevel fsai'",
            comm);
      }

      /// @p z = M_l @p r; they may be the same.
      void apply(const std::size_t l, const double *const r,
                 double *const z) const
      {
        if (l == levels.size())
        {
          const int n = levels.back().n_coarse;
          coarsest.assign(exact->size(), 0.);
          std::copy(r, r + n, coarsest.begin() + first_coarsest);
          sum_over_ranks(coarsest, comm);
          exact->solve(coarsest);
          std::copy_n(coarsest.begin() + first_coarsest, n, z);
          return;
        }
        const Level &level = levels[l];
        level.down.multiply(r, level.both.data());
        if (l + 1 < levels.size() || exact)
        {
          double *const coarse = level.both.data() + level.n;
          apply(l + 1, coarse, coarse);
        }
        level.up.multiply(level.both.data(), z);
      }

      FsaiSettings settings;
      Choice<FsaiWeights> weights{"constant"};

      MPI_Comm comm = MPI_COMM_SELF;
      std::vector<Level> levels;
      std::unique_ptr<SmallSystem> exact; ///< after the last level, or null
      PetscInt first_coarsest = 0;        ///< of this rank
      mutable std::vector<double> coarsest;
      unsigned int n_replaced = 0;
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, MultilevelFsai, "multilevel fsai",
                 "factorised sparse approximate inverses on levels of "
                 "aggregates, added up: products only")
} // namespace nodal
