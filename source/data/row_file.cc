// SPDX-License-Identifier: LGPL-2.1-or-later
#include "row_file.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace nodal
{
  namespace
  {
    [[noreturn]] void fail(const int code)
    {
      throw std::system_error(code, std::generic_category());
    }

    /// Transfer all bytes by @p call, which may take several turns.
    template <class Byte, class Call>
    void transfer(Byte *data, std::uint64_t n_bytes, std::uint64_t offset,
                  const Call &call)
    {
      while (n_bytes > 0)
      {
        const ssize_t n = call(data, n_bytes, offset);
        if (n < 0 && errno == EINTR)
          continue;
        if (n <= 0)
          fail(n < 0 ? errno : EIO);
        data += n;
        n_bytes -= n;
        offset += n;
      }
    }
  } // namespace

  RowFile::~RowFile()
  {
    if (descriptor >= 0)
      ::close(descriptor);
  }

  void RowFile::open(const std::string &name, const int flags)
  {
    descriptor = ::open(name.c_str(), flags | O_CLOEXEC, 0666);
    if (descriptor < 0)
      fail(errno);
  }

  void RowFile::open(const std::string &name)
  {
    open(name, O_RDWR);
  }

  void RowFile::open_for_reading(const std::string &name)
  {
    open(name, O_RDONLY);
  }

  void RowFile::create(const std::string &name)
  {
    open(name, O_RDWR | O_CREAT | O_EXCL);
  }

  std::uint64_t RowFile::size() const
  {
    const off_t size = ::lseek(descriptor, 0, SEEK_END);
    if (size < 0)
      fail(errno);
    return size;
  }

  void RowFile::write(const void *data, const std::uint64_t n_bytes,
                      const std::uint64_t offset) const
  {
    transfer(static_cast<const char *>(data), n_bytes, offset,
             [this](const char *from, std::uint64_t n, std::uint64_t at)
             { return ::pwrite(descriptor, from, n, at); });
  }

  void RowFile::read(void *data, const std::uint64_t n_bytes,
                     const std::uint64_t offset) const
  {
    transfer(static_cast<char *>(data), n_bytes, offset,
             [this](char *to, std::uint64_t n, std::uint64_t at)
             { return ::pread(descriptor, to, n, at); });
  }

  void RowFile::flush() const
  {
    if (::fsync(descriptor) != 0)
      fail(errno);
  }

  void RowFile::close()
  {
    if (descriptor >= 0 && ::close(std::exchange(descriptor, -1)) != 0)
      fail(errno);
  }

  void probe_space(const std::string &name, const std::uint64_t n_bytes)
  {
    const int probe =
        ::open(name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (probe < 0)
      fail(errno);
    int code = ::fallocate(probe, 0, 0, n_bytes) == 0 ? 0 : errno;
    if (code == EOPNOTSUPP)
    {
      // The limit on the size of a file shows in ftruncate(), that of the
      // disk does not.
      struct statvfs disk;
      code = ::ftruncate(probe, n_bytes) != 0 ? errno : 0;
      if (code == 0 && ::fstatvfs(probe, &disk) == 0 &&
          std::uint64_t(disk.f_bavail) * disk.f_frsize < n_bytes)
        code = ENOSPC;
    }
    const int truncated = ::ftruncate(probe, 0) != 0 ? errno : 0;
    ::close(probe);
    if (code != 0 || truncated != 0)
      fail(code != 0 ? code : truncated);
  }

  void reserve_space(const std::string &name)
  {
    const int file = ::open(name.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0)
      fail(errno);
    const off_t size = ::lseek(file, 0, SEEK_END);
    int code = size < 0 ? errno : 0;
    if (size > 0 && ::fallocate(file, 0, 0, size) != 0 && errno != EOPNOTSUPP)
      code = errno;
    ::close(file);
    if (code != 0)
      fail(code);
  }
} // namespace nodal
