// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_belos_traits_h
#define nodal_source_solver_belos_traits_h

// The traits must be known before any solver of Belos is.
#include <BelosMultiVecTraits.hpp>
#include <BelosOperatorTraits.hpp>

#include <nodal/core/exceptions.h>
#include <nodal/solver/krylov_solver.h>

#include "krylov_tools.h"

#include <cmath>
#include <functional>
#include <memory>
#include <ostream>
#include <vector>

namespace nodal
{
  /// Several PETSc vectors as Belos wants them. A view shares the vectors.
  class BelosVectors
  {
  public:
    BelosVectors() = default;

    /// @p count new vectors like @p like, all zero.
    BelosVectors(Vec like, const int count)
    {
      for (int j = 0; j < count; ++j)
      {
        columns.push_back(std::make_shared<VecHandle>(duplicate(like)));
        NODAL_PETSC(VecSet(*columns.back(), 0.));
      }
    }

    BelosVectors(const BelosVectors &other, const std::vector<int> &index)
    {
      for (const int j : index)
        columns.push_back(other.columns.at(j));
    }

    Vec operator[](const int j) const
    {
      return *columns[j];
    }

    int size() const
    {
      return columns.size();
    }

    std::vector<Vec> list() const
    {
      std::vector<Vec> result;
      for (const auto &column : columns)
        result.push_back(*column);
      return result;
    }

  private:
    std::vector<std::shared_ptr<VecHandle>> columns;
  };

  /// A linear map as Belos wants it.
  struct BelosOperator
  {
    std::function<void(Vec, Vec)> apply;
  };
} // namespace nodal

namespace Belos
{
  template <>
  class MultiVecTraits<double, nodal::BelosVectors>
  {
    using MV = nodal::BelosVectors;
    using Small = Teuchos::SerialDenseMatrix<int, double>;

    static std::vector<int> numbers(const Teuchos::Range1D &range)
    {
      std::vector<int> result;
      for (auto j = range.lbound(); j <= range.ubound(); ++j)
        result.push_back(j);
      return result;
    }

  public:
    static Teuchos::RCP<MV> Clone(const MV &mv, const int count)
    {
      return Teuchos::rcp(new MV(mv[0], count));
    }

    static Teuchos::RCP<MV> CloneCopy(const MV &mv)
    {
      Teuchos::RCP<MV> result = Clone(mv, mv.size());
      Assign(mv, *result);
      return result;
    }

    template <class Index>
    static Teuchos::RCP<MV> CloneCopy(const MV &mv, const Index &index)
    {
      return CloneCopy(*CloneView(mv, index));
    }

    static Teuchos::RCP<MV> CloneViewNonConst(MV &mv,
                                              const std::vector<int> &index)
    {
      return Teuchos::rcp(new MV(mv, index));
    }

    static Teuchos::RCP<MV> CloneViewNonConst(MV &mv,
                                              const Teuchos::Range1D &range)
    {
      return CloneViewNonConst(mv, numbers(range));
    }

    static Teuchos::RCP<const MV> CloneView(const MV &mv,
                                            const std::vector<int> &index)
    {
      return Teuchos::rcp(new MV(mv, index));
    }

    static Teuchos::RCP<const MV> CloneView(const MV &mv,
                                            const Teuchos::Range1D &range)
    {
      return CloneView(mv, numbers(range));
    }

    static ptrdiff_t GetGlobalLength(const MV &mv)
    {
      PetscInt n = 0;
      NODAL_PETSC(VecGetSize(mv[0], &n));
      return n;
    }

    static int GetNumberVecs(const MV &mv)
    {
      return mv.size();
    }

    static bool HasConstantStride(const MV &)
    {
      return false;
    }

    /// mv = alpha A B + beta mv
    static void MvTimesMatAddMv(const double alpha, const MV &A, const Small &B,
                                const double beta, MV &mv)
    {
      std::vector<Vec> list = A.list();
      std::vector<double> coefficients(list.size());
      for (int j = 0; j < mv.size(); ++j)
      {
        for (int i = 0; i < A.size(); ++i)
          coefficients[i] = alpha * B(i, j);
        if (beta == 0)
          NODAL_PETSC(VecSet(mv[j], 0.));
        else
          NODAL_PETSC(VecScale(mv[j], beta));
        NODAL_PETSC(
            VecMAXPY(mv[j], list.size(), coefficients.data(), list.data()));
      }
    }

