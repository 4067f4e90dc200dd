// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_time_periodic_line_h
#define nodal_source_time_periodic_line_h

#include <nodal/core/petsc.h>
#include <nodal/time/point_terms.h>

#include <functional>
#include <vector>

namespace nodal
{
  /// Continuous Lagrange elements of one degree on equal cells of a circle.
  /// Node i is at i h / degree; cell e has the nodes e × degree and on.
  class PeriodicLine
  {
  public:
    PeriodicLine(double length, unsigned int n_cells, unsigned int degree);

    unsigned int n_nodes() const
    {
      return n_cells * degree;
    }

    double node(const unsigned int i) const
    {
      return i * h / degree;
    }

    /// A term of a matrix: entry (i, component) × (j, component) gets
    /// @p factor ∫ ∂ᵃφ_j ∂ᵇφ_i dx, a and b the derivatives.
    struct Term
    {
      unsigned int row_component, column_component;
      unsigned int column_derivative, row_derivative;
      double factor;
    };

    /// Their sum, for @p n_components at every node; every block of nodes that
    /// share a cell has its place in the pattern.
    MatHandle matrix(unsigned int n_components,
                     const std::vector<Term> &terms) const;

    /// load_i ← load_i + @p factor ∫ u² φ_i' dx, for the first of
    /// @p n_components in @p u and @p load.
    void add_square(const double *u, double *load, unsigned int n_components,
                    double factor) const;

    /// result_j ← 2 @p factor ∫ u φ_j Σ_i λ_i φ_i' dx: the transposed
    /// derivative of add_square() at @p u times @p lambda, added.
    void add_square_transposed(const double *u, const double *lambda,
                               double *result, unsigned int n_components,
                               double factor) const;

    /// Add a term in weak form, that @p term makes of @p fields, each with
    /// @p n_components at every node.
    void add_term(const std::vector<const double *> &fields,
                  const PointFunction &term, double *load,
                  unsigned int n_components) const;

    /// ∫ f(u, x) dx
    double integral(const double *u, unsigned int n_components,
                    const std::function<double(double, double)> &f) const;

    /// The nodes of the cell that holds @p x, and the values of their shape
    /// functions there.
    void shapes_at(double x, std::vector<int> &nodes,
                   std::vector<double> &values) const;

  private:
    int node_of(unsigned int cell, unsigned int i) const
    {
      return (cell * degree + i) % n_nodes();
    }

    const unsigned int n_cells, degree;
    const double h; ///< of a cell

    /// Gauss' points and weights on the unit cell, and the shape functions and
    /// slopes there: point × (degree + 1).
    std::vector<double> points, weights, values, slopes;
  };
} // namespace nodal

#endif
