// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/task/generator.h>
#include <nodal/task/task.h>
#include <nodal/task/varying_generator.h>

namespace nodal
{
  /// Make a data set: sample the inputs, order the samples, solve them in that
  /// order with a recycle space handed on, and write each as it is certified.
  template <int dim>
  class GenerateTask : public Task<dim>
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      Parameters::Section section(prm, "Generate");
      prm.add("Sequence", settings.sequence,
              "Order in which samples are solved: `none` (by id), `greedy` "
              "(always the nearest next), `hilbert` (along a space-filling "
              "curve, greedy within the chunk of each group of ranks), `auto` "
              "(greedy up to 5,000 samples and hilbert beyond, where the "
              "engine recycles, and none elsewhere). Samples with a mesh each "
              "are solved by id.",
              {"none", "greedy", "hilbert", "auto"});
      settings.engine.add_parameters(
          prm, "Engine",
          "How the samples are solved. 'auto' tries those that can take the "
          "problem on the first samples and goes on with the fastest.",
          {"auto"}, "Engines");
      prm.add("Recycle", settings.recycle,
              "Hand the recycle space from one sample to the next, for Krylov "
              "methods that recycle.");
      prm.add("Memory", settings.memory,
              "What samples in flight may take on a rank, in MB: engines "
              "that solve many at once take fewer, or none.",
              1., 1e9);
      prm.add("Features", settings.n_features,
              "Values of each varying field by which samples are compared.", 1,
              100000);
    }

    void run(Experiment<dim> &experiment, const Parameters &prm,
             Run &run) override
    {
      const Groups groups(run.comm, experiment.ranks_per_sample);
      if (experiment.geometry->varies())
        VaryingGenerator<dim>(experiment, prm, settings, groups, run).run();
      else
        Generator<dim>(experiment, prm, settings, groups, run).run();
    }

  private:
    GenerateSettings<dim> settings;
  };

  NODAL_REGISTER_DIM(Task, GenerateTask, "generate",
                     "Solve many samples and write them as a certified data "
                     "set.")
} // namespace nodal
