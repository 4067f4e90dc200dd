// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_row_file_h
#define nodal_source_data_row_file_h

#include <cstdint>
#include <string>

namespace nodal
{
  /// A file in which this rank reads and writes at known places.
  /// Every function throws std::system_error with the system's reason.
  class RowFile
  {
  public:
    RowFile() = default;
    RowFile(const RowFile &) = delete;
    ~RowFile();

    void open(const std::string &name);

    void open_for_reading(const std::string &name);

    /// Make the file, which must not be there yet.
    void create(const std::string &name);

    /// Bytes of the file.
    std::uint64_t size() const;

    void write(const void *data, std::uint64_t n_bytes,
               std::uint64_t offset) const;

    void read(void *data, std::uint64_t n_bytes, std::uint64_t offset) const;

    /// Wait until all is on the disk.
    void flush() const;

    void close();

  private:
    void open(const std::string &name, int flags);

    int descriptor = -1;
  };

  /// Make the empty file @p name, or throw std::system_error with the reason
  /// for which @p n_bytes would not fit into it.
  void probe_space(const std::string &name, std::uint64_t n_bytes);

  /// Have all bytes of the file @p name allocated on the disk, where the file
  /// system can. Throws std::system_error with the reason if they do not fit.
  void reserve_space(const std::string &name);
} // namespace nodal

#endif
