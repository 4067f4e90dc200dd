// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dataset_contents.h"

#include <algorithm>

namespace nodal
{
  namespace
  {
    Role role_from(const std::string &text)
    {
      for (const Role role :
           {Role::coefficient, Role::source, Role::boundary_value,
            Role::geometry, Role::initial_state, Role::solution})
        if (to_string(role) == text)
          return role;
      throw Hdf5Failure("a field has the unknown role '" + text + "'");
    }

    Location location_from(const std::string &text)
    {
      for (const Location location : {Location::node, Location::cell,
                                      Location::boundary, Location::scalar})
        if (to_string(location) == text)
          return location;
      throw Hdf5Failure("a field has the unknown location '" + text + "'");
    }

    FieldDescription read_field(const hid_t file, const std::string &group,
                                const std::string &name)
    {
      const Hdf5Handle array = open_array(file, group + name);
      FieldDescription field;
      field.name = name;
      field.role = role_from(read_text_attribute(array, "role"));
      field.location = location_from(read_text_attribute(array, "location"));
      field.unit = read_text_attribute(array, "unit");
      const std::int64_t n = read_integer_attribute(array, "n_components");
      if (n < 1 || n > 1000)
        throw Hdf5Failure(group + name +
                          " has no sensible number of "
                          "components");
      field.n_components = n;
      // Files of earlier builds do not say it.
      field.is_positive = H5Aexists(array, "positive") > 0 &&
                          read_integer_attribute(array, "positive") != 0;
      return field;
    }

  } // namespace

  std::uint64_t n_entries(const std::vector<hsize_t> &shape,
                          const std::uint64_t most)
  {
    std::uint64_t n = 1;
    for (const hsize_t extent : shape)
    {
      if (extent > 0 && n > most / extent)
        throw Hdf5Failure("an array is larger than the file");
      n *= extent;
    }
    return n;
  }
  DatasetReader::Implementation::Implementation(const std::string &name)
      : name(name), file(open()), file_size(size_of_file(name))
  {
    read_header();
    read_fields();
    read_samples();
    check_fields();
  }

  Hdf5Handle DatasetReader::Implementation::open() const
  {
    silence_hdf5();
    try
    {
      return open_file(name);
    }
    catch (const Hdf5Failure &failure)
    {
      throw BadInput("The data set '" + name + "' " + failure.what() +
                     "; name one that 'nodal generate' has made.");
    }
  }

  void DatasetReader::Implementation::read_header()
  {
    const Hdf5Handle root = open_group(file, "/");
    if (H5Aexists(root, "format") <= 0 ||
        read_text_attribute(root, "format") != "nodal dataset")
      throw BadInput("The file '" + name +
                     "' was not made by nodal; name a data set that "
                     "'nodal generate' has made.");
    version = read_integer_attribute(root, "version");
    if (version < oldest_readable_version || version > dataset_format_version)
      throw BadInput(
          "The data set '" + name + "' has version " + std::to_string(version) +
          " of the format, and this program reads versions " +
          std::to_string(oldest_readable_version) + " to " +
          std::to_string(dataset_format_version) + "; make it again.");
    problem = read_text_attribute(root, "problem");
    seed = read_integer_attribute(root, "seed");
    tolerance = read_number_attribute(root, "tolerance");
    const std::int64_t n = read_integer_attribute(root, "n_samples");
    if (n < 0 || n > std::int64_t(file_size))
      throw Hdf5Failure("it has no sensible number of samples");
    n_samples = n;
    is_ragged = version > 2 && read_text_attribute(root, "rows") == "ragged";
    identity = read_text(file, "/identity");
    parameters = read_text(file, "/parameters");
    n_meshes = members_of(open_group(file, "/meshes")).size();
    if (n_meshes == 0)
      throw Hdf5Failure("it has no mesh");
    dim = read_integer_attribute(open_group(file, "/meshes/0"), "dim");
    if (dim != 2 && dim != 3)
      throw Hdf5Failure("its meshes have no sensible dimension");
  }

  void DatasetReader::Implementation::read_fields()
  {
    for (const std::string &member : members_of(open_group(file, "/inputs")))
      inputs.push_back(read_field(file, "/inputs/", member));
    for (const std::string &member : members_of(open_group(file, "/outputs")))
      outputs.push_back(read_field(file, "/outputs/", member));
    sort(inputs, "/inputs/");
    sort(outputs, "/outputs/");
  }

