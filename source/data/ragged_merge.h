// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_ragged_merge_h
#define nodal_source_data_ragged_merge_h

#include <nodal/data/ragged_dataset.h>

#include <functional>
#include <string>

namespace nodal
{
  /**
   * Make the data set @p file, all at once, of the samples that @p load gives
   * by id, each of which is asked for twice: for the length of its rows, and
   * to be written. Serial. Throws Hdf5Failure or std::system_error if the file
   * cannot be written.
   */
  void merge_samples(const std::string &file, const DatasetLayout &layout,
                     const std::function<RaggedSample(unsigned int id)> &load);
} // namespace nodal

#endif
