// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_space_h
#define nodal_mesh_space_h

#include <nodal/mesh/mesh.h>

#include <deal.II/base/index_set.h>
#include <deal.II/base/quadrature.h>
#include <deal.II/dofs/dof_handler.h>
#include <deal.II/fe/fe.h>
#include <deal.II/lac/affine_constraints.h>
#include <deal.II/lac/la_parallel_vector.h>

#include <memory>

namespace nodal
{
  /// A field of coefficients over the degrees of freedom, with halo.
  using FieldVector = dealii::LinearAlgebra::distributed::Vector<double>;

  /**
   * Continuous Lagrange elements on a mesh: a scalar space whose degrees of
   * freedom are the *nodes*, and the space of fields with @p n_components of
   * them at every node, in which solutions live.
   *
   * Component c of node i, as scalar_dofs numbers the nodes, is degree of
   * freedom i × n_components + c of dofs. Nodes are numbered for locality
   * (Cuthill and McKee) within the range that each rank owns; see Numbering
   * for an order that does not depend on the number of ranks.
   */
  template <int dim>
  class Space
  {
  public:
    /// Throws BadInput for degree 0, and above 2 on simplices.
    Space(std::shared_ptr<const Mesh<dim>> mesh, unsigned int degree,
          unsigned int n_components);

    /// A vector of solutions (@p scalar: of node values) with halo, zero.
    FieldVector vector(bool scalar = false) const;

    /// Number of nodes on all ranks.
    dealii::types::global_dof_index n_nodes() const
    {
      return scalar_dofs.n_dofs();
    }

    const std::shared_ptr<const Mesh<dim>> mesh;
    const unsigned int degree;
    const unsigned int n_components;

    std::unique_ptr<const dealii::FiniteElement<dim>> scalar_fe;
    std::unique_ptr<const dealii::FiniteElement<dim>> fe;
    dealii::DoFHandler<dim> scalar_dofs;
    dealii::DoFHandler<dim> dofs;

    /// Constraints of hanging nodes, closed.
    dealii::AffineConstraints<double> hanging_nodes;
    dealii::AffineConstraints<double> scalar_hanging_nodes;

    dealii::IndexSet owned, relevant;               ///< of dofs
    dealii::IndexSet scalar_owned, scalar_relevant; ///< of scalar_dofs

    /// Exact for products of two shape functions on affine cells.
    dealii::Quadrature<dim> quadrature;
    dealii::Quadrature<dim - 1> face_quadrature;
  };
} // namespace nodal

#endif
