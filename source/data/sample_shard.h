// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_sample_shard_h
#define nodal_source_data_sample_shard_h

#include "row_file.h"

#include <nodal/data/ragged_dataset.h>

#include <functional>
#include <string>
#include <vector>

namespace nodal
{
  // A shard is a file of records to which one writer appends; it is not for
  // exchange between machines. A record is the number of its bytes, their
  // checksum and the bytes. The first is what the shard is a part of; all
  // others are samples. What a kill leaves of a record at the end does not
  // count.

  /// A sample as the bytes of a record; fields in the order of @p layout.
  /// Throws std::logic_error if a field does not fit the mesh.
  std::string pack(const RaggedSample &sample, const DatasetLayout &layout);

  /// The inverse; false if @p bytes are no such sample.
  bool unpack(const std::string &bytes, const DatasetLayout &layout,
              RaggedSample &sample);

  /// Appends to a shard that it makes. Functions throw std::system_error.
  class ShardWriter
  {
  public:
    void create(const std::string &name, const std::string &header);

    bool is_open() const
    {
      return end > 0;
    }

    void append(const std::string &record);
    void flush() const;
    void close();

  private:
    RowFile file;
    std::uint64_t end = 0;
  };

  /// Calls back with every whole record of shard @p name after the first, and
  /// its place. Returns the first, or throws std::system_error if the file
  /// cannot be read; a file that does not begin like a shard gives an empty
  /// text.
  std::string read_shard(const std::string &name,
                         const std::function<void(const std::string &record,
                                                  std::uint64_t place)> &call);

  /// The record at @p place of shard @p name; throws std::system_error.
  std::string read_record(const std::string &name, std::uint64_t place);
} // namespace nodal

#endif
