// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/mesh/description_output.h>

#include <deal.II/base/data_out_base.h>

#include <fstream>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    template <int dim>
    void write(std::ostream &out, const MeshDescription &mesh,
               const NamedFields &fields)
    {
      const bool is_simplex =
          mesh.cell_type == "triangle" || mesh.cell_type == "tetrahedron";
      const ReferenceCell cell = is_simplex
                                     ? ReferenceCells::get_simplex<dim>()
                                     : ReferenceCells::get_hypercube<dim>();
      const unsigned int n_vertices = cell.n_vertices();
      // The description has VTK's order, patches have deal.II's.
      const std::vector<unsigned int> order =
          is_simplex ? std::vector<unsigned int>{0, 1, 2, 3}
                     : std::vector<unsigned int>{0, 1, 3, 2, 4, 5, 7, 6};
      std::vector<DataOutBase::Patch<dim, dim>> patches(
          mesh.linear_cells.size() / n_vertices);
      for (std::size_t c = 0; c < patches.size(); ++c)
      {
        DataOutBase::Patch<dim, dim> &patch = patches[c];
        patch.reference_cell = cell;
        patch.n_subdivisions = 1;
        patch.patch_index = c;
        patch.data.reinit(fields.size(), n_vertices);
        for (unsigned int v = 0; v < n_vertices; ++v)
        {
          const std::int64_t node =
              mesh.linear_cells[c * n_vertices + order[v]];
          for (unsigned int d = 0; d < dim; ++d)
            patch.vertices[v][d] = mesh.support_points[node * dim + d];
          for (unsigned int f = 0; f < fields.size(); ++f)
            patch.data(f, v) = fields[f].second[node];
        }
      }
      std::vector<std::string> names;
      for (const auto &[name, values] : fields)
        names.push_back(name);
      DataOutBase::write_vtu(patches, names, {}, DataOutBase::VtkFlags(), out);
    }
  } // namespace

  void write_vtu(const std::string &file, const MeshDescription &mesh,
                 const NamedFields &fields)
  {
    std::ofstream out(file);
    if (mesh.dim == 2)
      write<2>(out, mesh, fields);
    else
      write<3>(out, mesh, fields);
    if (!out.flush())
      throw NumericalFailure("The file '" + file + "' cannot be written.");
  }
} // namespace nodal
