// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_fixed_matrix_solver_h
#define nodal_solver_fixed_matrix_solver_h

#include <nodal/core/petsc.h>
#include <nodal/solver/krylov_solver.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * Solves A X = B for one matrix and many right-hand sides, block by block.
   *
   * A is factored once; a block passes through the factors together, so that
   * they are read once for all its columns. Where right-hand sides turn out to
   * span few dimensions, a solution is the sum of earlier ones: its
   * coefficients come from a least squares problem of random sums of entries
   * (SolutionSpan). Whichever way it came, a column is certified by its own
   * residual b − A x, and refined if that does not meet the tolerance.
   */
  class FixedMatrixSolver
  {
  public:
    struct Settings
    {
      unsigned int block = 16;     ///< columns at once
      unsigned int most_span = 64; ///< dimensions; 0: no superposition
    };

    /// Factor @p A, which must not change while this object is used. Throws
    /// NumericalFailure if that fails. Collective.
    FixedMatrixSolver(Mat A, bool is_spd, bool is_symmetric,
                      const Settings &settings);
    ~FixedMatrixSolver();

    unsigned int block() const;

    static constexpr unsigned int vectors_per_column = 5;

    /// Bytes that a column takes on this rank where @p n_local entries are on
    /// it.
    static std::size_t bytes_per_column(std::size_t n_local)
    {
      return vectors_per_column * n_local * sizeof(double);
    }

    /// A column of a dense matrix as a vector, for as long as this lives.
    class Column
    {
    public:
      Column(Mat block, unsigned int j);
      Column(const Column &) = delete;
      ~Column();

      operator Vec() const
      {
        return column;
      }

    private:
      Mat block;
      unsigned int j;
      Vec column = nullptr;
    };

    /// Column @p j < block() of B, to be filled before solve(), when nothing
    /// returned by this function may live any more.
    Column rhs(unsigned int j);

    /// Solve for the first @p n columns. Collective.
    std::vector<SolveResult> solve(unsigned int n, const SolveControl &control);

    /// Column @p j of X, valid until the next solve().
    Column solution(unsigned int j);

    /// How many solutions came as sums of earlier ones, and of how many.
    unsigned int n_superposed() const;
    unsigned int span_dimension() const;

    /// What factored A: "cholmod", "mumps".
    std::string package() const;

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation;
  };
} // namespace nodal

#endif