    /// mv = alpha A + beta B, where mv may be A or B.
    static void MvAddMv(const double alpha, const MV &A, const double beta,
                        const MV &B, MV &mv)
    {
      for (int j = 0; j < mv.size(); ++j)
      {
        const Vec a = A[j], b = B[j], y = mv[j];
        if (a == b)
        {
          if (y != a)
            NODAL_PETSC(VecCopy(a, y));
          NODAL_PETSC(VecScale(y, alpha + beta));
        }
        else if (y == a)
          NODAL_PETSC(VecAXPBY(y, beta, alpha, b));
        else if (y == b)
          NODAL_PETSC(VecAXPBY(y, alpha, beta, a));
        else
        {
          NODAL_PETSC(VecCopy(a, y));
          NODAL_PETSC(VecAXPBY(y, beta, alpha, b));
        }
      }
    }

    static void MvScale(MV &mv, const double alpha)
    {
      MvScale(mv, std::vector<double>(mv.size(), alpha));
    }

    static void MvScale(MV &mv, const std::vector<double> &alpha)
    {
      for (int j = 0; j < mv.size(); ++j)
        NODAL_PETSC(VecScale(mv[j], alpha[j]));
    }

    /// B = alpha Aᵀ mv
    static void MvTransMv(const double alpha, const MV &A, const MV &mv,
                          Small &B)
    {
      const std::vector<Vec> list = A.list();
      std::vector<double> products(list.size());
      for (int j = 0; j < mv.size(); ++j)
      {
        NODAL_PETSC(VecMDot(mv[j], list.size(), list.data(), products.data()));
        for (int i = 0; i < A.size(); ++i)
          B(i, j) = alpha * products[i];
      }
    }

    static void MvDot(const MV &mv, const MV &A, std::vector<double> &b)
    {
      for (int j = 0; j < mv.size(); ++j)
        NODAL_PETSC(VecDot(mv[j], A[j], &b[j]));
    }

    static void MvNorm(const MV &mv, std::vector<double> &norms,
                       NormType type = TwoNorm)
    {
      const ::NormType petsc = type == OneNorm   ? NORM_1
                               : type == TwoNorm ? NORM_2
                                                 : NORM_INFINITY;
      for (int j = 0; j < mv.size(); ++j)
        NODAL_PETSC(VecNorm(mv[j], petsc, &norms[j]));
    }

    template <class Index>
    static void SetBlock(const MV &A, const Index &index, MV &mv)
    {
      Assign(A, *CloneViewNonConst(mv, index));
    }

    static void Assign(const MV &A, MV &mv)
    {
      for (int j = 0; j < std::min(A.size(), mv.size()); ++j)
        if (A[j] != mv[j])
          NODAL_PETSC(VecCopy(A[j], mv[j]));
    }

    /// Numbers that depend on the global index only.
    static void MvRandom(MV &mv)
    {
      static unsigned int seed = 0;
      for (int j = 0; j < mv.size(); ++j)
      {
        ++seed;
        PetscInt first = 0, end = 0;
        PetscScalar *values = nullptr;
        NODAL_PETSC(VecGetOwnershipRange(mv[j], &first, &end));
        NODAL_PETSC(VecGetArrayWrite(mv[j], &values));
        for (PetscInt i = first; i < end; ++i)
        {
          const double v =
              std::sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453;
          values[i - first] = 2 * (v - std::floor(v)) - 1;
        }
        NODAL_PETSC(VecRestoreArrayWrite(mv[j], &values));
      }
    }

    static void MvInit(MV &mv, const double alpha = 0)
    {
      for (int j = 0; j < mv.size(); ++j)
        NODAL_PETSC(VecSet(mv[j], alpha));
    }

    static void MvPrint(const MV &, std::ostream &)
    {
    }

#ifdef HAVE_BELOS_TSQR
    using tsqr_adaptor_type = details::StubTsqrAdapter<MV>;
#endif
  };

  template <>
  class OperatorTraits<double, nodal::BelosVectors, nodal::BelosOperator>
  {
  public:
    static void Apply(const nodal::BelosOperator &op,
                      const nodal::BelosVectors &x, nodal::BelosVectors &y,
                      ETrans = NOTRANS)
    {
      for (int j = 0; j < x.size(); ++j)
        op.apply(x[j], y[j]);
    }

    static bool HasApplyTranspose(const nodal::BelosOperator &)
    {
      return false;
    }
  };
} // namespace Belos

#include <BelosLinearProblem.hpp>
#include <Teuchos_ParameterList.hpp>

