// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_generator_h
#define nodal_task_generator_h

#include <nodal/core/communicator.h>
#include <nodal/core/run.h>
#include <nodal/data/dataset.h>
#include <nodal/mesh/numbering.h>
#include <nodal/task/engine_choice.h>
#include <nodal/task/experiment.h>
#include <nodal/task/sample_report.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  template <int dim>
  struct GenerateSettings
  {
    GenerateSettings() : engine("auto")
    {
    }

    Choice<Engine<dim>> engine; ///< or "auto"
    std::string sequence = "auto";
    bool recycle = true;
    double memory = 2000; ///< MB per rank
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
              GenerateSettings<dim> &settings, const Groups &groups, Run &run);

    /// Make the samples that the data set does not have yet. Collective.
    /// Throws BadInput, or NumericalFailure if a sample failed or the disk is
    /// full; what is certified is in the file then.
    void run();

  private:
    /// A sample that was solved.
    struct Attempt
    {
      unsigned int sample = 0;
      Inputs<dim> inputs;
      SolveResult result;
      std::vector<double> output; ///< in the order of Numbering, on the root
      double seconds = 0;
    };

    DatasetLayout layout() const;
    std::vector<unsigned int> sequence();
    void check_inputs();
    std::vector<double> features();
    void add_features(const Inputs<dim> &inputs, double *features) const;

    /// Where in the sequence the group's chunk begins, or that of the
    /// @p next group.
    std::uint64_t chunk_begin(unsigned int next = 0) const;

    /// The next samples of the chunk, from place @p k on, that are not done;
    /// as many as the engine takes at once. Moves @p k behind them.
    std::vector<unsigned int> next_group(const std::vector<unsigned int> &order,
                                         const std::vector<int> &is_certified,
                                         std::uint64_t &k) const;

    /// @p first are the first samples of the chunk if they are solved already.
    void work_on_chunk(const std::vector<unsigned int> &order,
                       std::vector<Attempt> first);

    std::vector<Attempt> attempt(const std::vector<unsigned int> &samples);

    /// Write and report it.
    void keep(Attempt &attempt);
    void write(Attempt &attempt, const Certificate &certificate);
    bool group_should_stop() const;
    void finish();
    std::string recycle_file() const;

    Experiment<dim> &experiment;
    const Parameters &prm;
    GenerateSettings<dim> &settings;
    const Groups &groups;
    Run &log_run;

    std::unique_ptr<Space<dim>> space;
    std::unique_ptr<Numbering<dim>> numbering;
    std::unique_ptr<EngineChoice<dim>> engine;
    std::unique_ptr<Dataset> dataset; ///< on roots of groups
    SampleReport report;
    bool is_stopped = false;
  };
} // namespace nodal

#endif
