// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dataset_file.h"
#include "hdf5_io.h"
#include "row_checksum.h"

#include <nodal/core/exceptions.h>
#include <nodal/data/dataset_reader.h>

#include <cmath>
#include <optional>

namespace nodal
{
  namespace
  {
    /// Columns of /samples/offset.
    enum OffsetColumn
    {
      node_column,
      cell_column,
      boundary_column,
      n_columns
    };

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
      return field;
    }

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
  } // namespace

  struct DatasetReader::Implementation
  {
    explicit Implementation(const std::string &name)
        : name(name), file(open()), file_size(size_of_file(name))
    {
      read_header();
      read_fields();
      read_samples();
      check_fields();
    }

    /// Call @p work, and say of which file what it complains about is.
    template <class Work>
    auto guard(const Work &work) const
    {
      try
      {
        return work();
      }
      catch (const Hdf5Failure &failure)
      {
        throw BadInput("The data set '" + name + "' is damaged (" +
                       failure.what() + "); make it again.");
      }
    }

    Hdf5Handle open() const
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

    void read_header()
    {
      const Hdf5Handle root = open_group(file, "/");
      if (H5Aexists(root, "format") <= 0 ||
          read_text_attribute(root, "format") != "nodal dataset")
        throw BadInput("The file '" + name +
                       "' was not made by nodal; name a data set that "
                       "'nodal generate' has made.");
      version = read_integer_attribute(root, "version");
      if (version < oldest_readable_version || version > dataset_format_version)
        throw BadInput("The data set '" + name + "' has version " +
                       std::to_string(version) +
                       " of the format, and this program reads versions " +
                       std::to_string(oldest_readable_version) + " to " +
                       std::to_string(dataset_format_version) +
                       "; make it again.");
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

    void read_fields()
    {
      for (const std::string &member : members_of(open_group(file, "/inputs")))
        inputs.push_back(read_field(file, "/inputs/", member));
      for (const std::string &member : members_of(open_group(file, "/outputs")))
        outputs.push_back(read_field(file, "/outputs/", member));
      sort(inputs, "/inputs/");
      sort(outputs, "/outputs/");
    }

    /// In the order in which checksums run: that in which the arrays were made,
    /// which version 2 does not say but where they lie in the file does.
    void sort(std::vector<FieldDescription> &fields,
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

    void read_samples()
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

    void check_offsets() const
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

    std::uint64_t begin_of(const FieldDescription &field,
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

    std::uint64_t n_sites(const FieldDescription &field,
                          const unsigned int sample) const
    {
      return begin_of(field, sample + 1) - begin_of(field, sample);
    }

    /// The array of every field has the shape that the offsets promise.
    void check_fields() const
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

    /// Throws Hdf5Failure if the values of @p array do not lie in the file.
    void check_place(const hid_t array, const std::vector<hsize_t> &shape) const
    {
      const Hdf5Handle type(H5Dget_type(array), &H5Tclose);
      const std::uint64_t bytes =
          n_entries(shape, file_size) * H5Tget_size(type);
      if (bytes == 0)
        return;
      const std::uint64_t place = offset_of(array);
      if (place > file_size || bytes > file_size - place)
        throw Hdf5Failure("the file is truncated");
    }

    Hdf5Handle open_field(const FieldDescription &field,
                          const bool is_input) const
    {
      return open_array(file,
                        (is_input ? "/inputs/" : "/outputs/") + field.name);
    }

    /// The whole array @p path of @p type.
    template <class Number>
    void read_array(const std::string &path, const StoredType type,
                    std::vector<Number> &values) const
    {
      const Hdf5Handle array = open_array(file, path);
      if (!has_type(array, type))
        throw Hdf5Failure(path + " is of another type");
      const std::vector<hsize_t> shape = shape_of(array);
      check_place(array, shape);
      values.resize(n_entries(shape, file_size));
      if (!values.empty())
        NODAL_HDF5(H5Dread(array, memory_type(type), H5S_ALL, H5S_ALL,
                           H5P_DEFAULT, values.data()));
    }

    std::vector<double> row(const FieldDescription &field, const bool is_input,
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
      NODAL_HDF5(H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(),
                                     nullptr, count.data(), nullptr));
      const hsize_t size = values.size();
      const Hdf5Handle memory(H5Screate_simple(1, &size, nullptr), &H5Sclose);
      NODAL_HDF5(H5Dread(array, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT,
                         values.data()));
      return values;
    }

    /// True if all fields of @p sample are finite and what its checksum says.
    bool is_whole(const unsigned int sample) const
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

    const std::vector<unsigned int> &find_certified()
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

    MeshDescription read_mesh(const unsigned int k) const
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
                      [&](const char *array, const StoredType type,
                          auto &values, const hsize_t, const std::int64_t since)
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

    /// The samples of mesh @p k have values at its nodes and cells.
    void check_sites(const MeshDescription &mesh, const unsigned int k) const
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

    const FieldDescription &find(const std::vector<FieldDescription> &fields,
                                 const std::string &field,
                                 const unsigned int sample) const
    {
      check_sample(sample);
      for (const FieldDescription &description : fields)
        if (description.name == field)
          return description;
      throw std::logic_error("The data set '" + name + "' has no field '" +
                             field + "'.");
    }

    void check_sample(const unsigned int sample) const
    {
      if (sample >= n_samples)
        throw std::logic_error("The data set '" + name + "' has no sample " +
                               std::to_string(sample) + ".");
    }

    std::vector<double> boundary_values(const unsigned int sample) const;

    const std::string name;
    const Hdf5Handle file;
    const std::uint64_t file_size;
    std::int64_t version = 0, seed = 0;
    bool is_ragged = false;
    std::string problem, identity, parameters;
    double tolerance = 0;
    unsigned int dim = 0, n_samples = 0, n_meshes = 0;
    std::vector<FieldDescription> inputs, outputs;
    std::vector<std::int8_t> status;
    std::vector<double> residual, seconds;
    std::vector<std::uint32_t> iterations;
    std::vector<std::uint64_t> checksum;
    std::vector<std::int32_t> mesh_of;
    std::vector<std::int64_t> offset; ///< (n_samples + 1) × n_columns
    std::optional<std::vector<unsigned int>> certified;
  };

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

  DatasetReader::DatasetReader(const std::string &file)
  {
    try
    {
      implementation = std::make_unique<Implementation>(file);
    }
    catch (const Hdf5Failure &failure)
    {
      throw BadInput("The data set '" + file + "' is damaged (" +
                     failure.what() + "); make it again.");
    }
  }

  DatasetReader::~DatasetReader() = default;

  const std::string &DatasetReader::file() const
  {
    return implementation->name;
  }

  unsigned int DatasetReader::dim() const
  {
    return implementation->dim;
  }

  std::string DatasetReader::problem() const
  {
    return implementation->problem;
  }

  std::uint64_t DatasetReader::seed() const
  {
    return implementation->seed;
  }

  double DatasetReader::tolerance() const
  {
    return implementation->tolerance;
  }

  std::string DatasetReader::identity() const
  {
    return implementation->identity;
  }

  std::string DatasetReader::parameters() const
  {
    return implementation->parameters;
  }

  std::string DatasetReader::hash() const
  {
    const Implementation &self = *implementation;
    return self.guard(
        [&]
        {
          std::string text = self.identity;
          for (unsigned int k = 0; k < self.n_meshes; ++k)
            text += read_text_attribute(
                open_group(self.file, "/meshes/" + std::to_string(k)), "hash");
          return hash_of(
              {{"", StoredType::int8, {}, text.data(), text.size()}});
        });
  }

  const std::vector<FieldDescription> &DatasetReader::inputs() const
  {
    return implementation->inputs;
  }

  const std::vector<FieldDescription> &DatasetReader::outputs() const
  {
    return implementation->outputs;
  }

  unsigned int DatasetReader::n_samples() const
  {
    return implementation->n_samples;
  }

  unsigned int DatasetReader::n_meshes() const
  {
    return implementation->n_meshes;
  }

  unsigned int DatasetReader::mesh_of(const unsigned int sample) const
  {
    implementation->check_sample(sample);
    return implementation->mesh_of[sample];
  }

  Certificate DatasetReader::certificate(const unsigned int sample) const
  {
    const Implementation &self = *implementation;
    self.check_sample(sample);
    Certificate certificate;
    certificate.true_residual = self.residual[sample];
    certificate.iterations = self.iterations[sample];
    certificate.seconds = self.seconds[sample];
    certificate.status = SampleStatus(self.status[sample]);
    return certificate;
  }

  std::vector<unsigned int> DatasetReader::certified() const
  {
    return implementation->guard([&]
                                 { return implementation->find_certified(); });
  }

  MeshDescription DatasetReader::mesh(const unsigned int k) const
  {
    if (k >= implementation->n_meshes)
      throw std::logic_error("The data set '" + file() + "' has no mesh " +
                             std::to_string(k) + ".");
    return implementation->guard([&] { return implementation->read_mesh(k); });
  }

  std::vector<double> DatasetReader::input(const std::string &name,
                                           const unsigned int sample) const
  {
    const Implementation &self = *implementation;
    return self.guard(
        [&] {
          return self.row(self.find(self.inputs, name, sample), true, sample);
        });
  }

  std::vector<double> DatasetReader::output(const std::string &name,
                                            const unsigned int sample) const
  {
    const Implementation &self = *implementation;
    return self.guard(
        [&] {
          return self.row(self.find(self.outputs, name, sample), false, sample);
        });
  }

  std::vector<double>
  DatasetReader::boundary_values(const unsigned int sample) const
  {
    return implementation->guard(
        [&] { return implementation->boundary_values(sample); });
  }
} // namespace nodal
