// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_dataset_file_h
#define nodal_source_data_dataset_file_h

#include <nodal/data/dataset.h>

#include <hdf5.h>

#include <cstdint>
#include <string>
#include <vector>

namespace nodal
{
  const std::int64_t dataset_format_version = 2;

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

  /// An array of the mesh, which is the same for all samples.
  struct MeshArray
  {
    std::string path;
    StoredType type;
    std::vector<hsize_t> shape;
    const void *data;
    std::size_t bytes;
  };

  unsigned int vertices_per_cell(const std::string &cell_type);

  /// The arrays of /meshes/0, which refer to @p mesh.
  std::vector<MeshArray> mesh_arrays(const MeshDescription &mesh);

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
} // namespace nodal

#endif
