// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/mesh/space.h>

#include <deal.II/base/quadrature_lib.h>
#include <deal.II/dofs/dof_renumbering.h>
#include <deal.II/dofs/dof_tools.h>
#include <deal.II/fe/fe_q.h>
#include <deal.II/fe/fe_simplex_p.h>
#include <deal.II/fe/fe_system.h>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    template <int dim>
    std::unique_ptr<FiniteElement<dim>>
    make_scalar_element(const bool is_simplex, const unsigned int degree)
    {
      if (degree == 0)
        throw BadInput("The degree of the elements must be at least 1.",
                       "Mesh/Degree");
      if (!is_simplex)
        return std::make_unique<FE_Q<dim>>(degree);
      if (degree > 2)
        throw BadInput("Triangles and tetrahedra have elements of degree 1 "
                       "and 2; degree " +
                           std::to_string(degree) +
                           " needs quadrilaterals or hexahedra.",
                       "Mesh/Degree");
      return std::make_unique<FE_SimplexP<dim>>(degree);
    }

    /**
     * Number the degrees of freedom of @p dofs so that component c of node i,
     * as @p scalar numbers the nodes, has number i × n_components + c.
     */
    template <int dim>
    void interleave(const DoFHandler<dim> &scalar, DoFHandler<dim> &dofs,
                    const unsigned int n_components)
    {
      const FiniteElement<dim> &fe = dofs.get_fe();
      const IndexSet &owned = dofs.locally_owned_dofs();
      std::vector<types::global_dof_index> new_numbers(owned.n_elements());
      std::vector<types::global_dof_index> nodes(
          scalar.get_fe().n_dofs_per_cell()),
          indices(fe.n_dofs_per_cell());
      for (const auto &cell : dofs.active_cell_iterators())
      {
        if (!cell->is_locally_owned())
          continue;
        cell->get_dof_indices(indices);
        const typename DoFHandler<dim>::active_cell_iterator scalar_cell(
            &scalar.get_triangulation(), cell->level(), cell->index(), &scalar);
        scalar_cell->get_dof_indices(nodes);
        for (unsigned int i = 0; i < indices.size(); ++i)
          if (owned.is_element(indices[i]))
          {
            const auto [c, node] = fe.system_to_component_index(i);
            new_numbers[owned.index_within_set(indices[i])] =
                nodes[node] * n_components + c;
          }
      }
      dofs.renumber_dofs(new_numbers);
    }

    template <int dim>
    void make_constraints(const DoFHandler<dim> &dofs, IndexSet &owned,
                          IndexSet &relevant,
                          AffineConstraints<double> &constraints)
    {
      owned = dofs.locally_owned_dofs();
      DoFTools::extract_locally_relevant_dofs(dofs, relevant);
      constraints.reinit(relevant);
      DoFTools::make_hanging_node_constraints(dofs, constraints);
      constraints.close();
    }

    template <int dim>
    Quadrature<dim> make_quadrature(const bool is_simplex, const unsigned int n)
    {
      if (is_simplex && dim > 1)
        return QGaussSimplex<dim>(n);
      return QGauss<dim>(n);
    }
  } // namespace

  template <int dim>
  Space<dim>::Space(std::shared_ptr<const Mesh<dim>> mesh,
                    const unsigned int degree, const unsigned int n_components)
      : mesh(mesh), degree(degree), n_components(n_components),
        scalar_fe(make_scalar_element<dim>(mesh->is_simplex(), degree)),
        fe(n_components == 1
               ? scalar_fe->clone()
               : std::make_unique<FESystem<dim>>(*scalar_fe, n_components)),
        quadrature(make_quadrature<dim>(mesh->is_simplex(), degree + 1)),
        face_quadrature(
            make_quadrature<dim - 1>(mesh->is_simplex(), degree + 1))
  {
    scalar_dofs.reinit(mesh->triangulation());
    scalar_dofs.distribute_dofs(*scalar_fe);
    DoFRenumbering::Cuthill_McKee(scalar_dofs);
    make_constraints(scalar_dofs, scalar_owned, scalar_relevant,
                     scalar_hanging_nodes);

    dofs.reinit(mesh->triangulation());
    dofs.distribute_dofs(*fe);
    interleave(scalar_dofs, dofs, n_components);
    make_constraints(dofs, owned, relevant, hanging_nodes);
  }

  template <int dim>
  FieldVector Space<dim>::vector(const bool scalar) const
  {
    if (scalar)
      return FieldVector(scalar_owned, scalar_relevant, mesh->comm);
    return FieldVector(owned, relevant, mesh->comm);
  }

  template class Space<2>;
  template class Space<3>;
} // namespace nodal
