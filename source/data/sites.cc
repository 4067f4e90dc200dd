// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/data/sampler.h>

namespace nodal
{
  using namespace dealii;

  template <int dim>
  Sites<dim>::Sites(const Space<dim> &space, const Numbering<dim> &numbering,
                    const Location location)
      : space(space), numbering(numbering), location(location)
  {
    const Triangulation<dim> &mesh = space.mesh->triangulation();
    double box[2 * dim];
    std::fill_n(box, 2 * dim, std::numeric_limits<double>::lowest());
    if (location == Location::cell)
      points.resize(mesh.n_active_cells());
    for (const auto &cell : mesh.active_cell_iterators())
    {
      if (cell->is_artificial())
        continue;
      // The mean of the vertices in the cell's own order: the same to the
      // bit on whichever rank the cell lies.
      Point<dim> sum;
      for (const unsigned int v : cell->vertex_indices())
      {
        sum += cell->vertex(v);
        for (unsigned int d = 0; d < dim; ++d)
        {
          box[d] = std::max(box[d], cell->vertex(v)[d]);
          box[dim + d] = std::max(box[dim + d], -cell->vertex(v)[d]);
        }
      }
      if (location == Location::cell)
        points[cell->active_cell_index()] = sum / cell->n_vertices();
    }
    if (location != Location::cell)
      points = numbering.node_point;
    MPI_Allreduce(MPI_IN_PLACE, box, 2 * dim, MPI_DOUBLE, MPI_MAX,
                  space.mesh->comm);
    for (unsigned int d = 0; d < dim; ++d)
    {
      upper[d] = box[d];
      lower[d] = -box[dim + d];
    }
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
