// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/pde/boundary_description.h>
#include <nodal/task/generator.h>

#include "generate_common.h"

#include <deal.II/base/timer.h>

#include <cmath>
#include <filesystem>
#include <limits>

namespace nodal
{
  using namespace dealii;
  namespace fs = std::filesystem;

  template <int dim>
  Generator<dim>::Generator(Experiment<dim> &experiment, const Parameters &prm,
                            GenerateSettings<dim> &settings,
                            const Groups &groups, Run &run)
      : experiment(experiment), prm(prm), settings(settings), groups(groups),
        log_run(run), report(groups, run)
  {
    const TimerOutput::Scope scope(run.timer, "mesh");
    agree(run.comm,
          [&]
          {
            space = experiment.make_space(groups.group);
            numbering = std::make_unique<Numbering<dim>>(*space);
            describe_boundary(experiment.boundary, space->n_components,
                              experiment.samples_boundary_values(),
                              numbering->description);
            experiment.inputs.prepare(*space, *numbering);
          });
    if (experiment.inputs.varying().empty())
      throw BadInput("No input varies, so all samples would be the same; give "
                     "an input a sampler in section Inputs.");
    run.log(
        std::to_string(space->mesh->triangulation().n_global_active_cells()) +
        " cells (" + space->mesh->cell_type() + "), " +
        std::to_string(space->dofs.n_dofs()) + " unknowns, " +
        std::to_string(groups.n) + " group(s) of " +
        std::to_string(size_of(groups.group)) + " rank(s)");
    agree(run.comm,
          [&]
          {
            engine = std::make_unique<EngineChoice<dim>>(
                settings.engine, experiment, *space,
                EngineOptions{settings.recycle, 1e6 * settings.memory},
                chunk_begin(1) - chunk_begin(), run.log);
          });
  }

  template <int dim>
  DatasetLayout Generator<dim>::layout() const
  {
    DatasetLayout layout = describe_dataset(experiment, prm);
    layout.mesh = numbering->description;
    return layout;
  }

  template <int dim>
  std::string Generator<dim>::recycle_file() const
  {
    return log_run.path("checkpoint/recycle-" + std::to_string(groups.index) +
                        "-of-" + std::to_string(groups.n));
  }

  template <int dim>
  void Generator<dim>::run()
  {
    const DatasetLayout description = layout();
    const std::string file = dataset_path(experiment.dataset_file, log_run);
    const bool exists =
        broadcast(fs::exists(file) ? "1" : "", log_run.comm) != "";
    if (exists && !log_run.resume)
      refuse_existing_dataset(file);
    const std::vector<unsigned int> order = sequence();
    RecycleSpace *const recycle = engine->recycle_space();
    if (log_run.resume && recycle)
      recycle->load(recycle_file(), numbering->layout, engine->like());
    // The first samples are solved before the file is made, by every engine
    // that is tried, so that what does not fit together leaves none behind.
    std::vector<Attempt> first;
    std::uint64_t k = chunk_begin();
    agree(log_run.comm,
          [&]
          {
            const std::vector<int> none(order.size(), 0);
            while (!exists && k < chunk_begin(1) &&
                   (first.empty() || engine->is_trying()))
              for (Attempt &solved : attempt(next_group(order, none, k)))
                first.push_back(std::move(solved));
          });
    log_run.timer.enter_subsection("writing");
    agree(log_run.comm,
          [&]
          {
            if (groups.is_root)
              dataset = exists
                            ? Dataset::resume(file, description, groups.roots)
                            : Dataset::create(file, description, groups.roots);
          });
    log_run.timer.leave_subsection();
    agree(log_run.comm, [&] { work_on_chunk(order, std::move(first)); });
    const unsigned int n_failed = report.finish();
    finish();
    engine->report();
    log_run.timer.enter_subsection("writing");
    if (groups.is_root)
      dataset->close();
    if (log_run.is_root)
      write_xdmf(file, description);
    log_run.timer.leave_subsection();
    log_run.log("Data set: " + file);
    check_failures(n_failed, experiment.n_samples);
  }

  template <int dim>
  bool Generator<dim>::group_should_stop() const
  {
    int stop = log_run.stop_requested();
    MPI_Bcast(&stop, 1, MPI_INT, 0, groups.group);
    return stop != 0;
  }

  template <int dim>
  std::uint64_t Generator<dim>::chunk_begin(const unsigned int next) const
  {
    return std::uint64_t(groups.index + next) * experiment.n_samples / groups.n;
  }

  template <int dim>
  std::vector<unsigned int>
  Generator<dim>::next_group(const std::vector<unsigned int> &order,
                             const std::vector<int> &is_certified,
                             std::uint64_t &k) const
  {
    std::vector<unsigned int> samples;
    for (; k < chunk_begin(1) && samples.size() < engine->group_size(); ++k)
      if (!is_certified[order[k]])
        samples.push_back(order[k]);
    return samples;
  }

