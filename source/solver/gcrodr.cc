// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hessenberg.h"
#include "krylov_tools.h"
#include "vector_block.h"

#include <nodal/core/exceptions.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace
  {
    /**
     * GCRO-DR(m, k): GMRES whose cycles, and whose systems, hand k harmonic
     * Ritz vectors of smallest modulus on (Parks, de Sturler, Mackey, Johnson,
     * Maiti: Recycling Krylov subspaces for sequences of linear systems, SIAM
     * J. Sci. Comput. 28, 2006; flexible: Carvalho, Gratton, Lago, Vasseur: A
     * flexible generalized conjugate residual method with inner
     * orthogonalization and deflated restarting, SIAM J. Matrix Anal. Appl. 32,
     * 2011).
     *
     * With the operator B = A M (right, flexible) or M A (left), a cycle builds
     *
     *     A [U Z] = [C V] G  (right)      or      M A [U V] = [C V] G  (left)
     *
     * where [C V] has orthonormal columns and Z = M V. U is in the space of
     * solutions in all variants. The harmonic Ritz problem needs W with
     * U = M W (right) or W = U (left):
     *
     *     Gᵀ G g = θ Gᵀ [C V]ᵀ [W V] g.
     *
     * From one system to the next, W is carried as W ≈ C · gram.
     */
    class GcroDr : public KrylovSolver
    {
    public:
      void add_parameters(Parameters &prm) override;

      void check() const override;

      SolveResult solve(Mat A, Vec x, Vec b, const Preconditioner &M,
                        const SolveControl &control,
                        RecycleSpace *recycle) override;

      bool uses_recycling() const override
      {
        return true;
      }

    private:
      bool is_left() const
      {
        return side == "left";
      }

      void reinit(Vec x);

      /// Take over U and compute C, both so that C has orthonormal columns.
      void load(const RecycleSpace &recycle);

      void save(RecycleSpace &recycle) const;

      /// One cycle: improves x, leaves the basis for update_space().
      void cycle(Vec x, Vec r, Progress &progress);

      /// The first vector of the basis from the residual. Returns its norm.
      double start_basis(Vec x, Vec r);

      /// The next vector of the basis. Returns false at an invariant subspace.
      bool extend_basis();

      /// [C V]ᵀ of the newest vector, which is made orthonormal to them.
      std::vector<double> orthogonalise(unsigned int column);

      void update_solution(Vec x);

      /// The harmonic Ritz vectors: U becomes [U Z] X, and C becomes [C V] Q.
      /// X is empty if there are none.
      void choose_vectors(const Dense &products, Dense &Q, Dense &X) const;

      /// Choose the U for the next cycle or, if @p is_last, for the next
      /// system: then C is not needed.
      void update_space(bool is_last);

      /// [C V]ᵀ [W V]
      Dense preimage_products() const;

      unsigned int m = 40, k = 20;
      std::string side = "right";

      // The present solve.
      Mat A = nullptr;
      const Preconditioner *M = nullptr;
      VecHandle scratch;
      VectorBlock range;                ///< [C V]
      VectorBlock domain;               ///< [U Z] (right) or U (left)
      VectorBlock preimage;             ///< W (right)
      Dense gram;                       ///< CᵀW
      bool preimage_is_in_range = true; ///< W = C · gram, not stored
      unsigned int n_recycled = 0;      ///< columns of U and C
      Hessenberg hessenberg;
      std::vector<std::vector<double>> coupling; ///< CᵀB Z by columns
    };

    void GcroDr::add_parameters(Parameters &prm)
    {
      prm.add("Basis size", m,
              "Vectors of a cycle, the recycled ones included.", 2, 1000);
      prm.add("Recycled vectors", k, "Vectors that cycles and systems hand on.",
              1, 999);
      prm.add("Side", side,
              "Side of the preconditioner. Left judges by the preconditioned "
              "residual and adapts; flexible allows it to be nonlinear.",
              {"left", "right", "flexible"});
    }

    void GcroDr::check() const
    {
      if (k >= m)
        throw BadInput("GCRO-DR needs 'Basis size' larger than 'Recycled "
                       "vectors': raise the former or lower the latter.");
    }

    void GcroDr::reinit(Vec x)
    {
      range.reinit(x, m + 1);
      domain.reinit(x, is_left() ? k : m);
      if (!is_left())
        preimage.reinit(x, k);
      scratch = duplicate(x);
      n_recycled = 0;
      gram = Dense();
      preimage_is_in_range = true;
      hessenberg.reinit(0, 1);
    }

    /// The part of row-major @p gram that belongs to the vectors @p chosen of
    /// @p n. Where there is none, θ = 0.1 is assumed of all vectors.
    Dense chosen_part(const std::vector<double> &gram, const unsigned int n,
                      const std::vector<unsigned int> &chosen)
    {
      Dense result(chosen.size(), chosen.size());
      if (gram.size() == std::size_t(n) * n)
        for (unsigned int j = 0; j < chosen.size(); ++j)
          for (unsigned int i = 0; i < chosen.size(); ++i)
            result(i, j) = gram[chosen[i] * n + chosen[j]];
      else
        for (unsigned int i = 0; i < chosen.size(); ++i)
          result(i, i) = 10;
      return result;
    }

    void GcroDr::load(const RecycleSpace &recycle)
    {
      std::vector<unsigned int> chosen = domain.load(recycle.U);
      if (chosen.size() > k)
        chosen.resize(k);
      range.multiply(A, domain, chosen.size());
      if (is_left())
        for (unsigned int j = 0; j < chosen.size(); ++j)
        {
          NODAL_PETSC(VecCopy(range[j], scratch));
          M->apply(scratch, range[j]);
        }
      const std::vector<unsigned int> finite = range.usable(chosen.size());
      domain.compress(finite);
      range.compress(finite);
      std::vector<unsigned int> numbers;
      for (const unsigned int j : finite)
        numbers.push_back(chosen[j]);
      n_recycled = numbers.size();
      gram = chosen_part(recycle.gram, recycle.size(), numbers);

      double condition = 1e16;
      for (unsigned int pass = 0; pass < 3 && condition > 1e3; ++pass)
      {
        const Dense G = range.products(0, n_recycled, range, 0, n_recycled);
        Dense T = orthonormaliser(G, 1e-12, &condition);
        range.share(T);
        condition = range.share(condition);
        // W = C S becomes W T = (C T) (TᵀG) S T.
        gram = multiply(multiply(T, G, true), multiply(gram, T));
        n_recycled = T.n_columns;
        if (n_recycled == 0)
          return;
        range.combine({{range, 0, T}});
        domain.combine({{domain, 0, T}});
      }
    }

    void GcroDr::save(RecycleSpace &recycle) const
    {
      domain.save(recycle.U, n_recycled);
      recycle.gram.clear();
      if (!is_left() && gram.is_finite())
        for (unsigned int i = 0; i < gram.n_rows; ++i)
          for (unsigned int j = 0; j < gram.n_columns; ++j)
            recycle.gram.push_back(gram(i, j));
    }

    double GcroDr::start_basis(Vec x, Vec r)
    {
      const Vec v = range[n_recycled];
      if (is_left())
        M->apply(r, v);
      else
        NODAL_PETSC(VecCopy(r, v));
      const std::vector<double> c = range.dot(0, n_recycled, v);
      domain.add_to(x, 0, c);
      range.add_to(v, 0, c, -1);
      const double beta = norm(v);
      if (beta > 0 && std::isfinite(beta))
        range.scale(n_recycled, 1 / beta);
      return beta;
    }

    std::vector<double> GcroDr::orthogonalise(const unsigned int column)
    {
      // Classical Gram–Schmidt; the last product is the squared norm.
      std::vector<double> h = range.dot(0, column + 1, range[column]);
      const double before = std::sqrt(h.back());
      h.pop_back();
      range.add_to(range[column], 0, h, -1);
      double square = before * before;
      for (const double value : h)
        square -= value * value;
      double after = std::sqrt(std::max(square, 0.));
      // Cancellation: once more, and the norm afresh.
      if (!(after > 0.2 * before))
      {
        const std::vector<double> g = range.dot(0, column, range[column]);
        range.add_to(range[column], 0, g, -1);
        for (unsigned int i = 0; i < column; ++i)
          h[i] += g[i];
        after = norm(range[column]);
      }
      if (after <= 1e-14 * before)
        after = 0;
      range.scale(column, after > 0 ? 1 / after : 0.);
      h.push_back(after);
      return h;
    }

    bool GcroDr::extend_basis()
    {
      const unsigned int last = n_recycled + hessenberg.n_columns();
      const Vec v = range[last], w = range[last + 1];
      if (is_left())
      {
        NODAL_PETSC(MatMult(A, v, scratch));
        M->apply(scratch, w);
      }
      else
      {
        M->apply(v, domain[last]);
        NODAL_PETSC(MatMult(A, domain[last], w));
      }
      const std::vector<double> h = orthogonalise(last + 1);
      coupling.emplace_back(h.begin(), h.begin() + n_recycled);
      hessenberg.append(h.data() + n_recycled);
      return h.back() > 0;
    }

    void GcroDr::update_solution(Vec x)
    {
      const std::vector<double> y = hessenberg.solve();
      if (is_left())
        range.add_to(x, n_recycled, y);
      else
        domain.add_to(x, n_recycled, y);
      std::vector<double> c(n_recycled, 0.);
      for (unsigned int j = 0; j < y.size(); ++j)
        for (unsigned int i = 0; i < n_recycled; ++i)
          c[i] += coupling[j][i] * y[j];
      domain.add_to(x, 0, c, -1);
    }

    void GcroDr::cycle(Vec x, Vec r, Progress &progress)
    {
      coupling.clear();
      hessenberg.reinit(0, 1);
      double target = progress.target();
      if (is_left())
      {
        // What the preconditioner does to the norm now is our best guess of
        // what it does to it at the end.
        M->apply(r, scratch);
        target *= norm(scratch) / progress.residual_norm();
      }
      const double beta = start_basis(x, r);
      if (!std::isfinite(beta))
        progress.fail(SolveStatus::not_a_number,
                      "a number is infinite or undefined");
      if (!std::isfinite(beta) || beta <= target)
        return;
      const unsigned int n_steps =
          std::min(m - n_recycled, progress.remaining());
      hessenberg.reinit(beta, n_steps);
      for (unsigned int j = 0; j < n_steps; ++j)
      {
        const bool can_extend = extend_basis();
        ++progress.result.iterations;
        if (!can_extend || !(hessenberg.residual_norm() > target))
          break;
      }
      if (std::isfinite(hessenberg.residual_norm()))
        update_solution(x);
      else
      {
        progress.fail(SolveStatus::not_a_number,
                      "a number is infinite or undefined");
        hessenberg.reinit(0, 1);
      }
    }

    Dense GcroDr::preimage_products() const
    {
      const unsigned int p = hessenberg.n_columns();
      Dense result(n_recycled + p + 1, n_recycled + p);
      Dense first;
      if (is_left() || !preimage_is_in_range)
        first = range.products(0, n_recycled + p + 1,
                               is_left() ? domain : preimage, 0, n_recycled);
      else
        first = gram;
      for (unsigned int j = 0; j < n_recycled; ++j)
        for (unsigned int i = 0; i < first.n_rows; ++i)
          result(i, j) = first(i, j);
      for (unsigned int j = n_recycled; j < n_recycled + p; ++j)
        result(j, j) = 1;
      return result;
    }

    /// G = [I B; 0 H]
    Dense cycle_matrix(const unsigned int n_recycled,
                       const std::vector<std::vector<double>> &coupling,
                       const Dense &H)
    {
      Dense G(n_recycled + H.n_rows, n_recycled + H.n_columns);
      for (unsigned int i = 0; i < n_recycled; ++i)
      {
        G(i, i) = 1;
        for (unsigned int j = 0; j < H.n_columns; ++j)
          G(i, n_recycled + j) = coupling[j][i];
      }
      for (unsigned int j = 0; j < H.n_columns; ++j)
        for (unsigned int i = 0; i < H.n_rows; ++i)
          G(n_recycled + i, n_recycled + j) = H(i, j);
      return G;
    }

    void GcroDr::choose_vectors(const Dense &products, Dense &Q, Dense &X) const
    {
      const Dense G = cycle_matrix(n_recycled, coupling, hessenberg.matrix());
      Dense P = Dense::identity(G.n_columns), R;
      if (G.n_columns > k)
      {
        qr(G, Q, R);
        P = dominant_eigenvectors(solve_upper(R, multiply(Q, products, true)),
                                  k);
      }
      if (P.n_columns > 0)
      {
        qr(multiply(G, P), Q, R);
        X = divide_upper(P, R);
      }
      if (!X.is_finite())
        X = Dense();
      range.share(Q);
      range.share(X);
    }

    void GcroDr::update_space(const bool is_last)
    {
      const unsigned int p = hessenberg.n_columns(), n = n_recycled + p;
      // A few vectors tell nothing that a full space does not know.
      if (p == 0 || (p < 3 && n > k))
        return;
      const Dense products = preimage_products();
      Dense Q, X;
      choose_vectors(products, Q, X);
      if (X.n_columns == 0)
        return;
      const Dense X_U = X.rows(0, n_recycled), X_V = X.rows(n_recycled, p);
      if (is_left())
        domain.combine({{domain, 0, X_U}, {range, n_recycled, X_V}});
      else
        domain.combine({{domain, 0, X}});
      if (!is_last && !is_left())
      {
        if (preimage_is_in_range)
          preimage.combine({{range, 0, multiply(products.rows(0, n), X)}});
        else
          preimage.combine({{preimage, 0, X_U}, {range, n_recycled, X_V}});
        preimage_is_in_range = false;
      }
      gram = multiply(Q, multiply(products, X), true);
      if (!is_last)
        range.combine({{range, 0, Q}});
      n_recycled = X.n_columns;
    }

    SolveResult GcroDr::solve(Mat A_, Vec x, Vec b, const Preconditioner &M_,
                              const SolveControl &control,
                              RecycleSpace *recycle)
    {
      if (side != "flexible")
        require_linear(M_, "gcrodr");
      A = A_;
      M = &M_;
      const VecHandle r = duplicate(b);
      Progress progress(A, x, b, r, control);
      if (!progress.go_on())
        return progress.result;
      reinit(x);
      if (recycle)
        load(*recycle);
      const VecHandle x_before = duplicate(x);
      for (bool goes_on = true; goes_on;)
      {
        const double before = progress.residual_norm();
        NODAL_PETSC(VecCopy(x, x_before));
        cycle(x, r, progress);
        goes_on = progress.go_on();
        if (progress.residual_norm() > 1.1 * before)
        {
          // Only an ill-conditioned basis does this: start without one.
          NODAL_PETSC(VecCopy(x_before, x));
          n_recycled = 0;
          preimage_is_in_range = true;
          gram = Dense();
          goes_on = goes_on && progress.go_on();
        }
        else
          update_space(!goes_on);
      }
      if (recycle && n_recycled > 0 &&
          progress.result.status != SolveStatus::not_a_number)
        save(*recycle);
      return progress.result;
    }
  } // namespace

  NODAL_REGISTER(KrylovSolver, GcroDr, "gcrodr",
                 "GCRO-DR: GMRES that recycles harmonic Ritz vectors from "
                 "cycle to cycle and from system to system")
} // namespace nodal
