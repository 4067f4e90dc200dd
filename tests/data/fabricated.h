// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_data_fabricated_h
#define nodal_tests_data_fabricated_h

#include <nodal/core/communicator.h>
#include <nodal/data/dataset.h>

#include <hdf5.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace nodal
{
  /// A square of n × n quadrilaterals with bilinear elements, by hand.
  inline MeshDescription fabricated_mesh(const unsigned int n)
  {
    MeshDescription mesh;
    mesh.dim = 2;
    mesh.degree = 1;
    mesh.cell_type = "quadrilateral";
    mesh.n_cells = n * n;
    const auto node = [n](unsigned int i, unsigned int j) -> std::int64_t
    { return i + j * (n + 1); };
    mesh.graph_offsets = {0};
    for (unsigned int j = 0; j <= n; ++j)
      for (unsigned int i = 0; i <= n; ++i)
      {
        mesh.points.push_back(double(i) / n);
        mesh.points.push_back(double(j) / n);
        if (i == 0 || j == 0 || i == n || j == n)
          mesh.boundary_nodes.push_back(node(i, j));
        for (const std::int64_t to : {node(i, j) - 1, node(i, j) + 1})
          if (to >= 0 && to < (n + 1) * (n + 1))
            mesh.graph_columns.push_back(to);
        mesh.graph_offsets.push_back(mesh.graph_columns.size());
      }
    mesh.support_points = mesh.points;
    for (unsigned int j = 0; j < n; ++j)
      for (unsigned int i = 0; i < n; ++i)
        for (const std::int64_t vertex :
             {node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)})
          mesh.cells.push_back(vertex);
    mesh.cell_nodes = mesh.linear_cells = mesh.cells;
    for (unsigned int i = 0; i < n; ++i)
    {
      mesh.boundary_faces.insert(mesh.boundary_faces.end(),
                                 {node(i, 0), node(i + 1, 0)});
      mesh.boundary_ids.push_back(3);
    }
    return mesh;
  }

  inline FieldDescription fabricated_field(const std::string &name,
                                           const Role role,
                                           const Location location,
                                           const unsigned int n_components)
  {
    FieldDescription field;
    field.name = name;
    field.role = role;
    field.location = location;
    field.n_components = n_components;
    field.is_positive = location == Location::cell;
    return field;
  }

  /// A layout with a field at every location.
  inline DatasetLayout fabricated_layout(const unsigned int n_samples,
                                         const unsigned int n = 3)
  {
    DatasetLayout layout;
    layout.problem = "darcy";
    layout.seed = 7;
    layout.n_samples = n_samples;
    layout.inputs = {
        fabricated_field("permeability", Role::coefficient, Location::cell, 1),
        fabricated_field("load", Role::boundary_value, Location::boundary, 2),
        fabricated_field("viscosity", Role::coefficient, Location::scalar, 1)};
    layout.outputs = {
        fabricated_field("pressure", Role::solution, Location::node, 1),
        fabricated_field("velocity", Role::solution, Location::node, 2)};
    layout.mesh = fabricated_mesh(n);
    layout.parameters = "subsection Dataset\n  set Seed = 7\nend\n";
    layout.identity = "Dataset/Samples = 5\nDataset/Seed = 7\n";
    layout.tolerance = 1e-8;
    layout.attributes = {{"git", "abc"}, {"deal.II", "9.4.1"}};
    return layout;
  }

  /// The field values of sample @p sample, as functions of it alone.
  using FieldValues = std::map<std::string, std::vector<double>>;

  inline FieldValues
  fabricated_values(const std::vector<FieldDescription> &fields,
                    const MeshDescription &mesh, const unsigned int sample)
  {
    FieldValues values;
    for (const FieldDescription &field : fields)
    {
      std::size_t n = field.location == Location::cell     ? mesh.n_cells
                      : field.location == Location::scalar ? 1
                                                           : mesh.n_nodes();
      for (std::size_t i = 0; i < n * field.n_components; ++i)
        values[field.name].push_back(1000. * sample + i +
                                     0.1 * field.name.size());
    }
    return values;
  }

  inline void write_fabricated(Dataset &dataset, const DatasetLayout &layout,
                               const unsigned int sample)
  {
    dataset.write(sample, fabricated_values(layout.inputs, layout.mesh, sample),
                  fabricated_values(layout.outputs, layout.mesh, sample),
                  {1e-9, 10 + sample, 0.5, SampleStatus::certified});
  }

  /// All numbers of an array of an HDF5 file.
  inline std::vector<double> read_array(const std::string &file,
                                        const std::string &path)
  {
    const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t array = H5Dopen2(id, path.c_str(), H5P_DEFAULT);
    const hid_t space = H5Dget_space(array);
    std::vector<double> values(H5Sget_simple_extent_npoints(space));
    H5Dread(array, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
            values.data());
    H5Sclose(space);
    H5Dclose(array);
    H5Fclose(id);
    return values;
  }

  inline std::string bytes_of(const std::string &file)
  {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  inline void write_bytes(const std::string &file, const std::string &bytes)
  {
    std::ofstream(file, std::ios::binary) << bytes;
  }

  /// A file name that tests at other numbers of ranks do not use.
  inline std::string test_file(const std::string &name)
  {
    return "data-" + std::to_string(size_of(MPI_COMM_WORLD)) + "-" + name;
  }
} // namespace nodal

#endif