  template <int dim>
  void Generator<dim>::work_on_chunk(const std::vector<unsigned int> &order,
                                     std::vector<Attempt> first)
  {
    const std::uint64_t n = order.size();
    // Only roots hold the file; all ranks of a group need to know what to do.
    std::vector<int> is_certified(n, 0);
    if (groups.is_root)
      for (unsigned int i = 0; i < n; ++i)
        is_certified[i] = dataset->status()[i] == SampleStatus::certified;
    MPI_Bcast(is_certified.data(), n, MPI_INT, 0, groups.group);
    const auto n_kept = std::count(is_certified.begin(), is_certified.end(), 1);
    if (n_kept > 0)
      log_run.log(std::to_string(n_kept) + " certified samples are kept");

    std::uint64_t n_done = 0, n_todo = 0;
    for (std::uint64_t k = chunk_begin(); k < chunk_begin(1); ++k)
      n_todo += !is_certified[order[k]];
    const auto keep_all = [&](std::vector<Attempt> attempts)
    {
      for (Attempt &attempt : attempts)
      {
        keep(attempt);
        log_run.log.progress(groups.n > 1 ? "samples of the first group"
                                          : "samples",
                             ++n_done, n_todo);
      }
    };
    std::uint64_t k = chunk_begin() + first.size();
    keep_all(std::move(first));
    while (true)
    {
      const std::vector<unsigned int> samples =
          next_group(order, is_certified, k);
      if (samples.empty())
        return;
      if (group_should_stop())
      {
        is_stopped = true;
        return;
      }
      keep_all(attempt(samples));
    }
  }

  template <int dim>
  std::vector<typename Generator<dim>::Attempt>
  Generator<dim>::attempt(const std::vector<unsigned int> &samples)
  {
    TimerOutput &timer = log_run.timer;
    Timer clock;
    std::vector<Attempt> attempts(samples.size());
    std::vector<Inputs<dim>> inputs;
    timer.enter_subsection("sampling");
    for (const unsigned int sample : samples)
      inputs.push_back(experiment.inputs.sample(experiment.seed, sample));
    timer.leave_subsection();
    engine->solve(
        inputs,
        [&](const unsigned int i, const SolveResult &result,
            const FieldVector &solution)
        {
          attempts[i].result = result;
          const TimerOutput::Scope scope(timer, "writing");
          if (result.converged())
            attempts[i].output = numbering->gather_nodes(solution, false);
          else if (groups.is_root)
            attempts[i].output.assign(numbering->n_nodes * space->n_components,
                                      std::numeric_limits<double>::quiet_NaN());
        },
        &timer);
    for (unsigned int i = 0; i < samples.size(); ++i)
    {
      attempts[i].sample = samples[i];
      attempts[i].inputs = std::move(inputs[i]);
      // Samples that are solved together share the time.
      attempts[i].seconds = clock.wall_time() / samples.size();
    }
    return attempts;
  }

  template <int dim>
  void Generator<dim>::keep(Attempt &attempt)
  {
    const Certificate certificate =
        report.add(attempt.sample, attempt.result, attempt.seconds);
    const TimerOutput::Scope scope(log_run.timer, "writing");
    write(attempt, certificate);
  }

  template <int dim>
  void Generator<dim>::write(Attempt &attempt, const Certificate &certificate)
  {
    std::map<std::string, std::vector<double>> input_rows, output_rows;
    for (const FieldDescription &field : experiment.inputs.varying())
      input_rows[field.name] =
          gather_input(*numbering, field, attempt.inputs.at(field.name));
    output_rows[experiment.problem->output().name] = std::move(attempt.output);
    agree(groups.group,
          [&]
          {
            if (groups.is_root)
              dataset->write(attempt.sample, input_rows, output_rows,
                             certificate);
          });
  }

  template <int dim>
  void Generator<dim>::finish()
  {
    int stopped = is_stopped;
    MPI_Allreduce(MPI_IN_PLACE, &stopped, 1, MPI_INT, MPI_MAX, log_run.comm);
    const std::string folder = log_run.path("checkpoint");
    if (stopped)
    {
      log_run.folder("checkpoint");
      MPI_Barrier(log_run.comm);
      RecycleSpace *const recycle = engine->recycle_space();
      if (recycle && recycle->size() + recycle->solutions.size() > 0)
        recycle->save(recycle_file(), numbering->layout, groups.group);
      log_run.log("Stopped on request; go on with --resume.");
    }
    else if (log_run.is_root)
    {
      // Other tasks of the run may have theirs there.
      std::error_code ignored;
      for (const auto &entry : fs::directory_iterator(folder, ignored))
        if (entry.path().filename().string().rfind("recycle-", 0) == 0)
          fs::remove(entry.path(), ignored);
      fs::remove(folder, ignored); // if it is empty
    }
  }

  template class Generator<2>;
  template class Generator<3>;
} // namespace nodal