namespace nodal
{
  /**
   * A solver manager of Belos. The space that it recycles is its own: it lives
   * as long as this object, and the RecycleSpace of the caller is left alone.
   * Belos measures against the initial residual, so it solves for the
   * correction; the preconditioner is on the left, which keeps the recycled
   * vectors in the space of solutions.
   */
  template <template <class, class, class> class Manager>
  class BelosKrylov : public KrylovSolver
  {
  public:
    SolveResult solve(Mat A, Vec x, Vec b, const Preconditioner &M,
                      const SolveControl &control, RecycleSpace *) override
    {
      check_preconditioner(M);
      const VecHandle r = duplicate(b);
      Progress progress(A, x, b, r, control);
      n_failures = 0;
      // Left preconditioning judges by another norm: ask for more each time
      // that this turns out too little.
      for (double factor = 1; progress.go_on(); factor /= 10)
        correct(A, x, r, M, factor, progress);
      return progress.result;
    }

  protected:
    /// Sizes in Belos' own count.
    struct Blocks
    {
      unsigned int n, n_recycled;
      unsigned int n_restarts; ///< 0 where the manager has no limit
    };

    virtual void check_preconditioner(const Preconditioner &M) const = 0;

    virtual Blocks blocks() const = 0;

  private:
    using Problem = Belos::LinearProblem<double, BelosVectors, BelosOperator>;
    using ThisManager = Manager<double, BelosVectors, BelosOperator>;

    Teuchos::RCP<Teuchos::ParameterList>
    parameters(const double tolerance, const unsigned int n_iterations) const
    {
      const Blocks sizes = blocks();
      const auto list = Teuchos::parameterList();
      list->set("Num Blocks", int(sizes.n));
      list->set("Num Recycled Blocks", int(sizes.n_recycled));
      if (sizes.n_restarts > 0)
        list->set("Maximum Restarts", int(sizes.n_restarts));
      list->set("Convergence Tolerance", tolerance);
      list->set("Maximum Iterations", int(n_iterations));
      return list;
    }

    Teuchos::RCP<Problem> make_problem(Mat A, Vec r, const Preconditioner &M,
                                       BelosVectors &d) const
    {
      BelosVectors rhs(r, 1);
      NODAL_PETSC(VecCopy(r, rhs[0]));
      const auto product = [A](Vec from, Vec to)
      { NODAL_PETSC(MatMult(A, from, to)); };
      const auto precondition = [&M](Vec from, Vec to) { M.apply(from, to); };
      const auto problem =
          Teuchos::rcp(new Problem(Teuchos::rcp(new BelosOperator{product}),
                                   Teuchos::rcp(new BelosVectors(d)),
                                   Teuchos::rcp(new BelosVectors(rhs))));
      problem->setLeftPrec(Teuchos::rcp(new BelosOperator{precondition}));
      problem->setProblem();
      return problem;
    }

    /// One call of the manager; adds what it finds to x.
    void correct(Mat A, Vec x, Vec r, const Preconditioner &M,
                 const double factor, Progress &progress)
    {
      PetscInt n = 0, n_global = 0;
      NODAL_PETSC(VecGetLocalSize(r, &n));
      NODAL_PETSC(VecGetSize(r, &n_global));
      int changed = n != n_local || n_global != n_all;
      MPI_Allreduce(MPI_IN_PLACE, &changed, 1, MPI_INT, MPI_MAX,
                    PetscObjectComm(reinterpret_cast<PetscObject>(r)));
      if (changed)
        manager.reset();
      n_local = n;
      n_all = n_global;

      BelosVectors d(x, 1);
      const auto list = parameters(
          std::max(factor * progress.target() / progress.residual_norm(),
                   1e-14),
          progress.remaining());
      try
      {
        const auto problem = make_problem(A, r, M, d);
        if (!manager)
          manager = std::make_unique<ThisManager>(problem, list);
        else
        {
          manager->setParameters(list);
          manager->setProblem(problem);
        }
        manager->solve();
        progress.result.iterations += std::max(manager->getNumIters(), 1);
      }
      catch (const BadInput &)
      {
        throw;
      }
      catch (const PetscFailure &)
      {
        throw;
      }
      catch (const std::exception &failure)
      {
        // Loss of rank in the recycled space: begin without one, once.
        manager.reset();
        ++progress.result.iterations;
        if (++n_failures > 1)
          progress.fail(SolveStatus::breakdown,
                        std::string("Belos: ") + failure.what());
        return;
      }
      if (std::isfinite(norm(d[0])))
        NODAL_PETSC(VecAXPY(x, 1., d[0]));
      else
      {
        manager.reset();
        if (++n_failures > 1)
          progress.fail(SolveStatus::breakdown,
                        "Belos: the correction is not a number");
      }
    }

    std::unique_ptr<ThisManager> manager;
    unsigned int n_failures = 0;
    PetscInt n_local = -1, n_all = -1;
  };
} // namespace nodal

#endif
