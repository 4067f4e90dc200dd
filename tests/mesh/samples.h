// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_mesh_samples_h
#define nodal_tests_mesh_samples_h

#include <nodal/core/choice.h>
#include <nodal/core/exceptions.h>
#include <nodal/mesh/mesh_source.h>
#include <nodal/mesh/numbering.h>
#include <nodal/mesh/space.h>

#include <deal.II/grid/tria.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>

namespace samples
{
  using namespace dealii;
  using namespace nodal;

  /// The mesh that mesh source @p source makes of the entries in @p prm.
  template <int dim>
  std::unique_ptr<Triangulation<dim>>
  coarse(const std::string &source, const std::string &prm, MPI_Comm comm)
  {
    Parameters parameters;
    const auto object = Registry<MeshSource<dim>>::create(source);
    object->add_parameters(parameters);
    parameters.apply(ParameterFile::parse(prm, "test.prm"));
    auto mesh = std::make_unique<Triangulation<dim>>();
    object->create(*mesh, comm);
    return mesh;
  }

  template <int dim>
  std::unique_ptr<Triangulation<dim>>
  generated(const std::string &name, const std::string &arguments,
            const bool simplices, MPI_Comm comm)
  {
    return coarse<dim>(
        "generator",
        "set Name = " + name + "\nset Arguments = " + arguments +
            "\nset Simplices = " + (simplices ? "true" : "false"),
        comm);
  }

  /// Refine the cells near (0.3, 0.3, 0.3) twice.
  template <int dim>
  void refine_locally(Mesh<dim> &mesh, const unsigned int n = 2)
  {
    Point<dim> middle;
    for (unsigned int d = 0; d < dim; ++d)
      middle[d] = 0.3;
    for (unsigned int i = 0; i < n; ++i)
    {
      Vector<float> indicators(mesh.triangulation().n_active_cells());
      for (const auto &cell : mesh.triangulation().active_cell_iterators())
        if (cell->is_locally_owned())
          indicators[cell->active_cell_index()] =
              std::exp(-4 * cell->center().distance(middle));
      mesh.refine(indicators, 0.2);
    }
  }

  /// What BadInput says that @p action throws, and the entry it blames.
  inline std::string message_of(const std::function<void()> &action)
  {
    try
    {
      action();
    }
    catch (const BadInput &error)
    {
      return error.what() + (" [" + error.entry + "]");
    }
    return "";
  }

  inline bool contains(const std::string &text, const std::string &part)
  {
    return text.find(part) != std::string::npos;
  }
} // namespace samples

#endif
