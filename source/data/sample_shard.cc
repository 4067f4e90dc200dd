// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sample_shard.h"
#include "dataset_file.h"

#include <nodal/core/hash.h>

#include <cstring>
#include <system_error>

namespace nodal
{
  namespace
  {
    const std::string shard_magic = "nodal shard 1\n";

    /// What stands in front of the bytes of a record.
    struct RecordHead
    {
      std::uint64_t n_bytes, checksum;
    };

    std::uint64_t checksum_of(const std::string &bytes)
    {
      return Fnv1a<std::uint64_t>().add(bytes).value();
    }

    /// Puts numbers and vectors of numbers one after the other.
    struct Packer
    {
      std::string bytes;

      template <class Number>
      void put(const Number &value)
      {
        bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
      }

      template <class Number>
      void put(const std::vector<Number> &values)
      {
        put(std::uint64_t(values.size()));
        bytes.append(reinterpret_cast<const char *>(values.data()),
                     values.size() * sizeof(Number));
      }

      void put(const std::string &text)
      {
        put(std::uint64_t(text.size()));
        bytes += text;
      }
    };

    /// The inverse; each function is false if there are not enough bytes.
    struct Unpacker
    {
      const std::string &bytes;
      std::size_t at = 0;

      template <class Number>
      bool take(Number &value)
      {
        if (bytes.size() - at < sizeof value)
          return false;
        std::memcpy(&value, &bytes[at], sizeof value);
        at += sizeof value;
        return true;
      }

      template <class Container>
      bool take_all(Container &values)
      {
        std::uint64_t n = 0;
        const std::size_t size = sizeof(values[0]);
        if (!take(n) || n > (bytes.size() - at) / size)
          return false;
        values.resize(n);
        if (n > 0)
          std::memcpy(&values[0], &bytes[at], n * size);
        at += n * size;
        return true;
      }
    };

    /// The record at @p place of a file of @p size bytes; false if it is not
    /// whole.
    bool read_whole(const RowFile &file, const std::uint64_t place,
                    const std::uint64_t size, std::string &bytes)
    {
      RecordHead head;
      if (size < place || size - place < sizeof head)
        return false;
      file.read(&head, sizeof head, place);
      if (head.n_bytes > size - place - sizeof head)
        return false;
      bytes.resize(head.n_bytes);
      file.read(&bytes[0], head.n_bytes, place + sizeof head);
      return checksum_of(bytes) == head.checksum;
    }
  } // namespace

  std::string pack(const RaggedSample &sample, const DatasetLayout &layout)
  {
    Packer packer;
    packer.put(std::uint64_t(sample.id));
    packer.put(sample.certificate.true_residual);
    packer.put(std::uint64_t(sample.certificate.iterations));
    packer.put(sample.certificate.seconds);
    packer.put(std::int8_t(sample.certificate.status));
    packer.put(std::uint64_t(sample.mesh.dim));
    packer.put(std::uint64_t(sample.mesh.degree));
    packer.put(std::uint64_t(sample.mesh.n_cells));
    packer.put(sample.mesh.cell_type);
    for_mesh_arrays(sample.mesh,
                    [&](const char *, StoredType, const auto &values,
                        std::size_t, std::int64_t) { packer.put(values); });
    for (const bool is_input : {true, false})
      for (const FieldDescription &field :
           is_input ? layout.inputs : layout.outputs)
      {
        const std::vector<double> &values =
            (is_input ? sample.inputs : sample.outputs).at(field.name);
        if (values.size() != n_sites(field, sample.mesh) * field.n_components)
          throw std::logic_error("Field '" + field.name + "' has " +
                                 std::to_string(values.size()) +
                                 " values, which do not fit the mesh.");
        packer.put(values);
      }
    return packer.bytes;
  }

  bool unpack(const std::string &bytes, const DatasetLayout &layout,
              RaggedSample &sample)
  {
    Unpacker unpacker{bytes};
    std::uint64_t id, iterations, dim, degree, n_cells;
    std::int8_t status;
    MeshDescription &mesh = sample.mesh;
    if (!unpacker.take(id) ||
        !unpacker.take(sample.certificate.true_residual) ||
        !unpacker.take(iterations) ||
        !unpacker.take(sample.certificate.seconds) || !unpacker.take(status) ||
        !unpacker.take(dim) || !unpacker.take(degree) ||
        !unpacker.take(n_cells) || !unpacker.take_all(mesh.cell_type))
      return false;
    sample.id = id;
    sample.certificate.iterations = iterations;
    sample.certificate.status = SampleStatus(status);
    mesh.dim = dim;
    mesh.degree = degree;
    mesh.n_cells = n_cells;
    bool is_good = true;
    for_mesh_arrays(mesh, [&](const char *, StoredType, auto &values,
                              std::size_t, std::int64_t)
                    { is_good = is_good && unpacker.take_all(values); });
    if (!is_good || !contradiction(mesh).empty() ||
        sample.id >= layout.n_samples)
      return false;
    for (const bool is_input : {true, false})
      for (const FieldDescription &field :
           is_input ? layout.inputs : layout.outputs)
      {
        std::vector<double> &values =
            (is_input ? sample.inputs : sample.outputs)[field.name];
        if (!unpacker.take_all(values) ||
            values.size() != n_sites(field, mesh) * field.n_components)
          return false;
      }
    return unpacker.at == bytes.size();
  }

  void ShardWriter::create(const std::string &name, const std::string &header)
  {
    file.create(name);
    file.write(shard_magic.data(), shard_magic.size(), 0);
    end = shard_magic.size();
    append(header);
  }

  void ShardWriter::append(const std::string &record)
  {
    const RecordHead head = {record.size(), checksum_of(record)};
    file.write(&head, sizeof head, end);
    file.write(record.data(), record.size(), end + sizeof head);
    // A record that was not written whole is written over.
    end += sizeof head + record.size();
  }

  void ShardWriter::flush() const
  {
    if (is_open())
      file.flush();
  }

  void ShardWriter::close()
  {
    if (is_open())
      file.close();
    end = 0;
  }

  std::string read_shard(
      const std::string &name,
      const std::function<void(const std::string &, std::uint64_t)> &call)
  {
    RowFile file;
    file.open_for_reading(name);
    const std::uint64_t size = file.size();
    std::string header, record(shard_magic.size(), '\0');
    if (size < record.size())
      return header;
    file.read(&record[0], record.size(), 0);
    if (record != shard_magic)
      return header;
    std::uint64_t place = shard_magic.size();
    if (!read_whole(file, place, size, header))
      return "";
    place += sizeof(RecordHead) + header.size();
    while (read_whole(file, place, size, record))
    {
      call(record, place);
      place += sizeof(RecordHead) + record.size();
    }
    return header;
  }

  std::string read_record(const std::string &name, const std::uint64_t place)
  {
    RowFile file;
    file.open_for_reading(name);
    std::string record;
    if (!read_whole(file, place, file.size(), record))
      throw std::system_error(EIO, std::generic_category());
    return record;
  }
} // namespace nodal
