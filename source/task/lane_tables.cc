// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_tables.h"

#include <nodal/core/exceptions.h>
#include <nodal/mesh/nesting.h>
#include <nodal/pde/boundary_dofs.h>
#include <nodal/pde/expansion.h>

#include <deal.II/dofs/dof_tools.h>

#include <algorithm>
#include <utility>

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
    LaneLevel tabulate_level(const Space<dim> &space,
                             const BoundaryConditions<dim> &boundary,
                             CellMatrices<dim> &cells)
    {
      LaneLevel level;
      level.n_nodes = space.dofs.n_dofs();
      level.n_cells = space.mesh->triangulation().n_active_cells();
      level.n = cells.n;
      level.n_components = space.n_components;
      level.unit = std::move(cells.unit);
      level.constant = std::move(cells.constant);
      level.cell_nodes.resize(std::size_t(level.n_cells) * level.n);
      level.is_constrained.assign(level.n_nodes, false);
      for (const BoundaryDof<dim> &b : find_boundary_dofs(space, boundary))
        level.is_constrained[b.dof] = true;
      // Hanging nodes that have no value of their own have no cells either.
      AffineConstraints<double> hanging;
      for (const auto &line : space.hanging_nodes.get_lines())
        if (!level.is_constrained[line.index])
        {
          hanging.add_line(line.index);
          hanging.add_entries(line.index, line.entries);
          level.is_constrained[line.index] = true;
        }
      hanging.close();
      std::vector<types::global_dof_index> dofs(level.n);
      Follower follower(level.n);
      for (const auto &cell : space.dofs.active_cell_iterators())
      {
        cell->get_dof_indices(dofs);
        const std::size_t c = cell->active_cell_index(),
                          matrix = c * level.n * level.n;
        if (std::any_of(dofs.begin(), dofs.end(),
                        [&](const types::global_dof_index dof)
                        { return hanging.is_constrained(dof); }))
        {
          follower.reinit(dofs, hanging);
          follower.apply(&level.unit[matrix]);
          if (!level.constant.empty())
            follower.apply(&level.constant[matrix]);
        }
        std::copy(dofs.begin(), dofs.end(), &level.cell_nodes[c * level.n]);
      }
      level.dim = dim;
      level.points.resize(std::size_t(level.n_nodes) * dim);
      std::vector<Point<dim>> points(level.n_nodes);
      DoFTools::map_dofs_to_support_points(space.mesh->mapping(), space.dofs,
                                           points);
      for (unsigned int i = 0; i < level.n_nodes; ++i)
        for (unsigned int d = 0; d < dim; ++d)
          level.points[i * dim + d] = points[i][d];
      return level;
    }

    /// Interpolate every component of @p fine from @p coarse, whose hanging
    /// nodes are @p hanging.
    void add_transfer(const Nesting &nesting, const unsigned int n_components,
                      const AffineConstraints<double> &hanging, LaneLevel &fine,
                      const LaneLevel &coarse)
    {
      fine.parent = nesting.parent;
      fine.share = nesting.share;
      fine.offsets = {0};
      const auto add =
          [&](const types::global_dof_index dof, const double weight)
      {
        if (coarse.is_constrained[dof])
          return;
        fine.columns.push_back(dof);
        fine.weights.push_back(weight);
      };
      const unsigned int n = n_components;
      for (std::size_t node = 0; node + 1 < nesting.offsets.size(); ++node)
        for (unsigned int c = 0; c < n; ++c)
        {
          if (!fine.is_constrained[node * n + c])
            for (std::int32_t k = nesting.offsets[node];
                 k < nesting.offsets[node + 1]; ++k)
            {
              const types::global_dof_index dof = nesting.columns[k] * n + c;
              if (hanging.is_constrained(dof))
                for (const auto &[master, share] :
                     *hanging.get_constraint_entries(dof))
                  add(master, share * nesting.weights[k]);
              else
                add(dof, nesting.weights[k]);
            }
          fine.offsets.push_back(fine.columns.size());
        }
    }
  } // namespace

  template <int dim>
  LaneFamily tabulate_lanes(const std::vector<const Space<dim> *> &spaces,
                            const SteadyProblem<dim> &problem,
                            const BoundaryConditions<dim> &boundary,
                            const Inputs<dim> &inputs)
  {
    LaneFamily result;
    for (const Space<dim> *const space : spaces)
    {
      CellMatrices<dim> cells =
          tabulate_cells(*space, problem, boundary, inputs);
      result.levels.push_back(tabulate_level(*space, boundary, cells));
    }
    std::vector<LaneLevel> &levels = result.levels;
    for (std::size_t l = 0; l + 1 < levels.size(); ++l)
      add_transfer(find_nesting(*spaces[l], *spaces[l + 1]),
                   problem.n_components(), spaces[l + 1]->hanging_nodes,
                   levels[l], levels[l + 1]);
    return result;
  }

  template LaneFamily tabulate_lanes(const std::vector<const Space<2> *> &,
                                     const SteadyProblem<2> &,
                                     const BoundaryConditions<2> &,
                                     const Inputs<2> &);
  template LaneFamily tabulate_lanes(const std::vector<const Space<3> *> &,
                                     const SteadyProblem<3> &,
                                     const BoundaryConditions<3> &,
                                     const Inputs<3> &);
} // namespace nodal
