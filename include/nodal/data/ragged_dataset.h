// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_data_ragged_dataset_h
#define nodal_data_ragged_dataset_h

#include <nodal/data/dataset.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /// A sample with a mesh of its own.
  struct RaggedSample
  {
    unsigned int id = 0;
    MeshDescription mesh;
    /// By name, sites × components; at Location::boundary the sites are the
    /// boundary nodes.
    std::map<std::string, std::vector<double>> inputs, outputs;
    Certificate certificate;
  };

  /**
   * A data set in the making whose samples have a mesh each, written by several
   * ranks at once.
   *
   * How long rows are is not known before the last, so every writer appends
   * its samples to a file of its own, `FILE.shard-K`. finish() merges these
   * into the data set, docs/formats.md, under a temporary name that is renamed
   * when complete. A kill at any moment loses no sample that was written:
   * what is whole in a shard is kept when the run goes on, with any number of
   * writers.
   */
  class RaggedDataset
  {
  public:
    /// True if @p file or a shard of it is there. Serial.
    static bool exists(const std::string &file);

    /**
     * Begin @p file, or go on with it if @p resume. The mesh of @p layout is
     * not used; no file is made before the first write. Collective over
     * @p writers. Throws BadInput if there is one already, or, to go on, if it
     * is damaged or made from other parameters.
     */
    RaggedDataset(const std::string &file, const DatasetLayout &layout,
                  bool resume, MPI_Comm writers);
    ~RaggedDataset();

    /// Status of every sample when the data set was opened: certified ones
    /// count, failed ones may be written again.
    const std::vector<SampleStatus> &status() const;

    /// Write one sample, by one rank alone; it lasts when this returns. Throws
    /// NumericalFailure if the disk is full.
    void write(const RaggedSample &sample);

    /// Merge all samples, of which there must be every one, into the data set,
    /// and remove the shards. Collective. Throws NumericalFailure if that does
    /// not fit on the disk; the shards stay then.
    void finish();

    /// Leave the shards to be gone on with. Collective.
    void close();

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation;
  };
} // namespace nodal

#endif
