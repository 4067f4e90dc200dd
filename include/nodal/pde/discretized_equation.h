// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_discretized_equation_h
#define nodal_pde_discretized_equation_h

#include <nodal/core/petsc.h>
#include <nodal/mesh/mesh_piece.h>
#include <nodal/pde/field.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * The linear equation behind a matrix, for those who have to know more of it
   * than its entries: networks that work on the mesh. Nodes are those that this
   * rank owns, in the order of piece().
   */
  class DiscretizedEquation
  {
  public:
    virtual ~DiscretizedEquation() = default;

    /// The registered name of the problem.
    virtual std::string problem() const = 0;

    /// True if the problem promises a symmetric positive definite matrix.
    virtual bool is_spd() const = 0;

    virtual std::vector<FieldDescription> inputs() const = 0;

    virtual FieldDescription output() const = 0;

    /// This rank's share of the mesh with its boundary conditions, made when it
    /// is asked for first. Collective.
    virtual std::shared_ptr<const MeshPiece> piece() = 0;

    /// The values of @p input with which the matrix was assembled last, at the
    /// nodes: n × n_components. Where they belong to cells, the means over the
    /// cells at a node.
    /// Collective.
    virtual std::vector<double> input(const FieldDescription &input) = 0;

    /// The values g of the boundary conditions: n × components of the solution,
    /// zero inside.
    virtual std::vector<double> boundary_values() = 0;

    /// The entries of the products of two shape functions of one component,
    /// laid out as the matrix, made when asked for first. Collective.
    virtual Mat mass_matrix() = 0;

    /// Set the entries of @p x, laid out as the solution, at hanging nodes to
    /// what follows from the others. Collective.
    virtual void follow(Vec x) const = 0;

    /// For each row of this rank: true if its unknown is prescribed or follows
    /// from others.
    virtual std::vector<bool> constrained_rows() const = 0;
  };

  /// Let @p A know its equation. Copies of it know nothing.
  void attach_equation(Mat A, std::shared_ptr<DiscretizedEquation> equation);

  /// What @p A has been told, or null. The same for all its ranks.
  DiscretizedEquation *equation_of(Mat A);
} // namespace nodal

#endif
