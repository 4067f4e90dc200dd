// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_dataset_contents_h
#define nodal_source_data_dataset_contents_h

#include "dataset_file.h"
#include "hdf5_io.h"

#include <nodal/core/exceptions.h>
#include <nodal/data/dataset_reader.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nodal
{
  /// Columns of /samples/offset.
  enum OffsetColumn
  {
    node_column,
    cell_column,
    boundary_column,
    n_columns
  };

  /// The product of @p shape; throws Hdf5Failure if it is above @p most.
  std::uint64_t n_entries(const std::vector<hsize_t> &shape,
                          std::uint64_t most);

  /// An open data set: what is known of all samples, and how rows and meshes
  /// are read. Functions throw Hdf5Failure if what they read is damaged.
  struct DatasetReader::Implementation
  {
    explicit Implementation(const std::string &name);

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

    Hdf5Handle open() const;

    void read_header();

    void read_fields();

    /// In the order in which checksums run: that in which the arrays were made,
    /// which version 2 does not say but where they lie in the file does.
    void sort(std::vector<FieldDescription> &fields,
              const std::string &group) const;

    void read_samples();

    void check_offsets() const;

    std::uint64_t begin_of(const FieldDescription &field,
                           unsigned int sample) const;

    std::uint64_t n_sites(const FieldDescription &field,
                          unsigned int sample) const;

    /// The array of every field has the shape that the offsets promise.
    void check_fields() const;

    /// Throws Hdf5Failure if the values of @p array do not lie in the file.
    void check_place(hid_t array, const std::vector<hsize_t> &shape) const;

    Hdf5Handle open_field(const FieldDescription &field, bool is_input) const;

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

    std::vector<double> row(const FieldDescription &field, bool is_input,
                            unsigned int sample) const;

    /// True if all fields of @p sample are finite and what its checksum says.
    bool is_whole(unsigned int sample) const;

    const std::vector<unsigned int> &find_certified();

    MeshDescription read_mesh(unsigned int k) const;

    /// The samples of mesh @p k have values at its nodes and cells.
    void check_sites(const MeshDescription &mesh, unsigned int k) const;

    const FieldDescription &find(const std::vector<FieldDescription> &fields,
                                 const std::string &field,
                                 unsigned int sample) const;

    void check_sample(unsigned int sample) const;

    /// See DatasetReader::boundary_values().
    std::vector<double> boundary_values(unsigned int sample) const;

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
} // namespace nodal

#endif