  void
  DatasetReader::Implementation::sort(std::vector<FieldDescription> &fields,
                                      const std::string &group) const
  {
    const auto place = [&](const FieldDescription &field)
    {
      const Hdf5Handle array = open_array(file, group + field.name);
      return version > 2
                 ? std::uint64_t(read_integer_attribute(array, "number"))
                 : H5Dget_offset(array);
    };
    std::stable_sort(fields.begin(), fields.end(),
                     [&](const auto &a, const auto &b)
                     { return place(a) < place(b); });
  }

  void DatasetReader::Implementation::read_samples()
  {
    read_array("/certificate/status", StoredType::int8, status);
    read_array("/certificate/true_residual", StoredType::float64, residual);
    read_array("/certificate/iterations", StoredType::uint32, iterations);
    read_array("/certificate/seconds", StoredType::float64, seconds);
    read_array("/certificate/checksum", StoredType::uint64, checksum);
    read_array("/samples/mesh", StoredType::int32, mesh_of);
    read_array("/samples/offset", StoredType::int64, offset);
    for (const std::size_t size :
         {status.size(), residual.size(), iterations.size(), seconds.size(),
          checksum.size(), mesh_of.size(), offset.size() / n_columns - 1})
      if (size != n_samples)
        throw Hdf5Failure("it does not say everything of every sample");
    for (const std::int32_t mesh : mesh_of)
      if (mesh < 0 || mesh >= std::int64_t(n_meshes))
        throw Hdf5Failure("a sample has a mesh that is not there");
    check_offsets();
  }

  void DatasetReader::Implementation::check_offsets() const
  {
    for (unsigned int c = 0; c < n_columns; ++c)
      for (unsigned int i = 0; i <= n_samples; ++i)
      {
        const std::int64_t here = offset[i * n_columns + c];
        if (i == 0 ? here != 0 : here < offset[(i - 1) * n_columns + c])
          throw Hdf5Failure("the offsets of samples do not ascend");
        if (!is_ragged && i > 0 &&
            std::uint64_t(here) != i * std::uint64_t(offset[n_columns + c]))
          throw Hdf5Failure("rows that should be equal are not");
      }
  }

  std::uint64_t
  DatasetReader::Implementation::begin_of(const FieldDescription &field,
                                          const unsigned int sample) const
  {
    switch (field.location)
    {
    case Location::node:
      return offset[sample * n_columns + node_column];
    case Location::cell:
      return offset[sample * n_columns + cell_column];
    case Location::boundary:
      return offset[sample * n_columns + boundary_column];
    default:
      return sample;
    }
  }

  std::uint64_t
  DatasetReader::Implementation::n_sites(const FieldDescription &field,
                                         const unsigned int sample) const
  {
    return begin_of(field, sample + 1) - begin_of(field, sample);
  }

  void DatasetReader::Implementation::check_fields() const
  {
    for (const bool is_input : {true, false})
      for (const FieldDescription &field : is_input ? inputs : outputs)
      {
        const Hdf5Handle array = open_field(field, is_input);
        std::vector<hsize_t> shape = {n_samples};
        if (is_ragged)
          shape = {begin_of(field, n_samples)};
        else
          shape.push_back(n_samples > 0 ? n_sites(field, 0) : 0);
        if (field.n_components > 1)
          shape.push_back(field.n_components);
        if (shape_of(array) != shape)
          throw Hdf5Failure("the field '" + field.name +
                            "' has another shape than its sites");
        if (!has_type(array, StoredType::float64) &&
            !has_type(array, StoredType::float32))
          throw Hdf5Failure("the field '" + field.name +
                            "' is of another type");
        check_place(array, shape);
      }
  }

  void DatasetReader::Implementation::check_place(
      const hid_t array, const std::vector<hsize_t> &shape) const
  {
    const Hdf5Handle type(H5Dget_type(array), &H5Tclose);
    const std::uint64_t bytes = n_entries(shape, file_size) * H5Tget_size(type);
    if (bytes == 0)
      return;
    const std::uint64_t place = offset_of(array);
    if (place > file_size || bytes > file_size - place)
      throw Hdf5Failure("the file is truncated");
  }

  Hdf5Handle
  DatasetReader::Implementation::open_field(const FieldDescription &field,
                                            const bool is_input) const
  {
    return open_array(file, (is_input ? "/inputs/" : "/outputs/") + field.name);
  }

} // namespace nodal
