// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_generator_h
#define nodal_task_generator_h

#include <nodal/core/communicator.h>
#include <nodal/core/run.h>
#include <nodal/data/dataset.h>
#include <nodal/mesh/numbering.h>
#include <nodal/task/experiment.h>
#include <nodal/task/sample_solver.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  struct GenerateSettings
  {
    std::string sequence = "auto";
    bool recycle = true;
    unsigned int n_features = 256;
  };

  /**
   * One data set in the making, on groups of ranks that work independently.
   * Each group takes a contiguous chunk of the sorted sequence.
   */
  template <int dim>
  class Generator
  {
  public:
    /// Keeps references to all arguments. Collective; throws BadInput.
    Generator(Experiment<dim> &experiment, const Parameters &prm,
              const GenerateSettings &settings, const Groups &groups, Run &run);

    /// Make the samples that the data set does not have yet. Collective.
    /// Throws BadInput, or NumericalFailure if a sample failed or the disk is
    /// full; what is certified is in the file then.
    void run();

  private:
    /// What happened to one sample, for statistics.csv.
    struct Record
    {
      double sample, group, iterations, true_residual, seconds, status;
    };

    /// A sample that was solved; the solution is the solver's until the next.
    struct Attempt
    {
      unsigned int sample = 0;
      Inputs<dim> inputs;
      SolveResult result;
      double seconds = 0;
    };

    DatasetLayout layout() const;
    std::vector<unsigned int> sequence();
    std::vector<double> features();
    void add_features(const Inputs<dim> &inputs, double *features) const;

    /// Where in the sequence the group's chunk begins, or that of the
    /// @p next group.
    std::uint64_t chunk_begin(unsigned int next = 0) const;

    /// @p first may be the chunk's first sample, solved already.
    void work_on_chunk(const std::vector<unsigned int> &order,
                       const Attempt *first);

    Attempt attempt(unsigned int sample);

    /// Write and report it.
    void keep(const Attempt &attempt);
    void write(unsigned int sample, const Inputs<dim> &inputs,
               const Certificate &certificate);
    std::vector<double> gather(const FieldDescription &field,
                               const InputField<dim> &values) const;
    bool group_should_stop() const;
    void report(const Record &record);
    void finish();
    std::string recycle_file() const;

    Experiment<dim> &experiment;
    const Parameters &prm;
    const GenerateSettings settings;
    const Groups &groups;
    Run &log_run;

    std::unique_ptr<Space<dim>> space;
    std::unique_ptr<Numbering<dim>> numbering;
    std::unique_ptr<SampleSolver<dim>> solver;
    std::unique_ptr<Dataset> dataset; ///< on roots of groups
    RecycleSpace recycle;
    std::vector<Record> records;
    unsigned int n_failed = 0;
    bool is_stopped = false;
  };
} // namespace nodal

#endif
