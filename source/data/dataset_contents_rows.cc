// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dataset_contents.h"
#include "row_checksum.h"

#include <cmath>

namespace nodal
{
  std::vector<double>
  DatasetReader::Implementation::row(const FieldDescription &field,
                                     const bool is_input,
                                     const unsigned int sample) const
  {
    const Hdf5Handle array = open_field(field, is_input);
    const Hdf5Handle space(H5Dget_space(array), &H5Sclose);
    const hsize_t n = n_sites(field, sample);
    std::vector<hsize_t> start = {begin_of(field, sample)}, count = {n};
    if (!is_ragged)
    {
      start = {sample, 0};
      count = {1, n};
    }
    if (field.n_components > 1)
    {
      start.push_back(0);
      count.push_back(field.n_components);
    }
    std::vector<double> values(n * field.n_components);
    if (values.empty())
      return values;
    NODAL_HDF5(H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr,
                                   count.data(), nullptr));
    const hsize_t size = values.size();
    const Hdf5Handle memory(H5Screate_simple(1, &size, nullptr), &H5Sclose);
    NODAL_HDF5(H5Dread(array, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT,
                       values.data()));
    return values;
  }

  bool DatasetReader::Implementation::is_whole(const unsigned int sample) const
  {
    RowChecksum sum;
    for (const bool is_input : {true, false})
      for (const FieldDescription &field : is_input ? inputs : outputs)
      {
        const std::vector<double> values = row(field, is_input, sample);
        for (const double x : values)
          if (!std::isfinite(x))
            return false;
        if (has_type(open_field(field, is_input), StoredType::float32))
          sum.add(std::vector<float>(values.begin(), values.end()));
        else
          sum.add(values);
      }
    return sum.value() == checksum[sample];
  }

  const std::vector<unsigned int> &
  DatasetReader::Implementation::find_certified()
  {
    if (certified)
      return *certified;
    certified.emplace();
    for (unsigned int i = 0; i < n_samples; ++i)
      // Written so that a residual of NaN does not count.
      if (status[i] == int(SampleStatus::certified) &&
          residual[i] <= tolerance && is_whole(i))
        certified->push_back(i);
    return *certified;
  }

  MeshDescription
  DatasetReader::Implementation::read_mesh(const unsigned int k) const
  {
    const std::string group = "/meshes/" + std::to_string(k);
    const Hdf5Handle handle = open_group(file, group);
    MeshDescription mesh;
    mesh.dim = read_integer_attribute(handle, "dim");
    mesh.degree =
        read_integer_attribute(open_group(file, group + "/space"), "degree");
    mesh.cell_type =
        read_text_attribute(open_array(file, group + "/cells"), "cell_type");
    if (mesh.dim != dim)
      throw Hdf5Failure("a mesh is of another dimension");
    for_mesh_arrays(mesh,
                    [&](const char *array, const StoredType type, auto &values,
                        const hsize_t, const std::int64_t since)
                    {
                      if (since <= version)
                        read_array(group + "/" + array, type, values);
                    });
    mesh.n_cells = mesh.cells.size() / vertices_per_cell(mesh.cell_type);
    const std::string problem = contradiction(mesh);
    if (!problem.empty())
      throw Hdf5Failure("of mesh " + std::to_string(k) + ", " + problem);
    if (hash_of(mesh_arrays(mesh, k, version)) !=
        read_text_attribute(handle, "hash"))
      throw Hdf5Failure("mesh " + std::to_string(k) + " is not its hash's");
    check_sites(mesh, k);
    return mesh;
  }

  void DatasetReader::Implementation::check_sites(const MeshDescription &mesh,
                                                  const unsigned int k) const
  {
    FieldDescription at;
    for (unsigned int i = 0; i < n_samples; ++i)
      if (mesh_of[i] == std::int64_t(k))
        for (const Location location :
             {Location::node, Location::cell, Location::boundary})
        {
          at.location = location;
          if (n_sites(at, i) != nodal::n_sites(at, mesh))
            throw Hdf5Failure("sample " + std::to_string(i) +
                              " does not fit its mesh");
        }
  }

  const FieldDescription &DatasetReader::Implementation::find(
      const std::vector<FieldDescription> &fields, const std::string &field,
      const unsigned int sample) const
  {
    check_sample(sample);
    for (const FieldDescription &description : fields)
      if (description.name == field)
        return description;
    throw std::logic_error("The data set '" + name + "' has no field '" +
                           field + "'.");
  }

  void
  DatasetReader::Implementation::check_sample(const unsigned int sample) const
  {
    if (sample >= n_samples)
      throw std::logic_error("The data set '" + name + "' has no sample " +
                             std::to_string(sample) + ".");
  }

  std::vector<double> DatasetReader::Implementation::boundary_values(
      const unsigned int sample) const
  {
    check_sample(sample);
    const FieldDescription *drawn = nullptr;
    for (const FieldDescription &input : inputs)
      if (input.role == Role::boundary_value)
        drawn = &input;
    std::vector<double> sampled;
    if (drawn)
      sampled = row(*drawn, true, sample);
    if (version < 3)
    {
      if (!drawn)
        throw BadInput("The data set '" + name +
                       "' of version 2 does not hold its boundary values; make "
                       "it again.");
      return sampled;
    }
    const std::string space =
        "/meshes/" + std::to_string(mesh_of[sample]) + "/space/";
    std::vector<double> values;
    std::vector<std::int8_t> is_sampled;
    read_array(space + "boundary_values", StoredType::float64, values);
    read_array(space + "boundary_sampled", StoredType::int8, is_sampled);
    FieldDescription at;
    at.location = Location::boundary;
    const std::uint64_t n = n_sites(at, sample);
    if (is_sampled.size() != n || (n > 0 && values.size() % n))
      throw Hdf5Failure("sample " + std::to_string(sample) +
                        " does not fit its mesh");
    for (std::size_t i = 0; i < values.size(); ++i)
      if (is_sampled[i * n / values.size()])
      {
        if (sampled.size() != values.size())
          throw Hdf5Failure("the boundary values of sample " +
                            std::to_string(sample) + " are not there");
        values[i] = sampled[i];
      }
    return values;
  }
} // namespace nodal
