// SPDX-License-Identifier: LGPL-2.1-or-later
#include "krylov_tools.h"
#include "vector_block.h"

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace
  {
    /**
     * Recycling conjugate gradients: CG whose directions are kept A-orthogonal
     * to a space U of harmonic Ritz vectors of M⁻¹A for its smallest
     * eigenvalues (Wang, de Sturler, Paulino: Large-scale topology optimization
     * using preconditioned Krylov subspace methods with recycling, Int. J.
     * Numer. Methods Eng. 69, 2007).
     *
     * U is fixed during a solve. The space V for the next system is refined
     * after every few iterations from Y = [V P], P the latest directions:
     *
     *     (AY)ᵀ M⁻¹ (AY) g = θ Yᵀ A Y g.
     *
     * No product of long vectors is needed for this: P is A-orthogonal to U
     * and to earlier directions, and with α A p_j = r_j − r_{j+1} everything
     * follows from α, rᵀM⁻¹r and μ = (AU)ᵀM⁻¹r, which the iteration computes.
     * Only (AU)ᵀM⁻¹AU is not known at the start of a system; the one of the
     * system before stands in.
     */
    class RecyclingCg : public KrylovSolver
    {
    public:
      void add_parameters(Parameters &prm) override;

      SolveResult solve(Mat A, Vec x, Vec b, const Preconditioner &M,
                        const SolveControl &control,
                        RecycleSpace *recycle) override;

      bool needs_spd() const override
      {
        return true;
      }

      bool uses_recycling() const override
      {
        return true;
      }

    private:
      /// What the iteration tells of one direction p_j.
      struct Step
      {
        double alpha;                  ///< step length
        double energy;                 ///< pᵀAp
        double gamma;                  ///< rᵀz before the step
        double gamma_next;             ///< and after it
        std::vector<double> mu_change; ///< (AU)ᵀ(z_j − z_{j+1})
      };

      void reinit(Vec x);

      /// Take over U and compute AU, both so that UᵀAU = I.
      void load(const RecycleSpace &recycle, Progress &progress);

      /// (AU)ᵀM⁻¹AU, by applying M.
      Dense exact_gram();

      /// Iterate until the recurrence meets the target, or failure.
      void iterate(Vec x, Vec r, Progress &progress, bool learns);

      /// The sums zᵀr, rᵀr, (AU)ᵀz in one reduction.
      std::vector<double> products(Vec z, Vec r) const;

      /// Refine V by the directions of @p steps.
      void update_space();

      /// (AY)ᵀM⁻¹(AY), scaled so that YᵀAY = I.
      Dense small_matrix() const;

      unsigned int cycle_length = 20, k = 10;

      // The present solve.
      Mat A = nullptr;
      const Preconditioner *M = nullptr;
      VecHandle z, w;
      VectorBlock U, AU, V, P;
      unsigned int n_deflated = 0; ///< columns of U
      unsigned int n_next = 0;     ///< columns of V
      Dense gram;                  ///< (AV)ᵀM⁻¹AV
      Dense V_in_U;                ///< VᵀAU: the part of V that is in U
      std::vector<Step> steps;     ///< of the directions in P
      /// The last step of the directions before, and its share in V.
      Step last_step;
      std::vector<double> last_share;
    };

    void RecyclingCg::add_parameters(Parameters &prm)
    {
      prm.add("Cycle length", cycle_length,
              "Iterations between two refinements of the recycled space.", 2,
              1000);
      prm.add("Recycled vectors", k,
              "Vectors that one system hands to the next.", 1, 1000);
    }

    void RecyclingCg::reinit(Vec x)
    {
      U.reinit(x, k);
      AU.reinit(x, k);
      V.reinit(x, k);
      P.reinit(x, cycle_length);
      z = duplicate(x);
      w = duplicate(x);
      n_deflated = n_next = 0;
      gram = V_in_U = Dense();
      steps.clear();
      last_share.clear();
    }

    Dense RecyclingCg::exact_gram()
    {
      Dense result(n_deflated, n_deflated);
      for (unsigned int j = 0; j < n_deflated; ++j)
      {
        M->apply(AU[j], z);
        const std::vector<double> column = AU.dot(0, n_deflated, z);
        std::copy(column.begin(), column.end(), &result(0, j));
      }
      return result;
    }

    void RecyclingCg::load(const RecycleSpace &recycle, Progress &progress)
    {
      std::vector<unsigned int> chosen = U.load(recycle.U);
      chosen.resize(std::min<std::size_t>(chosen.size(), k));
      AU.multiply(A, U, chosen.size());
      const std::vector<unsigned int> finite = AU.usable(chosen.size());
      U.compress(finite);
      AU.compress(finite);
      n_deflated = finite.size();

      Dense T = Dense::identity(n_deflated);
      double condition = 1e16;
      for (unsigned int pass = 0; pass < 3 && condition > 1e3; ++pass)
      {
        const Dense G = U.products(0, n_deflated, AU, 0, n_deflated);
        for (unsigned int j = 0; j < n_deflated; ++j)
          if (G(j, j) < 0)
            progress.fail(SolveStatus::breakdown,
                          "the matrix is not positive definite");
        Dense step = orthonormaliser(G, 1e-12, &condition);
        U.share(step);
        condition = U.share(condition);
        T = multiply(T, step);
        n_deflated = T.n_columns;
        if (n_deflated == 0)
          return;
        U.combine({{U, 0, step}});
        AU.combine({{AU, 0, step}});
      }

      const unsigned int n = recycle.size();
      if (recycle.gram.size() == std::size_t(n) * n)
      {
        Dense old(finite.size(), finite.size());
        for (unsigned int j = 0; j < finite.size(); ++j)
          for (unsigned int i = 0; i < finite.size(); ++i)
            old(i, j) = recycle.gram[chosen[finite[i]] * n + chosen[finite[j]]];
        gram = multiply(T, multiply(old, T), true);
      }
      else
        gram = exact_gram();
      V.combine({{U, 0, Dense::identity(n_deflated)}});
      V_in_U = Dense::identity(n_deflated);
      n_next = n_deflated;
    }

    std::vector<double> RecyclingCg::products(Vec z, Vec r) const
    {
      std::vector<double> result(n_deflated + 2);
      AU.local_dot(0, n_deflated, z, result.data());
      const PetscScalar *z_values = nullptr, *r_values = nullptr;
      PetscInt n = 0;
      NODAL_PETSC(VecGetLocalSize(r, &n));
      NODAL_PETSC(VecGetArrayRead(z, &z_values));
      NODAL_PETSC(VecGetArrayRead(r, &r_values));
      double zr = 0, rr = 0;
      for (PetscInt i = 0; i < n; ++i)
      {
        zr += z_values[i] * r_values[i];
        rr += r_values[i] * r_values[i];
      }
      NODAL_PETSC(VecRestoreArrayRead(z, &z_values));
      NODAL_PETSC(VecRestoreArrayRead(r, &r_values));
      result[n_deflated] = zr;
      result[n_deflated + 1] = rr;
      AU.sum(result);
      return result;
    }

    void RecyclingCg::iterate(Vec x, Vec r, Progress &progress,
                              const bool learns)
    {
      const double target = progress.target();
      const std::vector<double> c = U.dot(0, n_deflated, r);
      U.add_to(x, 0, c);
      AU.add_to(r, 0, c, -1);
      M->apply(r, z);
      std::vector<double> sums = products(z, r);
      double gamma = sums[n_deflated], r_norm = std::sqrt(sums[n_deflated + 1]);
      std::vector<double> mu(sums.begin(), sums.begin() + n_deflated);
      const unsigned int n_left = progress.remaining();
      unsigned int column = 0;
      NODAL_PETSC(VecCopy(z, P[0]));
      U.add_to(P[0], 0, mu, -1);

      for (unsigned int step = 0; step < n_left && r_norm > target; ++step)
      {
        const Vec p = P[column];
        NODAL_PETSC(MatMult(A, p, w));
        ++progress.result.iterations;
        double energy = 0;
        NODAL_PETSC(VecDot(p, w, &energy));
        if (!(gamma > 0) || !(energy > 0))
        {
          const bool is_nan = std::isnan(gamma) || std::isnan(energy);
          progress.fail(is_nan ? SolveStatus::not_a_number
                               : SolveStatus::breakdown,
                        is_nan       ? "a number is infinite or undefined"
                        : gamma <= 0 ? "the preconditioner is not positive "
                                       "definite"
                                     : "the matrix is not positive definite");
          return;
        }
        const double alpha = gamma / energy;
        NODAL_PETSC(VecAXPY(x, alpha, p));
        NODAL_PETSC(VecAXPY(r, -alpha, w));
        M->apply(r, z);
        sums = products(z, r);
        const double gamma_next = sums[n_deflated];
        r_norm = std::sqrt(sums[n_deflated + 1]);
        if (!std::isfinite(r_norm + gamma_next))
        {
          progress.fail(SolveStatus::not_a_number,
                        "a number is infinite or undefined");
          return;
        }
        std::vector<double> change = mu;
        for (unsigned int i = 0; i < n_deflated; ++i)
          change[i] -= sums[i];
        mu.assign(sums.begin(), sums.begin() + n_deflated);
        if (learns)
          steps.push_back({alpha, energy, gamma, gamma_next, change});
        unsigned int next = column + 1;
        if (next == cycle_length)
        {
          if (learns)
            update_space();
          next = 0;
        }
        NODAL_PETSC(VecWAXPY(P[next], gamma_next / gamma, p, z));
        U.add_to(P[next], 0, mu, -1);
        gamma = gamma_next;
        column = next;
      }
      if (learns && (steps.size() > 2 || n_next < k))
        update_space();
    }

    Dense RecyclingCg::small_matrix() const
    {
      const unsigned int n = n_next + steps.size();
      Dense F(n, n);
      for (unsigned int j = 0; j < n_next; ++j)
        for (unsigned int i = 0; i < n_next; ++i)
          F(i, j) = (gram(i, j) + gram(j, i)) / 2;
      for (unsigned int s = 0; s < steps.size(); ++s)
      {
        const Step &step = steps[s];
        const unsigned int j = n_next + s;
        const double scale = 1 / std::sqrt(step.energy);
        F(j, j) = (step.gamma + step.gamma_next) / (step.alpha * step.alpha) *
                  scale * scale;
        // (Ap)ᵀM⁻¹(Ap') of this direction and the one before it.
        const Step *before = s > 0                 ? &steps[s - 1]
                             : !last_share.empty() ? &last_step
                                                   : nullptr;
        const double product =
            before ? -step.gamma / (before->alpha * step.alpha) : 0.;
        if (s > 0)
          F(j - 1, j) = F(j, j - 1) =
              product * scale / std::sqrt(before->energy);
        for (unsigned int i = 0; i < n_next; ++i)
        {
          double value = 0;
          for (unsigned int l = 0; l < n_deflated; ++l)
            value += V_in_U(l, i) * step.mu_change[l] / step.alpha;
          if (s == 0 && before)
            value += last_share[i] * product;
          F(i, j) = F(j, i) = value * scale;
        }
      }
      return F;
    }

    void RecyclingCg::update_space()
    {
      const unsigned int n_steps = steps.size(), n = n_next + n_steps;
      if (n_steps == 0)
        return;
      std::vector<double> theta;
      Dense g;
      if (!symmetric_eigenvectors(small_matrix(), theta, g))
        g = Dense();
      V.share(g);
      if (g.n_columns == 0)
      {
        steps.clear();
        return;
      }
      const unsigned int n_new = std::min(k, n);
      Dense g_V(n_next, n_new), g_P(n_steps, n_new);
      for (unsigned int j = 0; j < n_new; ++j)
      {
        for (unsigned int i = 0; i < n_next; ++i)
          g_V(i, j) = g(i, j);
        for (unsigned int i = 0; i < n_steps; ++i)
          g_P(i, j) = g(n_next + i, j) / std::sqrt(steps[i].energy);
      }
      V.combine({{V, 0, g_V}, {P, 0, g_P}});
      V_in_U = n_deflated > 0 ? multiply(V_in_U, g_V) : Dense(0, n_new);
      gram = Dense(n_new, n_new);
      for (unsigned int j = 0; j < n_new; ++j)
        gram(j, j) = theta[j];
      V.share(gram);
      last_share.assign(n_new, 0.);
      for (unsigned int j = 0; j < n_new; ++j)
        last_share[j] = g_P(n_steps - 1, j);
      last_step = steps.back();
      n_next = n_new;
      steps.clear();
    }

    SolveResult RecyclingCg::solve(Mat A_, Vec x, Vec b,
                                   const Preconditioner &M_,
                                   const SolveControl &control,
                                   RecycleSpace *recycle)
    {
      require_spd(M_, "rcg");
      A = A_;
      M = &M_;
      const VecHandle r = duplicate(b);
      Progress progress(A, x, b, r, control);
      if (!progress.go_on())
        return progress.result;
      reinit(x);
      if (recycle)
        load(*recycle, progress);
      bool is_first = true;
      do
      {
        iterate(x, r, progress, recycle && is_first);
        is_first = false;
      } while (progress.go_on());
      if (recycle && n_next > 0 && progress.result.converged())
      {
        V.save(recycle->U, n_next);
        recycle->gram.clear();
        for (unsigned int i = 0; i < n_next; ++i)
          for (unsigned int j = 0; j < n_next; ++j)
            recycle->gram.push_back(gram(i, j));
      }
      return progress.result;
    }
  } // namespace

  NODAL_REGISTER(KrylovSolver, RecyclingCg, "rcg",
                 "recycling conjugate gradients, for sequences of symmetric "
                 "positive definite matrices")
} // namespace nodal
