// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_learn_sample_set_h
#define nodal_learn_sample_set_h

#include <nodal/data/dataset_reader.h>
#include <nodal/learn/graph_batch.h>
#include <nodal/learn/neural_operator.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /// The certified samples of a data set with the graphs of their meshes, in
  /// memory, as networks take them. Several ranks may share every sample, each
  /// of them a part of the nodes; for a moment a rank holds a whole mesh and
  /// the fields on it.
  class SampleSet
  {
  public:
    /// Read the samples with ids from @p first to below @p last for the ranks
    /// of @p comm to share. Collective. Throws BadInput, on all ranks, if there
    /// are none, if the file cannot be used, or if the fields are not such as
    /// networks take.
    SampleSet(const std::string &file, unsigned int first, unsigned int last,
              unsigned int coarsest_size, MPI_Comm comm = MPI_COMM_SELF);

    std::vector<GraphSample> samples;

    OperatorShape shape;

    /// Names of the fields behind the columns of GraphSample.
    std::vector<std::string> coefficients, sources, outputs;
    std::vector<bool> coefficient_is_positive;

    std::string problem;
    std::string hash; ///< of the data set
    std::string file;
    const MPI_Comm comm;

    /// For each sample: number of its mesh, wall seconds that the solver took,
    /// and seconds in which its graph, if it has one of its own, and its lift
    /// were made.
    std::vector<unsigned int> mesh_numbers;
    std::vector<double> solver_seconds, graph_seconds;

  private:
    /// A graph, and the mesh if it is at hand.
    struct Domain
    {
      std::shared_ptr<const Graph> graph;
      std::unique_ptr<MeshDescription> mesh;
    };

    void describe(const DatasetReader &data);
    GraphSample read(const DatasetReader &data, unsigned int id);
    void read_fields(const DatasetReader &data, const MeshDescription &mesh,
                     GraphSample &sample) const;
    Domain &domain(const DatasetReader &data, unsigned int mesh);

    const unsigned int coarsest_size;
    std::map<unsigned int, Domain> domains;
  };

  /// The normaliser that fits @p samples of @p data. Collective over its ranks.
  Normalizer fit_normalizer(const SampleSet &data,
                            const std::vector<const GraphSample *> &samples);

  /// Give all ranks of @p comm the numbers of rank 0, to the last bit; all have
  /// as many.
  void broadcast(Normalizer &normalizer, MPI_Comm comm);
} // namespace nodal

#endif
