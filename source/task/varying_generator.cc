// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/pde/boundary_description.h>
#include <nodal/task/varying_generator.h>

#include "generate_common.h"

#include <deal.II/base/timer.h>

#include <algorithm>
#include <limits>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// The engine chosen, or the first that `auto` may take.
    template <int dim>
    Engine<dim> &choose_engine(const Choice<Engine<dim>> &engines,
                               const std::string &geometry)
    {
      if (!engines.has_object())
      {
        for (const RegistryEntry &entry : Registry<Engine<dim>>::list())
          if (engines.get(entry.name).takes_one_mesh_each())
            return engines.get(entry.name);
      }
      else if (engines->takes_one_mesh_each())
        return *engines;
      throw BadInput("The engine '" + engines.name() +
                         "' needs one mesh for all samples, and the geometry "
                         "'" +
                         geometry +
                         "' gives each its own; choose 'auto' or "
                         "'sequential'.",
                     engines.entry());
    }
  } // namespace

  template <int dim>
  VaryingGenerator<dim>::VaryingGenerator(Experiment<dim> &experiment,
                                          const Parameters &prm,
                                          GenerateSettings<dim> &settings,
                                          const Groups &groups, Run &run)
      : experiment(experiment), prm(prm), groups(groups),
        log_run(run), options{false, 1e6 * settings.memory, false},
        report(groups, run)
  {
    if (settings.sequence != "none" && settings.sequence != "auto")
      throw BadInput("Samples with a mesh each are solved in the order of "
                     "their ids; set the sequence to 'none' or 'auto'.",
                     "Generate/Sequence");
    engine = &choose_engine(settings.engine, experiment.geometry.name());
    run.log("A mesh for each of " + std::to_string(experiment.n_samples) +
            " samples, geometry '" + experiment.geometry.name() + "', " +
            std::to_string(groups.n) + " group(s) of " +
            std::to_string(size_of(groups.group)) + " rank(s)");
    agree(run.comm,
          [&]
          {
            experiment.solver.try_out(groups.group,
                                      experiment.problem->traits().is_spd);
          });
  }

  template <int dim>
  void VaryingGenerator<dim>::prepare(const unsigned int sample)
  {
    const TimerOutput::Scope scope(log_run.timer, "mesh");
    // What stands on the ground of the sample before goes first.
    Ground next;
    next.space =
        experiment.make_space(experiment.make_mesh(groups.group, sample));
    next.numbering = std::make_unique<Numbering<dim>>(*next.space);
    describe_boundary(experiment.boundary, next.space->n_components,
                      experiment.samples_boundary_values(),
                      next.numbering->description);
    experiment.inputs.prepare(*next.space, *next.numbering);
    experiment.solver.forget();
    const std::string reason =
        engine->prepare(experiment, *next.space, options);
    if (!reason.empty())
      throw BadInput("The engine is not for this experiment: " + reason + ".",
                     "Generate/Engine");
    ground = std::move(next);
  }

  template <int dim>
  void VaryingGenerator<dim>::make(const unsigned int sample)
  {
    TimerOutput &timer = log_run.timer;
    Timer clock;
    prepare(sample);
    timer.enter_subsection("sampling");
    // Moved, as copies of node values come without their halo.
    std::vector<Inputs<dim>> inputs;
    inputs.push_back(experiment.inputs.sample(experiment.seed, sample));
    timer.leave_subsection();
    const Numbering<dim> &numbering = *ground.numbering;
    RaggedSample row;
    row.id = sample;
    SolveResult result;
    engine->solve(
        inputs,
        [&](unsigned int, const SolveResult &solved,
            const FieldVector &solution)
        {
          result = solved;
          std::vector<double> &output =
              row.outputs[experiment.problem->output().name];
          if (solved.converged())
            output = numbering.gather_nodes(solution, false);
          else
            output.assign(numbering.n_nodes * ground.space->n_components,
                          std::numeric_limits<double>::quiet_NaN());
        },
        &timer);
    const double seconds = clock.wall_time();
    const TimerOutput::Scope scope(timer, "writing");
    row.certificate = report.add(sample, result, seconds);
    for (const FieldDescription &field : experiment.inputs.varying())
      row.inputs[field.name] =
          gather_input(numbering, field, inputs[0].at(field.name));
    agree(groups.group,
          [&]
          {
            if (!groups.is_root)
              return;
            row.mesh = numbering.description;
            dataset->write(row);
          });
  }

  template <int dim>
  bool VaryingGenerator<dim>::group_should_stop() const
  {
    int stop = log_run.stop_requested();
    MPI_Bcast(&stop, 1, MPI_INT, 0, groups.group);
    return stop != 0;
  }

  template <int dim>
  void VaryingGenerator<dim>::work_on_chunk()
  {
    const std::uint64_t n = experiment.n_samples;
    const std::uint64_t begin = groups.index * n / groups.n,
                        end = (groups.index + 1) * n / groups.n;
    // Only roots hold the file; all ranks of a group need to know what to do.
    std::vector<int> is_certified(n, 0);
    if (groups.is_root)
      for (unsigned int i = 0; i < n; ++i)
        is_certified[i] = dataset->status()[i] == SampleStatus::certified;
    MPI_Bcast(is_certified.data(), n, MPI_INT, 0, groups.group);
    const auto n_kept = std::count(is_certified.begin(), is_certified.end(), 1);
    if (n_kept > 0)
      log_run.log(std::to_string(n_kept) + " certified samples are kept");
    const std::uint64_t n_todo =
        std::count(is_certified.begin() + begin, is_certified.begin() + end, 0);
    std::uint64_t n_done = 0;
    for (std::uint64_t sample = begin; sample < end; ++sample)
    {
      if (is_certified[sample])
        continue;
      if (n_done > 0 && group_should_stop())
      {
        is_stopped = true;
        return;
      }
      make(sample);
      log_run.log.progress(groups.n > 1 ? "samples of the first group"
                                        : "samples",
                           ++n_done, n_todo);
    }
  }

  template <int dim>
  void VaryingGenerator<dim>::run()
  {
    const DatasetLayout layout = describe_dataset(experiment, prm);
    const std::string file = dataset_path(experiment.dataset_file, log_run);
    const bool exists =
        broadcast(RaggedDataset::exists(file) ? "1" : "", log_run.comm) != "";
    if (exists && !log_run.resume)
      refuse_existing_dataset(file);
    agree(log_run.comm,
          [&]
          {
            if (groups.is_root)
              dataset = std::make_unique<RaggedDataset>(
                  file, layout, log_run.resume, groups.roots);
          });
    agree(log_run.comm, [&] { work_on_chunk(); });
    const unsigned int n_failed = report.finish();
    finish();
    if (!is_stopped)
      log_run.log("Data set: " + file);
    check_failures(n_failed, experiment.n_samples);
  }

  template <int dim>
  void VaryingGenerator<dim>::finish()
  {
    int stopped = is_stopped;
    MPI_Allreduce(MPI_IN_PLACE, &stopped, 1, MPI_INT, MPI_MAX, log_run.comm);
    is_stopped = stopped;
    const TimerOutput::Scope scope(log_run.timer, "merging");
    agree(log_run.comm,
          [&]
          {
            if (!groups.is_root)
              return;
            if (is_stopped)
              dataset->close();
            else
              dataset->finish();
          });
    if (is_stopped)
      log_run.log("Stopped on request; go on with --resume.");
  }

  template class VaryingGenerator<2>;
  template class VaryingGenerator<3>;
} // namespace nodal
