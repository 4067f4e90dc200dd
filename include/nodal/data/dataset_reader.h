// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_data_dataset_reader_h
#define nodal_data_dataset_reader_h

#include <nodal/data/dataset.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * A data set for reading, docs/formats.md, versions 2 and 3: all samples on
   * one mesh, or each on its own. Serial: a rank that needs the data opens the
   * file by itself, read-only, also while it is being written.
   *
   * All functions throw BadInput with a sentence that names the file if what
   * they read is damaged, and std::logic_error for a sample, mesh or field
   * that the data set does not have.
   */
  class DatasetReader
  {
  public:
    /// Throws BadInput if @p file is missing, no data set, truncated, or of a
    /// version that this program does not know.
    explicit DatasetReader(const std::string &file);
    ~DatasetReader();
    DatasetReader(const DatasetReader &) = delete;

    const std::string &file() const;

    /// Space dimension of the meshes.
    unsigned int dim() const;

    /// Name of the problem that was solved.
    std::string problem() const;

    std::uint64_t seed() const;

    /// The largest true residual of a certified sample.
    double tolerance() const;

    /// See DatasetLayout::identity.
    std::string identity() const;

    /// The parameter file that made the data set.
    std::string parameters() const;

    /// 64-bit FNV-1a of the identity and the hashes of all meshes, as 16
    /// hexadecimal digits: equal for data sets of the same samples.
    std::string hash() const;

    const std::vector<FieldDescription> &inputs() const;
    const std::vector<FieldDescription> &outputs() const;

    unsigned int n_samples() const;
    unsigned int n_meshes() const;

    /// Number of the mesh of @p sample.
    unsigned int mesh_of(unsigned int sample) const;

    /// What the file says of the solve; see certified() for what counts.
    Certificate certificate(unsigned int sample) const;

    /// The samples that count, ascending: status certified, true residual
    /// within the tolerance, all values finite, and the checksum theirs. Reads
    /// all fields at the first call.
    std::vector<unsigned int> certified() const;

    /// Mesh @p k with all its arrays; what version 2 does not have is empty.
    MeshDescription mesh(unsigned int k) const;

    /// The values of a field in @p sample: sites × components, components
    /// fastest, in the order of Numbering; at Location::boundary the sites are
    /// MeshDescription::boundary_nodes.
    std::vector<double> input(const std::string &name,
                              unsigned int sample) const;
    std::vector<double> output(const std::string &name,
                               unsigned int sample) const;

    /// The value g of the boundary condition at the boundary nodes of
    /// @p sample, boundary nodes × components of the first output: that of the
    /// input of role boundary_value where it is sampled, elsewhere the formula
    /// of the condition. Throws BadInput for a file of version 2 without such
    /// an input, which does not say.
    std::vector<double> boundary_values(unsigned int sample) const;

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation;
  };
} // namespace nodal

#endif
