// SPDX-License-Identifier: LGPL-2.1-or-later
#include "solution_span.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/solver/fixed_matrix_solver.h>
#include <nodal/solver/linear_solver.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nodal
{
  namespace
  {
    /// Blocks of each kind that are timed before superposing may be given up.
    constexpr unsigned int n_timed = 3;

    constexpr unsigned int most_refinements = 3;

    /// Values of the local part of a dense matrix, by columns.
    class Values
    {
    public:
      explicit Values(Mat block) : block(block)
      {
        NODAL_PETSC(MatDenseGetArray(block, &values));
      }
      Values(const Values &) = delete;

      ~Values()
      {
        MatDenseRestoreArray(block, &values);
      }

      operator double *() const
      {
        return values;
      }

    private:
      Mat block;
      double *values = nullptr;
    };

    /// How long one way takes per column, at best.
    struct Speed
    {
      double seconds = std::numeric_limits<double>::infinity();
      unsigned int n_blocks = 0;

      void note(const double new_seconds)
      {
        seconds = std::min(seconds, new_seconds);
        ++n_blocks;
      }
    };
  } // namespace

  FixedMatrixSolver::Column::Column(Mat block, const unsigned int j)
      : block(block), j(j)
  {
    NODAL_PETSC(MatDenseGetColumnVec(block, j, &column));
  }

  FixedMatrixSolver::Column::~Column()
  {
    MatDenseRestoreColumnVec(block, j, &column);
  }

  struct FixedMatrixSolver::Implementation
  {
    Implementation(Mat A, const bool is_spd, const bool is_symmetric,
                   const Settings &settings)
        : A(A), n_columns(settings.block)
    {
      NODAL_PETSC(PetscObjectGetComm(reinterpret_cast<PetscObject>(A), &comm));
      NODAL_PETSC(MatGetLocalSize(A, &n_local, nullptr));
      factorise(is_spd, is_symmetric);
      for (MatHandle *const block : {&B, &X, &part_B, &part_X})
        make_block(*block);
      VecHandle like;
      NODAL_PETSC(MatCreateVecs(A, nullptr, like.put()));
      if (settings.most_span > 0)
        span = std::make_unique<SolutionSpan>(like, settings.most_span);
    }

    void make_block(MatHandle &block)
    {
      NODAL_PETSC(MatCreateDense(comm, n_local, PETSC_DECIDE, PETSC_DETERMINE,
                                 n_columns, nullptr, block.put()));
      NODAL_PETSC(MatZeroEntries(block));
      NODAL_PETSC(MatAssemblyBegin(block, MAT_FINAL_ASSEMBLY));
      NODAL_PETSC(MatAssemblyEnd(block, MAT_FINAL_ASSEMBLY));
    }

    void factorise(const bool is_spd, const bool is_symmetric)
    {
      const MatFactorType type =
          is_spd || is_symmetric ? MAT_FACTOR_CHOLESKY : MAT_FACTOR_LU;
      package =
          is_spd && size_of(comm) == 1 ? MATSOLVERCHOLMOD : MATSOLVERMUMPS;
      NODAL_PETSC(MatGetFactor(A, package.c_str(), type, F.put()));
      MatFactorInfo info;
      NODAL_PETSC(MatFactorInfoInitialize(&info));
      const QuietPetscErrors quiet;
      const bool is_cholesky = type == MAT_FACTOR_CHOLESKY;
      check(is_cholesky ? MatCholeskyFactorSymbolic(F, A, nullptr, &info)
                        : MatLUFactorSymbolic(F, A, nullptr, nullptr, &info));
      check(is_cholesky ? MatCholeskyFactorNumeric(F, A, &info)
                        : MatLUFactorNumeric(F, A, &info));
    }

    /// @p code is what PETSc returned; some packages tell it otherwise.
    void check(const int code) const
    {
      MatFactorError error = MAT_FACTOR_OTHER;
      if (code == 0)
        NODAL_PETSC(MatFactorGetError(F, &error));
      if (error == MAT_FACTOR_OUTMEMORY)
        throw NumericalFailure("there is not enough memory to factor it");
      if (error != MAT_FACTOR_NOERROR)
        throw NumericalFailure("the factorisation of it fails");
    }

    /// X = A⁻¹ B for the first @p n columns.
    void solve_by_factors(Mat rhs, Mat solution, const unsigned int n)
    {
      Mat some_rhs = nullptr, some = nullptr;
      const PetscInt all = PETSC_DECIDE;
      NODAL_PETSC(MatDenseGetSubMatrix(rhs, all, all, 0, n, &some_rhs));
      NODAL_PETSC(MatDenseGetSubMatrix(solution, all, all, 0, n, &some));
      NODAL_PETSC(MatMatSolve(F, some_rhs, some));
      NODAL_PETSC(MatDenseRestoreSubMatrix(solution, &some));
      NODAL_PETSC(MatDenseRestoreSubMatrix(rhs, &some_rhs));
    }

    void solve_columns(const std::vector<unsigned int> &columns, Mat rhs)
    {
      const unsigned int n = columns.size();
      bool is_contiguous = true;
      for (unsigned int k = 0; k < n; ++k)
        is_contiguous &= columns[k] == k;
      if (is_contiguous)
      {
        solve_by_factors(rhs, X, n);
        return;
      }
      copy_columns(rhs, columns, part_B);
      solve_by_factors(part_B, part_X, n);
      const Values from(part_X), to(X);
      for (unsigned int k = 0; k < n; ++k)
        std::copy_n(from + k * std::size_t(n_local), n_local,
                    to + columns[k] * std::size_t(n_local));
    }

    void copy_columns(Mat source, const std::vector<unsigned int> &columns,
                      Mat target) const
    {
      const Values from(source), to(target);
      for (unsigned int k = 0; k < columns.size(); ++k)
        std::copy_n(from + columns[k] * std::size_t(n_local), n_local,
                    to + k * std::size_t(n_local));
    }

    /// Solve the columns that are sums of earlier solutions; returns the
    /// others.
    std::vector<unsigned int> superpose(const Dense &sketches,
                                        const unsigned int n,
                                        const double tolerance)
    {
      std::vector<unsigned int> rest, found;
      Dense coefficients(span->size(), n);
      for (unsigned int j = 0; j < n; ++j)
        if (span->find(sketches.data() + std::size_t(j) * sketches.n_rows,
                       0.1 * tolerance,
                       coefficients.data() +
                           found.size() * coefficients.n_rows))
          found.push_back(j);
        else
          rest.push_back(j);
      if (found.empty())
        return rest;
      coefficients.n_columns = found.size();
      const bool is_contiguous = found.back() + 1 == found.size();
      {
        const Values target(is_contiguous ? X : part_X);
        span->combine(coefficients, target);
        if (!is_contiguous)
        {
          const Values to(X);
          for (unsigned int k = 0; k < found.size(); ++k)
            std::copy_n(target + k * std::size_t(n_local), n_local,
                        to + found[k] * std::size_t(n_local));
        }
      }
      n_superposed += found.size();
      return rest;
    }

    /// Returns the columns that passed through the factors.
    std::vector<unsigned int> first_solutions(const unsigned int n,
                                              const double tolerance)
    {
      std::vector<unsigned int> columns(n);
      for (unsigned int j = 0; j < n; ++j)
        columns[j] = j;
      const double start = SolveControl::clock();
      if (!span)
      {
        solve_columns(columns, B);
        return columns;
      }
      Dense sketches;
      {
        const Values b(B);
        sketches = span->sketch(b, n);
      }
      columns = superpose(sketches, n, tolerance);
      const double middle = SolveControl::clock();
      if (!columns.empty())
        solve_columns(columns, B);
      if (columns.empty())
        by_sum.note((middle - start) / n);
      else if (columns.size() == n)
        by_factors.note((SolveControl::clock() - middle) / n);
      learn(sketches, columns);
      return columns;
    }

    /// Keep the solutions of @p columns, which were not in the span; or give up
    /// superposing where it does not pay.
    void learn(const Dense &sketches, const std::vector<unsigned int> &columns)
    {
      int is_slow = by_sum.n_blocks >= n_timed && by_factors.n_blocks > 0 &&
                    by_sum.seconds > by_factors.seconds;
      MPI_Bcast(&is_slow, 1, MPI_INT, 0, comm);
      dimension = span->size();
      if (is_slow || (!columns.empty() && span->size() == span->most()))
      {
        span.reset();
        return;
      }
      const Values x(X);
      for (const unsigned int j : columns)
        span->add(sketches.data() + std::size_t(j) * sketches.n_rows,
                  x + j * std::size_t(n_local));
      dimension = span->size();
    }

    /// product = B − A X, and the norm of each of its columns.
    std::vector<double> residuals()
    {
      Mat raw = product;
      if (raw)
        NODAL_PETSC(MatMatMult(A, X, MAT_REUSE_MATRIX, PETSC_DEFAULT, &raw));
      else
        NODAL_PETSC(
            MatMatMult(A, X, MAT_INITIAL_MATRIX, PETSC_DEFAULT, product.put()));
      NODAL_PETSC(MatAYPX(product, -1, B, SAME_NONZERO_PATTERN));
      std::vector<double> norms(n_columns);
      NODAL_PETSC(MatGetColumnNorms(product, NORM_2, norms.data()));
      return norms;
    }

    std::vector<SolveResult> solve(const unsigned int n,
                                   const SolveControl &control)
    {
      {
        const Values b(B), x(X);
        std::fill(b + n * std::size_t(n_local),
                  b + n_columns * std::size_t(n_local), 0.);
        std::fill(x + n * std::size_t(n_local),
                  x + n_columns * std::size_t(n_local), 0.);
      }
      std::vector<SolveResult> results(n);
      std::vector<double> b_norms(n_columns);
      NODAL_PETSC(MatGetColumnNorms(B, NORM_2, b_norms.data()));
      for (const unsigned int j : first_solutions(n, control.tolerance))
        results[j].iterations = 1;
      for (unsigned int refinement = 0;; ++refinement)
      {
        const std::vector<double> norms = residuals();
        std::vector<unsigned int> columns;
        for (unsigned int j = 0; j < n; ++j)
        {
          results[j].status = SolveStatus::stagnated;
          results[j].message = "the factorisation is not accurate enough";
          certify(results[j],
                  b_norms[j] == 0 ? norms[j] : norms[j] / b_norms[j],
                  control.tolerance);
          if (results[j].status == SolveStatus::stagnated)
            columns.push_back(j);
        }
        if (columns.empty() || refinement == most_refinements)
          return results;
        for (const unsigned int j : columns)
          ++results[j].iterations;
        refine(columns);
      }
    }

    /// Add A⁻¹ times their residuals, which are in product, to @p columns.
    void refine(const std::vector<unsigned int> &columns)
    {
      copy_columns(product, columns, part_B);
      solve_by_factors(part_B, part_X, columns.size());
      const Values d(part_X), x(X);
      for (unsigned int k = 0; k < columns.size(); ++k)
        for (PetscInt i = 0; i < n_local; ++i)
          x[columns[k] * std::size_t(n_local) + i] +=
              d[k * std::size_t(n_local) + i];
    }

    MPI_Comm comm;
    Mat A;
    const unsigned int n_columns;
    PetscInt n_local = 0;
    std::string package;
    MatHandle F, B, X, product, part_B, part_X;
    std::unique_ptr<SolutionSpan> span;
    Speed by_sum, by_factors;
    unsigned int n_superposed = 0, dimension = 0;
  };

  FixedMatrixSolver::FixedMatrixSolver(Mat A, const bool is_spd,
                                       const bool is_symmetric,
                                       const Settings &settings)
      : implementation(
            std::make_unique<Implementation>(A, is_spd, is_symmetric, settings))
  {
  }

  FixedMatrixSolver::~FixedMatrixSolver() = default;

  unsigned int FixedMatrixSolver::block() const
  {
    return implementation->n_columns;
  }

  FixedMatrixSolver::Column FixedMatrixSolver::rhs(const unsigned int j)
  {
    return Column(implementation->B, j);
  }

  FixedMatrixSolver::Column FixedMatrixSolver::solution(const unsigned int j)
  {
    return Column(implementation->X, j);
  }

  std::vector<SolveResult> FixedMatrixSolver::solve(const unsigned int n,
                                                    const SolveControl &control)
  {
    return implementation->solve(n, control);
  }

  unsigned int FixedMatrixSolver::n_superposed() const
  {
    return implementation->n_superposed;
  }

  unsigned int FixedMatrixSolver::span_dimension() const
  {
    return implementation->dimension;
  }

  std::string FixedMatrixSolver::package() const
  {
    return implementation->package;
  }
} // namespace nodal
