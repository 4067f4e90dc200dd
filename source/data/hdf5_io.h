// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_hdf5_io_h
#define nodal_source_data_hdf5_io_h

#include "dataset_file.h"
#include "hdf5_handle.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nodal
{
  // Reading and writing of attributes and small arrays. Every function throws
  // Hdf5Failure. Text has a fixed length, because HDF5 keeps text of variable
  // length in a heap without checksums.

  /// The type of numbers in the file, little endian on every machine.
  hid_t file_type(StoredType type);

  /// The type of numbers in memory.
  hid_t memory_type(StoredType type);

  /// Open @p file for reading. What the exception says completes "The data set
  /// 'FILE' …".
  Hdf5Handle open_file(const std::string &file);

  /// Bytes of @p file; throws Hdf5Failure if there is none.
  std::uint64_t size_of_file(const std::string &file);

  /// HDF5 prints its errors unless told not to.
  void silence_hdf5();

  Hdf5Handle create_group(hid_t location, const std::string &path);

  Hdf5Handle open_group(hid_t location, const std::string &path);

  Hdf5Handle open_array(hid_t location, const std::string &path);

  /// A contiguous array that is allocated at once and not filled.
  /// @p fill_value, of type memory_type(@p type), is what a reader sees as
  /// fill value; it may be null.
  Hdf5Handle create_array(hid_t location, const std::string &path,
                          StoredType type, const std::vector<hsize_t> &shape,
                          const void *fill_value = nullptr);

  std::vector<hsize_t> shape_of(hid_t array);

  /// Names of the members of @p group, in the order of their names.
  std::vector<std::string> members_of(hid_t group);

  /// True if @p array holds numbers of @p type.
  bool has_type(hid_t array, StoredType type);

  void write_attribute(hid_t object, const std::string &name,
                       const std::string &text);

  void write_attribute(hid_t object, const std::string &name, double value);

  void write_attribute(hid_t object, const std::string &name,
                       std::int64_t value);

  std::string read_text_attribute(hid_t object, const std::string &name);

  double read_number_attribute(hid_t object, const std::string &name);

  std::int64_t read_integer_attribute(hid_t object, const std::string &name);

  /// One text as an array without axes.
  void write_text(hid_t location, const std::string &path,
                  const std::string &text);

  std::string read_text(hid_t location, const std::string &path);
} // namespace nodal

#endif
