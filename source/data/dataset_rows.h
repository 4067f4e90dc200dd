// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_dataset_rows_h
#define nodal_source_data_dataset_rows_h

#include "dataset_file.h"
#include "row_checksum.h"
#include "row_file.h"

#include <map>
#include <string>
#include <vector>

namespace nodal
{
  /// The rows of an open data set: where they are, which are done, and how one
  /// is written.
  struct Dataset::Implementation
  {
    Implementation(const std::string &file, const DatasetLayout &layout,
                   MPI_Comm writers);

    /// Make what rank 0 knows of the mesh and the file known to all.
    void share(const MeshDescription &mesh);

    /// Mark this rank's share of the rows of @p array as not written: numbers
    /// are NaN, rows of fields begin with it.
    void mark_share(const SampleArray &array) const;

    void read_status();

    /// True if all fields of certified row @p sample are finite and what its
    /// checksum says.
    bool is_whole(unsigned int sample) const;

    /// Have the row of @p sample begin with NaN and without a status.
    void unmark(unsigned int sample);

    /// Its first value is written last.
    void write_row(const SampleArray &array, unsigned int sample,
                   const std::vector<double> &values, RowChecksum &checksum);

    template <class Number>
    void write_number(const SampleArray &array, unsigned int sample,
                      Number value);

    /// The values of @p field that its row stores.
    std::vector<double>
    row(const FieldDescription &field, const SampleArray &array,
        const std::map<std::string, std::vector<double>> &values) const;

    /// See Dataset::write(); throws std::system_error.
    void
    write_in_order(unsigned int sample,
                   const std::map<std::string, std::vector<double>> &inputs,
                   const std::map<std::string, std::vector<double>> &outputs,
                   const Certificate &certificate);

    void write(unsigned int sample,
               const std::map<std::string, std::vector<double>> &inputs,
               const std::map<std::string, std::vector<double>> &outputs,
               const Certificate &certificate);

    const std::string name;
    const MPI_Comm writers;
    const DatasetLayout layout; ///< without mesh and texts
    std::vector<SampleArray> arrays;
    std::vector<std::uint64_t> boundary_nodes;
    std::uint64_t n_nodes = 0;
    std::vector<SampleStatus> status;
    bool is_resumed = false; ///< rows may have been written before
    RowFile file;
  };
} // namespace nodal

#endif
