// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_tables.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/mesh/expansion.h>
#include <nodal/mesh/nesting.h>
#include <nodal/pde/boundary_dofs.h>

#include <deal.II/dofs/dof_tools.h>

#include <algorithm>
#include <map>
#include <set>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// A cell in the unknowns that its hanging nodes follow. Mostly they are no
    /// more than its own, as a face of a child has as many nodes as the face of
    /// its parent.
    class Follower
    {
    public:
      explicit Follower(const unsigned int n) : n(n), T(n * n), product(n * n)
      {
      }

      /// Replace @p dofs. Throws BadInput if they follow more.
      void reinit(std::vector<types::global_dof_index> &dofs,
                  const AffineConstraints<double> &constraints)
      {
        std::vector<types::global_dof_index> distinct;
        std::fill(T.begin(), T.end(), 0.);
        for (unsigned int i = 0; i < n; ++i)
          for (const auto &[dof, weight] : expand(dofs[i], constraints))
          {
            const unsigned int at =
                std::find(distinct.begin(), distinct.end(), dof) -
                distinct.begin();
            if (at == distinct.size())
              distinct.push_back(dof);
            if (at < n)
              T[i * n + at] += weight;
          }
        if (distinct.size() > n)
          throw BadInput("a cell with hanging nodes depends on more nodes than "
                         "it has, as in 3d where they have Dirichlet values or "
                         "follow hanging nodes");
        distinct.resize(n, distinct[0]);
        dofs = distinct;
      }

      /// K = Tᵀ K T
      void apply(double *const K)
      {
        std::fill(product.begin(), product.end(), 0.);
        for (unsigned int i = 0; i < n; ++i)
          for (unsigned int k = 0; k < n; ++k)
            for (unsigned int j = 0; j < n; ++j)
              product[i * n + j] += K[i * n + k] * T[k * n + j];
        std::fill(K, K + n * n, 0.);
        for (unsigned int k = 0; k < n; ++k)
          for (unsigned int i = 0; i < n; ++i)
            for (unsigned int j = 0; j < n; ++j)
              K[i * n + j] += T[k * n + i] * product[k * n + j];
      }

    private:
      const unsigned int n;
      std::vector<double> T, product;
    };

    /// Cells, matrices and constraints of one level.
    template <int dim>
    LanePart tabulate_level(const Space<dim> &space,
                            const BoundaryConditions<dim> &boundary,
                            const CellMatrices<dim> &cells)
    {
      LanePart part;
      part.n = cells.n;
      part.dim = dim;
      part.n_components = space.n_components;
      part.n_nodes = space.owned.n_elements();
      part.first_node = part.n_nodes > 0 ? space.owned.nth_index_in_set(0) : 0;
      part.is_constrained.assign(part.n_nodes, false);
      const auto constrain = [&](const types::global_dof_index dof)
      {
        if (space.owned.is_element(dof))
          part.is_constrained[dof - part.first_node] = true;
      };
      std::set<types::global_dof_index> on_boundary;
      for (const BoundaryDof<dim> &b : find_boundary_dofs(space, boundary))
      {
        on_boundary.insert(b.dof);
        constrain(b.dof);
      }
      // Hanging nodes that have no value of their own have no cells either.
      AffineConstraints<double> hanging(space.relevant);
      for (const auto &line : space.hanging_nodes.get_lines())
        if (on_boundary.count(line.index) == 0)
        {
          hanging.add_line(line.index);
          hanging.add_entries(line.index, line.entries);
          constrain(line.index);
        }
      hanging.close();
      std::vector<types::global_dof_index> dofs(part.n);
      Follower follower(part.n);
      const unsigned int n2 = part.n * part.n;
      const auto copy = [&](const std::vector<double> &from,
                            const std::size_t c, const bool follows,
                            std::vector<double> &to)
      {
        if (from.empty())
          return;
        to.insert(to.end(), &from[c * n2], &from[c * n2] + n2);
        if (follows)
          follower.apply(&to[to.size() - n2]);
      };
      for (const auto &cell : space.dofs.active_cell_iterators())
      {
        if (!cell->is_locally_owned())
          continue;
        if (part.n_cells++ == 0)
          part.first_cell = cell->global_active_cell_index();
        cell->get_dof_indices(dofs);
        const bool follows =
            std::any_of(dofs.begin(), dofs.end(),
                        [&](const types::global_dof_index dof)
                        { return hanging.is_constrained(dof); });
        if (follows)
          follower.reinit(dofs, hanging);
        part.cell_nodes.insert(part.cell_nodes.end(), dofs.begin(), dofs.end());
        const std::size_t c = cell->active_cell_index();
        copy(cells.unit, c, follows, part.unit);
        copy(cells.constant, c, follows, part.constant);
      }
      std::map<types::global_dof_index, Point<dim>> points;
      DoFTools::map_dofs_to_support_points(space.mesh->mapping(), space.dofs,
                                           points);
      for (unsigned int i = 0; i < part.n_nodes; ++i)
        for (unsigned int d = 0; d < dim; ++d)
          part.points.push_back(points.at(part.first_node + i)[d]);
      return part;
    }

    /// Interpolate every component of @p fine.
    void add_transfer(const Nesting &nesting, LanePart &fine)
    {
      fine.parent = nesting.parent;
      fine.share = nesting.share;
      fine.offsets = {0};
      const unsigned int n = fine.n_components;
      for (std::size_t node = 0; node + 1 < nesting.offsets.size(); ++node)
        for (unsigned int c = 0; c < n; ++c)
        {
          if (!fine.is_constrained[node * n + c])
            for (std::int64_t k = nesting.offsets[node];
                 k < nesting.offsets[node + 1]; ++k)
            {
              fine.columns.push_back(nesting.columns[k] * n + c);
              fine.weights.push_back(nesting.weights[k]);
            }
          fine.offsets.push_back(fine.columns.size());
        }
    }
  } // namespace

  template <int dim>
  DistributedLaneFamily
  tabulate_lanes(const std::vector<const Space<dim> *> &spaces,
                 const SteadyProblem<dim> &problem,
                 const BoundaryConditions<dim> &boundary,
                 const Inputs<dim> &inputs)
  {
    DistributedLaneFamily result;
    result.comm = spaces[0]->mesh->comm;
    std::vector<LanePart> &levels = result.levels;
    for (const Space<dim> *const space : spaces)
    {
      const CellMatrices<dim> cells =
          tabulate_cells(*space, problem, boundary, inputs);
      agree(result.comm,
            [&] { levels.push_back(tabulate_level(*space, boundary, cells)); });
    }
    for (std::size_t l = 0; l + 1 < levels.size(); ++l)
      add_transfer(find_nesting(*spaces[l], *spaces[l + 1]), levels[l]);
    return result;
  }

  template DistributedLaneFamily
  tabulate_lanes(const std::vector<const Space<2> *> &,
                 const SteadyProblem<2> &, const BoundaryConditions<2> &,
                 const Inputs<2> &);
  template DistributedLaneFamily
  tabulate_lanes(const std::vector<const Space<3> *> &,
                 const SteadyProblem<3> &, const BoundaryConditions<3> &,
                 const Inputs<3> &);
} // namespace nodal
