// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_snapshots_h
#define nodal_couple_snapshots_h

#include <nodal/core/coordinates.h>
#include <nodal/core/parameters.h>
#include <nodal/core/petsc.h>
#include <nodal/core/run.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace nodal
{
  /// What a model folder says of snapshots besides the numbers.
  struct SnapshotsDescription
  {
    unsigned int dim = 2, block_size = 1, n_vectors = 0;
    std::string problem;               ///< of the samples
    std::vector<std::string> datasets; ///< their hashes
    /// Mean share of the snapshots in the samples kept back that 'Number'
    /// columns of each aggregate miss, with the near null space taken out.
    double validation_error = 0;
    std::map<std::string, std::string> versions;
  };

  /**
   * Smooth vectors for matrices of one mesh. Cut into pieces by aggregates,
   * they tell which columns a coarse space needs: the leading left singular
   * vectors of the pieces (localised snapshots). A folder holds them:
   * model.json and weights.pt, see docs/formats.md.
   */
  class Snapshots
  {
  public:
    /// Read @p folder. Throws BadInput, with a sentence, if a file is missing
    /// or damaged or describes another kind of model.
    static Snapshots read(const std::string &folder);

    /// Write @p folder, each file under a temporary name and then renamed.
    /// Throws NumericalFailure if that fails.
    void write(const std::string &folder) const;

    unsigned int n_nodes() const
    {
      return points.size() / description.dim;
    }

    /// Numbers of the nodes of the snapshots at @p places, -1 where there is
    /// none.
    std::vector<int> nodes_at(const Coordinates &places) const;

    SnapshotsDescription description;
    std::vector<double> points; ///< n_nodes × dim
    std::vector<float> vectors; ///< nodes × block_size × n_vectors
  };

  struct SnapshotSettings
  {
    void add_parameters(Parameters &prm);

    unsigned int n_samples = 24, n_of_each = 1, n_columns = 3;
    double threshold = 0.25;
  };

  /// Puts Snapshots together.
  class SnapshotCollection
  {
  public:
    /// Keeps a reference.
    explicit SnapshotCollection(const SnapshotSettings &settings);

    /// Add @p vectors, smooth for @p A, which has coordinates and is on one
    /// rank. Throws BadInput if it is of another mesh than those before.
    void add(Mat A, const std::vector<std::vector<double>> &vectors,
             bool is_kept_back);

    /// What there is, for the log.
    std::string summary() const;

    /// Those of the samples that are not kept back, of which there are some.
    Snapshots snapshots() const;

    /// Give @p on_improvement the snapshots, and tell @p run what columns made
    /// of them miss. Throws BadInput if there are none. On rank 0 alone.
    void fit(SnapshotsDescription description,
             const std::function<void(const Snapshots &)> &on_improvement,
             Run &run) const;

  private:
    const SnapshotSettings &settings;
    Coordinates places;
    unsigned int block_size = 1;
    std::vector<std::vector<double>> fitted;

    /// A sample that is kept back.
    struct KeptBack
    {
      MatHandle A;
      std::vector<std::vector<double>> vectors;
    };
    std::vector<KeptBack> kept_back;
  };
} // namespace nodal

#endif
