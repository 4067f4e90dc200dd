// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_small_system_h
#define nodal_source_solver_small_system_h

#include <nodal/core/petsc.h>
#include <nodal/solver/operator.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /// A symmetric positive definite matrix that every rank has and factorises,
  /// and vectors of its size that are the same on every rank.
  class SmallSystem
  {
  public:
    /// Of a row, to which several ranks may add.
    struct Entry
    {
      int row, column;
      double value;
    };

    using Vector = std::vector<double>;

    /// The sum of the @p entries of all ranks, on each of them sorted by row
    /// and column and without repetition. Collective. Throws NumericalFailure,
    /// on all ranks and beginning with @p what, if it is singular or not of
    /// finite numbers.
    SmallSystem(std::vector<Entry> entries, int n_rows, const std::string &what,
                MPI_Comm comm);

    /// @p x ← its inverse times @p x.
    void solve(Vector &x) const;

    int size() const
    {
      return n_rows;
    }

  private:
    void factorize(Mat matrix, const std::string &what);

    const MPI_Comm comm;
    const int n_rows;
    std::unique_ptr<Preconditioner> inverse;
    VecHandle load, solution; ///< work space of solve()
  };

  /// Add up what the ranks of @p comm have for @p x. Collective.
  void sum_over_ranks(std::vector<double> &x, MPI_Comm comm);
} // namespace nodal

#endif
