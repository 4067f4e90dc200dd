// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dataset_rows.h"
#include "hdf5_handle.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <system_error>

// HDF5 makes the file and closes it before the first row is written. Rows then
// go straight to their place in the file, from every writer alone: the arrays
// are contiguous and allocated, so the place of a row is known and never
// moves. With HDF5's parallel driver on Open MPI 4.1, a full disk made
// H5Fclose hang and Open MPI print a line per row. Here an error is that of
// one pwrite, the file is a closed, consistent HDF5 file at every moment, and
// a kill loses nothing that was written. A crash of the machine may lose pages
// that were not on the disk yet; resume() finds them by the rows' checksums.
// Space is reserved and not filled: to write each row twice took a third of a
// run's time on two ranks, whose writes to one file wait for each other.

namespace nodal
{
  namespace
  {
    std::string megabytes(const double bytes)
    {
      return std::to_string(std::lround(bytes / 1e6 + 0.5)) + " MB";
    }

    /// Bytes of the whole file, rounded up; on rank 0.
    std::uint64_t total_bytes(const std::vector<SampleArray> &arrays,
                              const DatasetLayout &layout)
    {
      std::uint64_t sum = 100000 + 36 * (layout.n_samples + 1) +
                          layout.parameters.size() + layout.identity.size();
      for (const SampleArray &array : arrays)
        sum += array.row_bytes() * layout.n_samples;
      for (const MeshArray &array : mesh_arrays(layout.mesh))
        sum += array.bytes;
      return sum;
    }

    [[noreturn]] void refuse_to_create(const std::string &file,
                                       const std::uint64_t bytes,
                                       const std::string &reason)
    {
      throw BadInput("The data set '" + file + "' of " + megabytes(bytes) +
                         " cannot be created (" + reason +
                         "); make room or choose another Dataset/File.",
                     "Dataset/File");
    }

    void refuse_existing(const std::string &file)
    {
      if (std::filesystem::exists(file))
        throw BadInput("The data set '" + file +
                           "' exists already; continue it with --resume or "
                           "choose another Dataset/File.",
                       "Dataset/File");
    }
  } // namespace

  Dataset::Dataset() = default;

  Dataset::~Dataset() = default;

  std::unique_ptr<Dataset> Dataset::create(const std::string &file,
                                           const DatasetLayout &layout,
                                           MPI_Comm writers)
  {
    std::unique_ptr<Dataset> result(new Dataset);
    result->implementation =
        std::make_unique<Implementation>(file, layout, writers);
    Implementation &self = *result->implementation;
    const bool is_root = rank_of(writers) == 0;
    const std::string part = file + ".part";
    const std::uint64_t bytes = is_root ? total_bytes(self.arrays, layout) : 0;
    agree(writers,
          [&]
          {
            if (is_root)
              refuse_existing(file);
          });
    const auto attempt = [&](const std::function<void()> &work)
    {
      try
      {
        errno = 0;
        work();
      }
      catch (const std::system_error &error)
      {
        refuse_to_create(file, bytes, error.code().message());
      }
      catch (const Hdf5Failure &)
      {
        refuse_to_create(file, bytes, std::strerror(errno));
      }
    };
    try
    {
      agree(writers,
            [&]
            {
              attempt(
                  [&]
                  {
                    if (!is_root)
                      return;
                    // HDF5 1.10 crashes at the end of the program after it ran
                    // out of space, so it does not get that far.
                    probe_space(part, bytes);
                    make_dataset_file(part, layout, self.arrays);
                    reserve_space(part);
                  });
            });
      self.share(layout.mesh);
      agree(writers,
            [&]
            {
              attempt(
                  [&]
                  {
                    self.file.open(part);
                    for (const SampleArray &array : self.arrays)
                      self.mark_share(array);
                    self.file.flush();
                  });
            });
      agree(writers,
            [&]
            {
              attempt(
                  [&]
                  {
                    if (is_root)
                      std::filesystem::rename(part, file);
                  });
            });
    }
    catch (const BadInput &)
    {
      std::error_code ignored;
      if (is_root)
        std::filesystem::remove(part, ignored);
      MPI_Barrier(writers);
      throw;
    }
    return result;
  }

  std::unique_ptr<Dataset> Dataset::resume(const std::string &file,
                                           const DatasetLayout &layout,
                                           MPI_Comm writers)
  {
    std::unique_ptr<Dataset> result(new Dataset);
    result->implementation =
        std::make_unique<Implementation>(file, layout, writers);
    Implementation &self = *result->implementation;
    agree(writers,
          [&]
          {
            if (rank_of(writers) == 0)
              verify_dataset_file(file, layout, self.arrays);
          });
    self.share(layout.mesh);
    agree(writers,
          [&]
          {
            try
            {
              self.file.open(file);
            }
            catch (const std::system_error &error)
            {
              throw BadInput("The data set '" + file + "' cannot be written (" +
                                 error.code().message() +
                                 "); change its permissions or choose another "
                                 "Dataset/File.",
                             "Dataset/File");
            }
          });
    self.read_status();
    self.is_resumed = true;
    return result;
  }

  const std::vector<SampleStatus> &Dataset::status() const
  {
    return implementation->status;
  }

  void Dataset::write(const unsigned int sample,
                      const std::map<std::string, std::vector<double>> &inputs,
                      const std::map<std::string, std::vector<double>> &outputs,
                      const Certificate &certificate)
  {
    implementation->write(sample, inputs, outputs, certificate);
  }

  void Dataset::close()
  {
    Implementation &self = *implementation;
    agree(self.writers,
          [&]
          {
            try
            {
              self.file.flush();
              self.file.close();
            }
            catch (const std::system_error &error)
            {
              throw NumericalFailure("The data set '" + self.name +
                                     "' could not be closed (" +
                                     error.code().message() +
                                     "); make room and go on with --resume.");
            }
          });
  }
} // namespace nodal
