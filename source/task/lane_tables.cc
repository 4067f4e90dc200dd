// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_tables.h"

#include <nodal/mesh/nesting.h>
#include <nodal/pde/boundary_dofs.h>

#include <deal.II/dofs/dof_tools.h>

namespace nodal
{
  using namespace dealii;

  namespace
  {
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
      std::vector<types::global_dof_index> dofs(level.n);
      for (const auto &cell : space.dofs.active_cell_iterators())
      {
        cell->get_dof_indices(dofs);
        std::copy(dofs.begin(), dofs.end(),
                  &level.cell_nodes[std::size_t(cell->active_cell_index()) *
                                    level.n]);
      }
      level.is_constrained.assign(level.n_nodes, false);
      for (const BoundaryDof<dim> &b : find_boundary_dofs(space, boundary))
        level.is_constrained[b.dof] = true;
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

    /// Interpolate every component of @p fine from @p coarse.
    void add_transfer(const Nesting &nesting, const unsigned int n_components,
                      LaneLevel &fine, const LaneLevel &coarse)
    {
      fine.parent = nesting.parent;
      fine.share = nesting.share;
      fine.offsets = {0};
      const std::int32_t n = n_components;
      for (std::size_t node = 0; node + 1 < nesting.offsets.size(); ++node)
        for (std::int32_t c = 0; c < n; ++c)
        {
          if (!fine.is_constrained[node * n + c])
            for (std::int32_t k = nesting.offsets[node];
                 k < nesting.offsets[node + 1]; ++k)
            {
              const std::int32_t column = nesting.columns[k] * n + c;
              if (coarse.is_constrained[column])
                continue;
              fine.columns.push_back(column);
              fine.weights.push_back(nesting.weights[k]);
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
                   problem.n_components(), levels[l], levels[l + 1]);
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
