// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_dataset_file_h
#define nodal_source_data_dataset_file_h

#include "hdf5_handle.h"

#include <nodal/data/dataset.h>

#include <hdf5.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace nodal
{
  const std::int64_t dataset_format_version = 3;
  const std::int64_t oldest_readable_version = 2;

  /// Types of numbers in a data set.
  enum class StoredType
  {
    float64,
    float32,
    int64,
    int32,
    uint64,
    uint32,
    int8
  };

  /// Bytes of one number.
  std::size_t size_of(StoredType type);

  /// A NaN of @p type, or null if it has none.
  const void *nan_of(StoredType type);

  /// An array with one row per sample, contiguous in the file.
  struct SampleArray
  {
    std::string path; ///< as in "/outputs/solution"
    StoredType type = StoredType::float64;
    std::uint64_t n_sites = 0;     ///< 0: the row is a single number
    unsigned int n_components = 1; ///< stored as an axis if more than 1
    std::uint64_t offset = 0;      ///< of the first row in the file, in bytes

    std::uint64_t row_length() const
    {
      return (n_sites == 0 ? 1 : n_sites) * n_components;
    }

    std::uint64_t row_bytes() const
    {
      return row_length() * size_of(type);
    }
  };

  /// An array of a mesh.
  struct MeshArray
  {
    std::string path;
    StoredType type;
    std::vector<hsize_t> shape;
    const void *data;
    std::size_t bytes;
  };

  unsigned int vertices_per_cell(const std::string &cell_type);
  unsigned int vertices_per_face(const std::string &cell_type);

  /// Call @p call(name, type, values, width of a row, version of the format
  /// that has it) for every array of @p mesh, in the order in which they are
  /// hashed.
  template <class Mesh, class Call>
  void for_mesh_arrays(Mesh &mesh, const Call &call);

  /// The arrays of /meshes/@p k in format @p version, which refer to @p mesh.
  std::vector<MeshArray>
  mesh_arrays(const MeshDescription &mesh, unsigned int k = 0,
              std::int64_t version = dataset_format_version);

  /// Write /meshes/@p k, for which the group /meshes is there. Throws
  /// Hdf5Failure.
  void write_mesh(hid_t file, const MeshDescription &mesh, unsigned int k);

  /// What of @p mesh contradicts itself, as in "a cell has a point that is not
  /// there", or an empty text.
  std::string contradiction(const MeshDescription &mesh);

  /// The attributes that say what a field is; @p number counts the inputs or
  /// the outputs, in whose order the checksum runs.
  void describe_field(hid_t array, const FieldDescription &field,
                      unsigned int number);

  /// 64-bit FNV-1a of all arrays, as 16 hexadecimal digits.
  std::string hash_of(const std::vector<MeshArray> &arrays);

  /// Number of values per component of @p field in a sample.
  std::uint64_t n_sites(const FieldDescription &field,
                        const MeshDescription &mesh);

  /// The arrays of a data set, without offsets: inputs, outputs, and then
  /// iterations, seconds, checksum, true_residual and status in the order of
  /// writing.
  std::vector<SampleArray> sample_arrays(const DatasetLayout &layout);

  std::vector<hsize_t> shape_in_file(const SampleArray &array,
                                     hsize_t n_samples);

  /// Where the first row of @p array is in the file. Throws Hdf5Failure.
  std::uint64_t offset_of(hid_t array);

  /// A new file with the attributes and texts of a data set, and without
  /// groups. @p rows: `equal`, or `ragged` if samples have a mesh each. Throws
  /// Hdf5Failure.
  Hdf5Handle begin_dataset_file(const std::string &file,
                                const DatasetLayout &layout,
                                const std::string &rows);

  /// Make an array that holds @p data. Throws Hdf5Failure.
  void write_array(hid_t file, const std::string &path, StoredType type,
                   const std::vector<hsize_t> &shape, const void *data);

  /// Throws BadInput, with the first entry that differs, if data set @p file
  /// was made from other parameters. See DatasetLayout::identity.
  void compare_identity(const std::string &file, const std::string &wanted,
                        const std::string &found);

  /**
   * Make @p file with everything but the rows of @p arrays, for which space
   * is laid out; their offsets are set. Throws Hdf5Failure if the file cannot
   * be written.
   */
  void make_dataset_file(const std::string &file, const DatasetLayout &layout,
                         std::vector<SampleArray> &arrays);

  /**
   * Check that @p file is what make_dataset_file() makes of @p layout, and set
   * the offsets of @p arrays. Throws BadInput, with a sentence that names the
   * first difference.
   */
  void verify_dataset_file(const std::string &file, const DatasetLayout &layout,
                           std::vector<SampleArray> &arrays);

  template <class Mesh, class Call>
  void for_mesh_arrays(Mesh &mesh, const Call &call)
  {
    const unsigned int per_cell = vertices_per_cell(mesh.cell_type);
    const unsigned int per_face = vertices_per_face(mesh.cell_type);
    const auto width = [](const auto &values, const std::size_t n_rows)
    { return std::max<std::size_t>(1, n_rows ? values.size() / n_rows : 0); };
    const std::size_t n_nodes = mesh.boundary_nodes.size();
    const StoredType real = StoredType::float64, index = StoredType::int64,
                     small = StoredType::int8;
    call("points", real, mesh.points, mesh.dim, 2);
    call("cells", index, mesh.cells, per_cell, 2);
    call("boundary_faces", index, mesh.boundary_faces, per_face, 2);
    call("boundary_ids", StoredType::int32, mesh.boundary_ids, 1, 2);
    call("space/support_points", real, mesh.support_points, mesh.dim, 2);
    call("space/cell_nodes", index, mesh.cell_nodes,
         width(mesh.cell_nodes, mesh.n_cells), 2);
    call("space/linear_cells", index, mesh.linear_cells, per_cell, 2);
    call("space/boundary_nodes", index, mesh.boundary_nodes, 1, 2);
    call("space/graph_offsets", index, mesh.graph_offsets, 1, 2);
    call("space/graph_columns", index, mesh.graph_columns, 1, 2);
    call("space/boundary_face_nodes", index, mesh.boundary_face_nodes,
         width(mesh.boundary_face_nodes, mesh.boundary_ids.size()), 3);
    call("boundary_types", small, mesh.boundary_types, 1, 3);
    call("space/boundary_node_types", small, mesh.boundary_node_types, 1, 3);
    call("space/boundary_sampled", small, mesh.boundary_sampled, 1, 3);
    call("space/boundary_values", real, mesh.boundary_values,
         width(mesh.boundary_values, n_nodes), 3);
    call("space/boundary_coefficients", real, mesh.boundary_coefficients, 1, 3);
  }
} // namespace nodal

#endif
