// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/mesh/output.h>

#include <deal.II/numerics/data_out.h>

#include <fstream>

namespace nodal
{
  using namespace dealii;

  template <int dim>
  VtuSeries<dim>::VtuSeries(const std::string &folder, const std::string &name)
      : folder(folder), name(name)
  {
  }

  template <int dim>
  void VtuSeries<dim>::resume(const std::vector<double> &times)
  {
    steps.clear();
    for (std::size_t k = 0; k < times.size(); ++k)
      steps.emplace_back(times[k], leaf() + "/" + name + "_" +
                                       Utilities::int_to_string(k, 4) +
                                       ".pvtu");
  }

  template <int dim>
  std::string VtuSeries<dim>::leaf() const
  {
    return folder.substr(folder.rfind('/') + 1);
  }

  template <int dim>
  void VtuSeries<dim>::write(const Space<dim> &space,
                             const std::vector<OutputField> &fields,
                             const double time)
  {
    DataOut<dim> data;
    data.attach_triangulation(space.mesh->triangulation());
    std::vector<Vector<double>> cell_vectors;
    cell_vectors.reserve(fields.size() + 1);
    for (const OutputField &field : fields)
      if (field.cells)
      {
        cell_vectors.emplace_back(field.cells->begin(), field.cells->end());
        data.add_data_vector(cell_vectors.back(), field.name,
                             DataOut<dim>::type_cell_data);
      }
      else if (field.is_scalar)
        data.add_data_vector(space.scalar_dofs, *field.nodes, field.name);
      else
      {
        using namespace DataComponentInterpretation;
        const unsigned int n = space.n_components;
        const bool is_vector = n == dim && dim > 1;
        std::vector<std::string> names;
        for (unsigned int c = 0; c < n; ++c)
          names.push_back(is_vector || n == 1
                              ? field.name
                              : field.name + "_" + std::to_string(c));
        data.add_data_vector(
            space.dofs, *field.nodes, names,
            std::vector<
                DataComponentInterpretation::DataComponentInterpretation>(
                n,
                is_vector ? component_is_part_of_vector : component_is_scalar));
      }
    MPI_Comm comm = space.mesh->comm;
    if (size_of(comm) > 1)
    {
      cell_vectors.emplace_back(space.mesh->triangulation().n_active_cells());
      cell_vectors.back() = rank_of(comm);
      data.add_data_vector(cell_vectors.back(), "rank",
                           DataOut<dim>::type_cell_data);
    }
    data.build_patches(space.mesh->mapping(), space.degree);
    const std::string file = data.write_vtu_with_pvtu_record(
        folder + "/", name, steps.size(), comm, 4, 0);
    // The record refers to the files from the folder above.
    steps.emplace_back(time, leaf() + "/" + file);
    if (rank_of(comm) == 0)
    {
      std::ofstream pvd(folder + "/../" + name + ".pvd");
      DataOutBase::write_pvd_record(pvd, steps);
    }
  }

  template class VtuSeries<2>;
  template class VtuSeries<3>;
} // namespace nodal
