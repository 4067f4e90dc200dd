// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/data/sampler.h>

#include <limits>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// The mean of the vertices in the cell's own order.
    template <int dim, class Cell>
    Point<dim> centre(const Cell &cell)
    {
      Point<dim> sum;
      for (const unsigned int v : cell->vertex_indices())
        sum += cell->vertex(v);
      return sum / double(cell->n_vertices());
    }
  } // namespace

  template <int dim>
  Sites<dim>::Sites(const Space<dim> &space, const Numbering<dim> &numbering,
                    const Location location)
      : space(space), numbering(numbering), location(location)
  {
    double bounds[2 * dim];
    std::fill(bounds, bounds + 2 * dim, std::numeric_limits<double>::max());
    const auto &triangulation = space.mesh->triangulation();
    for (const auto &cell : triangulation.active_cell_iterators())
      if (!cell->is_artificial())
        for (const unsigned int v : cell->vertex_indices())
          for (unsigned int d = 0; d < dim; ++d)
          {
            bounds[d] = std::min(bounds[d], cell->vertex(v)[d]);
            bounds[dim + d] = std::min(bounds[dim + d], -cell->vertex(v)[d]);
          }
    MPI_Allreduce(MPI_IN_PLACE, bounds, 2 * dim, MPI_DOUBLE, MPI_MIN,
                  space.mesh->comm);
    for (unsigned int d = 0; d < dim; ++d)
    {
      lower[d] = bounds[d];
      upper[d] = -bounds[dim + d];
    }

    if (location == Location::scalar)
      points.push_back(lower + 0.5 * (upper - lower));
    else if (location == Location::cell)
    {
      // Artificial cells get a value, too, which nobody reads.
      points.resize(triangulation.n_active_cells());
      for (const auto &cell : triangulation.active_cell_iterators())
        points[cell->active_cell_index()] = centre<dim>(cell);
    }
    else
      points = numbering.node_point;
  }

  template <int dim>
  void Sampler<dim>::check(const unsigned int) const
  {
  }

  template struct Sites<2>;
  template struct Sites<3>;
  template class Sampler<2>;
  template class Sampler<3>;
} // namespace nodal
