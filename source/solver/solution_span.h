// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_solution_span_h
#define nodal_source_solver_solution_span_h

#include <nodal/core/dense.h>
#include <nodal/core/petsc.h>

#include <cstdint>
#include <vector>

namespace nodal
{
  /**
   * Solutions of A x = b for one matrix, and which right-hand sides they can be
   * added up for.
   *
   * Right-hand sides are known by sketches: every entry, with a random sign, is
   * added to one of a few sums (Charikar, Chen, Farach-Colton: Finding frequent
   * items in data streams, ICALP 2002; as an embedding of subspaces: Clarkson
   * and Woodruff, STOC 2013). A sketch costs one pass over b; the rest are
   * small least squares problems. Signs and sums follow from the global number
   * of an entry, so they do not depend on the number of ranks.
   */
  class SolutionSpan
  {
  public:
    /// Room for @p most solutions laid out like @p like.
    SolutionSpan(Vec like, unsigned int most);

    /// The sketches, by columns, of @p n vectors with @p n_local entries each
    /// on this rank. Collective.
    Dense sketch(const double *vectors, unsigned int n) const;

    /// Write into @p coefficients those of the solutions whose right-hand
    /// sides add up to the one with the sketch @p s. False if they do not, up
    /// to @p tolerance relative to it.
    bool find(const double *s, double tolerance, double *coefficients) const;

    /// Add the local part of a solution unless size() is most() or the span
    /// nearly has it already, so that coefficients would get large.
    void add(const double *s, const double *x);

    /// X = Σ solutions × @p coefficients, a column for each of theirs.
    void combine(const Dense &coefficients, double *X) const;

    unsigned int size() const
    {
      return n;
    }

    unsigned int most() const
    {
      return Q.n_columns;
    }

  private:
    /// Take the projection onto the span out of @p s; returns what is left of
    /// its norm and writes the shares.
    double project(std::vector<double> &s, std::vector<double> &shares) const;

    MPI_Comm comm;
    std::int64_t n_local;
    std::vector<std::int32_t> sums; ///< 2 × number of the sum + (sign < 0)
    Dense Q, R;                     ///< sketches = Q R, the first n columns
    std::vector<double> solutions;
    unsigned int n = 0;
  };
} // namespace nodal

#endif
