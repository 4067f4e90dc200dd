// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_data_dataset_h
#define nodal_data_dataset_h

#include <nodal/mesh/numbering.h>
#include <nodal/pde/field.h>

#include <mpi.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /// State of a sample in a data set, as stored in /certificate/status.
  enum class SampleStatus : std::int8_t
  {
    pending = 0,   ///< not solved yet
    certified = 1, ///< true residual within the tolerance
    failed = 2     ///< solved without success; fields are NaN
  };

  /// What a sample's solve reported.
  struct Certificate
  {
    double true_residual = 0;
    unsigned int iterations = 0;
    double seconds = 0;
    SampleStatus status = SampleStatus::pending;
  };

  /// Everything about a data set that is known before the first sample.
  struct DatasetLayout
  {
    std::string problem;
    std::uint64_t seed = 0;
    unsigned int n_samples = 0;
    bool single_precision = false;
    std::vector<FieldDescription> inputs, outputs;
    MeshDescription mesh;   ///< used on rank 0 only
    std::string parameters; ///< the parameter file as used
    /// Entries that may differ between runs of one data set (rank counts,
    /// output folder) removed; compared on resume, with a sentence that names
    /// the first entry that differs.
    std::string identity;
    double tolerance = 0;
    std::map<std::string, std::string> attributes; ///< git, versions, ...
  };

  /**
   * A data set file, docs/formats.md, written by several ranks at once.
   *
   * All arrays are allocated when the file is created, under a temporary name
   * that is renamed when complete; rows of fields begin with NaN until they are
   * whole. A sample is written fields first, true residual and status last, so
   * that a kill at any moment leaves a readable file in which every row that
   * has a status is whole; a checksum tells whether it is after a crash of the
   * machine.
   */
  class Dataset
  {
  public:
    /**
     * Create @p file for the ranks of @p writers. Collective. Throws BadInput
     * if the file exists already, cannot be written or does not fit on the
     * disk (nothing is left behind then).
     */
    static std::unique_ptr<Dataset> create(const std::string &file,
                                           const DatasetLayout &layout,
                                           MPI_Comm writers);

    /**
     * Open @p file, which create() made with the same layout, to go on.
     * Collective. Throws BadInput if it is no data set, truncated, or made
     * from other parameters.
     */
    static std::unique_ptr<Dataset> resume(const std::string &file,
                                           const DatasetLayout &layout,
                                           MPI_Comm writers);

    ~Dataset();

    /// Status of every sample when the file was opened. A row counts as
    /// certified only if its residual is within the tolerance and its fields
    /// are finite.
    const std::vector<SampleStatus> &status() const;

    /**
     * Write one sample, by one rank alone. @p inputs and @p outputs hold the
     * values of each varying field by name, in the order of Numbering,
     * components fastest; at Location::boundary those of the boundary nodes,
     * or of all nodes. Throws NumericalFailure if the disk is full; what was
     * certified before stays, and the file can be resumed.
     */
    void write(unsigned int sample,
               const std::map<std::string, std::vector<double>> &inputs,
               const std::map<std::string, std::vector<double>> &outputs,
               const Certificate &certificate);

    /// Close the file. Collective.
    void close();

  private:
    Dataset();
    struct Implementation;
    std::unique_ptr<Implementation> implementation;
  };

  /**
   * Write the file through which ParaView and VisIt open each sample of data
   * set @p file as a step of a series, under the same name with ".xdmf" for
   * ".h5": the mesh of linear cells, node fields, and cell fields where a cell
   * is one linear cell. Called on one rank.
   */
  void write_xdmf(const std::string &file, const DatasetLayout &layout);
} // namespace nodal

#endif
