// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_hdf5_handle_h
#define nodal_source_data_hdf5_handle_h

#include <hdf5.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace nodal
{
  /// A function of the HDF5 library failed; the caller knows what that means.
  class Hdf5Failure : public std::runtime_error
  {
  public:
    using std::runtime_error::runtime_error;
  };

  /// Owns one HDF5 identifier; @p close is the function that frees it.
  class Hdf5Handle
  {
  public:
    /// Takes over @p id. Throws Hdf5Failure if it is not valid, which is how
    /// the functions that make identifiers report errors.
    Hdf5Handle(const hid_t id, herr_t (*close)(hid_t)) : id(id), close(close)
    {
      if (id < 0)
        throw Hdf5Failure("an HDF5 object could not be opened or created");
    }

    Hdf5Handle(Hdf5Handle &&other) noexcept
        : id(std::exchange(other.id, -1)), close(other.close)
    {
    }

    ~Hdf5Handle()
    {
      if (id >= 0)
        close(id);
    }

    /// Close now; throws Hdf5Failure if that fails, as it does where buffered
    /// data do not fit on the disk.
    void reset()
    {
      if (id >= 0 && close(std::exchange(id, -1)) < 0)
        throw Hdf5Failure("an HDF5 object could not be closed");
    }

    operator hid_t() const
    {
      return id;
    }

  private:
    hid_t id;
    herr_t (*close)(hid_t);
  };

  inline void check_hdf5(const herr_t code, const char *call)
  {
    if (code < 0)
      throw Hdf5Failure(std::string("HDF5 failed: ") + call);
  }
} // namespace nodal

/// Call an HDF5 function and throw Hdf5Failure if it fails.
#define NODAL_HDF5(...) ::nodal::check_hdf5((__VA_ARGS__), #__VA_ARGS__)

#endif
