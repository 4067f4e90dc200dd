// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ssor.h"
#include "ghost_values.h"
#include "krylov_tools.h"
#include "lanczos_record.h"
#include "sweep_kernels.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace nodal
{
  void Ssor::add_parameters(Parameters &prm)
  {
    prm.add("Relaxation", relaxation,
            "Factor of a step: 1 is symmetric Gauss-Seidel.", 0.01, 1.99);
  }

  void Ssor::order()
  {
    lower.order(pattern, false);
    upper.order(pattern, true);
    factor.resize(pattern.n);
    place_in_upper.assign(lower.n_places(), upper.n_places());
    upper.follow(lower);
    for (int i = 0; i < pattern.n; ++i)
      place_in_upper[lower.place_of[i]] = upper.place_of[i];
    inverse_factor.assign(lower.n_places(), 0.);
    lower_result.assign(lower.n_places(), 0.);
    upper_result.assign(upper.n_places(), 0.);
  }

  bool Ssor::fill(const LocalRows &A)
  {
    for (int i = 0; i < pattern.n; ++i)
    {
      const int begin = pattern.offsets[i], end = pattern.offsets[i + 1];
      const double *const below = A.values + A.offsets[i];
      const double diagonal = LowerPattern::has_diagonal(A, i, end - begin)
                                  ? below[end - begin]
                                  : 0.;
      bool is_sound = diagonal > 0 && std::isfinite(diagonal);
      factor[i] = lower.scale[lower.place_of[i]] =
          std::sqrt(relaxation / diagonal);
      inverse_factor[lower.place_of[i]] = 1 / factor[i];
      for (int t = begin; t < end; ++t)
      {
        const double value =
            below[t - begin] * factor[i] * factor[pattern.columns[t]];
        is_sound = is_sound && std::isfinite(value);
        lower.values[lower.at[t]] = upper.values[upper.at[t]] = -value;
      }
      if (!is_sound)
        return false;
    }
    return true;
  }

  void Ssor::update(Mat A, const bool is_spd)
  {
    if (!is_spd)
      throw BadInput("Preconditioner 'ssor' needs a symmetric positive "
                     "definite matrix: choose 'sor', 'ilu' or 'lu'.");
    Mat own = nullptr; // the block between owned rows and columns
    NODAL_PETSC(MatGetDiagonalBlock(A, &own));
    const LocalRows rows(own);
    version = MatVersion(A);
    if (pattern.take(rows))
      order();
    int has_failed = !fill(rows);
    MPI_Allreduce(MPI_IN_PLACE, &has_failed, 1, MPI_INT, MPI_MAX,
                  PetscObjectComm(reinterpret_cast<PetscObject>(A)));
    if (has_failed)
      throw NumericalFailure(
          "The preconditioner 'ssor' does not exist for this matrix: entries "
          "are not finite, or not positive on the diagonal.");
  }

  void Ssor::apply(Vec x, Vec y) const
  {
    const double *from = nullptr;
    double *to = nullptr;
    NODAL_PETSC(VecGetArrayRead(x, &from));
    NODAL_PETSC(VecGetArrayWrite(y, &to));
    lower.solve(from, lower_result.data());
    upper.solve(lower_result.data(), upper_result.data());
    for (int i = 0; i < pattern.n; ++i)
      to[i] = factor[i] * upper_result[upper.place_of[i]];
    NODAL_PETSC(VecRestoreArrayWrite(y, &to));
    NODAL_PETSC(VecRestoreArrayRead(x, &from));
  }

  OperatorTraits Ssor::traits() const
  {
    OperatorTraits result;
    result.is_spd = true;
    return result;
  }

  /// The vectors of an iteration, scaled so that D = ω I, by places of the
  /// lower sweep. The directions are p = u − W g: corrections in the coarse
  /// space are added up and made once, at the end.
  class Ssor::Iteration
  {
  public:
    Iteration(const Ssor &M, Mat A, const CoarseSpace *space, Vec r_vector)
        : M(M), space(space),
          comm(PetscObjectComm(reinterpret_cast<PetscObject>(A))),
          n(M.lower.n_places()), u(n, 0.), q(n, 0.), t(n, 0.), v(n, 0.),
          d(n, 0.), r(n, 0.), z(M.upper.n_places() + 1, 0.)
    {
      const double *values = nullptr;
      NODAL_PETSC(VecGetArrayRead(r_vector, &values));
      M.lower.solve(values, r.data());
      NODAL_PETSC(VecRestoreArrayRead(r_vector, &values));
      for (const double value : r)
        rr += value * value;
      sum(rr);
      if (space)
        take_images();
      if (n_ranks(reinterpret_cast<PetscObject>(A)) > 1)
      {
        others = std::make_unique<GhostValues>(A);
        NODAL_PETSC(
            MatCreateVecs(others->others, nullptr, product_of_others.put()));
      }
    }

    /// ‖K r‖₂ in the variables of A. Collective.
    double residual_norm() const
    {
      double result = sweeps::kernels().square(
          M.lower.triangle(), M.inverse_factor.data(), r.data());
      sum(result);
      return std::sqrt(result);
    }

    /// The next direction, and pᵀ A p.
    double direct(const double beta)
    {
      const sweeps::Kernels &kernels = sweeps::kernels();
      M.upper.solve(r.data(), z.data());
      kernels.directions(n, M.place_in_upper.data(), beta, z.data(), r.data(),
                         2 - M.relaxation, u.data(), q.data(), t.data());
      if (space)
      {
        products.products(z.data(), coarse);
        space->sum_over_ranks(coarse);
        space->solve(coarse);
        for (std::size_t c = 0; c < coarse.size(); ++c)
          g[c] = coarse[c] + beta * g[c];
        images.add(g, -1, t.data());
        std::fill(coarse.begin(), coarse.end(), 0.);
      }
      if (others)
        add_product_of_others();
      M.lower.solve(t.data(), v.data(), true);
      double energy = kernels.product(n, q.data(), u.data(), v.data());
      sum(energy);
      return energy;
    }

    /// Go @p length along the direction; rr is then up to date.
    void step(const double length)
    {
      rr = sweeps::kernels().step(n, length, u.data(), v.data(), d.data(),
                                  r.data());
      for (std::size_t c = 0; c < g.size(); ++c)
        g_sum[c] += length * g[c];
      sum(rr);
    }

    /// Add what has been found to @p x.
    void add_to(Vec x) const
    {
      double *values = nullptr;
      NODAL_PETSC(VecGetArray(x, &values));
      for (int i = 0; i < M.pattern.n; ++i)
        values[i] += M.factor[i] * d[M.lower.place_of[i]];
      if (space)
      {
        CoarseSpace::Vector negative = g_sum;
        for (double &value : negative)
          value = -value;
        space->add_columns(negative, values);
      }
      NODAL_PETSC(VecRestoreArray(x, &values));
    }

    /// The step that follows, of @p length, in the present variables.
    void add_to(LanczosRecord &record, const double length) const
    {
      record.add(r.data(), r.size(), rr, length);
    }

    /// The vectors of @p record in those of A, but for parts in the coarse
    /// space.
    void finish(LanczosRecord &record)
    {
      record.result = record.ritz_vectors();
      for (std::vector<double> &vector : record.result)
      {
        M.upper.solve(vector.data(), z.data());
        vector.resize(M.pattern.n);
        for (int i = 0; i < M.pattern.n; ++i)
          vector[i] = M.factor[i] * z[M.upper.place_of[i]];
      }
    }

    double rr = 0; ///< rᵀ M⁻¹ r

  private:
    void sum(double &value) const
    {
      MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, MPI_SUM, comm);
    }

    /// A W in the present variables, for products with z and for u.
    void take_images()
    {
      coarse.assign(space->size(), 0.);
      g = g_sum = coarse;
      images = products = space->images();
      const std::size_t width = images.width;
      for (std::size_t k = 0; k < images.rows.size(); ++k)
      {
        const int row = images.rows[k];
        images.rows[k] = M.lower.place_of[row];
        products.rows[k] = M.upper.place_of[row];
        for (std::size_t t = k * width; t < (k + 1) * width; ++t)
        {
          images.values[t] *= M.factor[row];
          products.values[t] *= M.factor[row];
        }
      }
    }

    /// What the rows of this rank have in columns of others, times u.
    void add_product_of_others()
    {
      double *values = nullptr;
      NODAL_PETSC(VecGetArrayWrite(others->own, &values));
      for (int i = 0; i < M.pattern.n; ++i)
        values[i] = M.factor[i] * u[M.lower.place_of[i]];
      NODAL_PETSC(VecRestoreArrayWrite(others->own, &values));
      others->update();
      const double *product = nullptr;
      NODAL_PETSC(MatMult(others->others, others->ghosts, product_of_others));
      NODAL_PETSC(VecGetArrayRead(product_of_others, &product));
      for (int i = 0; i < M.pattern.n; ++i)
        t[M.lower.place_of[i]] += M.factor[i] * product[i];
      NODAL_PETSC(VecRestoreArrayRead(product_of_others, &product));
    }

    const Ssor &M;
    const CoarseSpace *const space;
    const MPI_Comm comm;
    const int n;
    std::vector<double> u, q, t, v; ///< q = Kᵀ u and K v = q − (2 − ω) u
    std::vector<double> d, r, z; ///< r = K⁻¹ × residual, z by upper places
    SparseColumns images, products;
    CoarseSpace::Vector coarse, g, g_sum;

    // On several ranks.
    std::unique_ptr<GhostValues> others;
    VecHandle product_of_others;
  };

  void Ssor::correct(Vec, Vec) const
  {
  }

  void Ssor::apply_deflated(Vec r, Vec z) const
  {
    apply(r, z);
  }

  bool Ssor::iterate(Mat A, Vec x, Vec r, const double target,
                     const unsigned int n_most, SolveResult &result,
                     LanczosRecord *const record) const
  {
    result = iterate_with(nullptr, A, x, r, target, n_most, record);
    return true;
  }

  SolveResult Ssor::iterate_with(const CoarseSpace *const space, Mat A, Vec x,
                                 Vec r, const double target,
                                 const unsigned int n_most,
                                 LanczosRecord *const record) const
  {
    // How often the norm of the residual is computed, which is about as much
    // work as a third of a step; between, it is thought to fall as rᵀ M⁻¹ r.
    constexpr unsigned int interval = 8;
    SolveResult result;
    result.status = SolveStatus::iteration_limit;
    Iteration iteration(*this, A, space, r);
    Stall stall;
    double beta = 0, r_norm = norm(r), ratio = 0;
    if (r_norm <= target)
      result.status = SolveStatus::converged;
    else
      ratio = r_norm / std::sqrt(iteration.rr);
    while (result.status == SolveStatus::iteration_limit &&
           result.iterations < n_most)
    {
      const double before = iteration.rr, energy = iteration.direct(beta);
      ++result.iterations;
      if (!(before > 0) || !(energy > 0) || !std::isfinite(before / energy))
      {
        const bool is_finite = std::isfinite(before) && std::isfinite(energy);
        result.status =
            is_finite ? SolveStatus::breakdown : SolveStatus::not_a_number;
        break;
      }
      if (space && stall.is_seen(before))
      {
        result.status = SolveStatus::breakdown;
        break;
      }
      if (record)
        iteration.add_to(*record, before / energy);
      iteration.step(before / energy);
      beta = iteration.rr / before;
      if (ratio * std::sqrt(iteration.rr) <= 1.5 * target ||
          result.iterations % interval == 0)
      {
        r_norm = iteration.residual_norm();
        ratio = r_norm / std::sqrt(iteration.rr);
        if (r_norm <= target)
          result.status = SolveStatus::converged;
      }
    }
    iteration.add_to(x);
    if (record)
      iteration.finish(*record);
    return result;
  }

  NODAL_REGISTER(Preconditioner, Ssor, "ssor",
                 "symmetric successive over-relaxation on the block of each "
                 "rank, for symmetric positive definite matrices: faster than "
                 "'sor', and with 'deflated cg' no products with the matrix")
} // namespace nodal
