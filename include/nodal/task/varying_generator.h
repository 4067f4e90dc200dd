// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_varying_generator_h
#define nodal_task_varying_generator_h

#include <nodal/core/communicator.h>
#include <nodal/core/run.h>
#include <nodal/data/ragged_dataset.h>
#include <nodal/mesh/numbering.h>
#include <nodal/task/generator.h>
#include <nodal/task/sample_report.h>

#include <memory>
#include <vector>

namespace nodal
{
  /**
   * One data set in the making whose samples have a mesh each, on groups of
   * ranks that work independently. Each group takes a contiguous chunk of the
   * ids, in their order: nothing is handed from sample to sample.
   */
  template <int dim>
  class VaryingGenerator
  {
  public:
    /// Keeps references to all arguments. Collective; throws BadInput, also
    /// where Generate names an engine or a sequence that needs one mesh.
    VaryingGenerator(Experiment<dim> &experiment, const Parameters &prm,
                     GenerateSettings<dim> &settings, const Groups &groups,
                     Run &run);

    /// Make the samples that the data set does not have yet. Collective.
    /// Throws BadInput, or NumericalFailure if a sample failed or the disk is
    /// full; what is certified is kept.
    void run();

  private:
    /// What a sample stands on.
    struct Ground
    {
      std::unique_ptr<Space<dim>> space;
      std::unique_ptr<Numbering<dim>> numbering;
    };

    /// Mesh, inputs and engine for @p sample.
    void prepare(unsigned int sample);

    void make(unsigned int sample);
    void work_on_chunk();
    bool group_should_stop() const;
    void finish();

    Experiment<dim> &experiment;
    const Parameters &prm;
    const Groups &groups;
    Run &log_run;
    const EngineOptions options;
    Engine<dim> *engine = nullptr;
    Ground ground;
    std::unique_ptr<RaggedDataset> dataset; ///< on roots of groups
    SampleReport report;
    bool is_stopped = false;
  };
} // namespace nodal

#endif
