// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/vector_file.h>
#include <nodal/mesh/output.h>
#include <nodal/task/task.h>
#include <nodal/time/mesh_evolution.h>

#include <filesystem>
#include <fstream>
#include <iomanip>

namespace nodal
{
  /// Run a problem in time, from one of its initial states.
  template <int dim>
  class SimulateTask : public Task<dim>
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      Parameters::Section section(prm, "Simulate");
      prm.add("Sample", sample, "Which initial state; see Dataset/Seed.", 0,
              100000000);
      prm.add("Output interval", output_interval,
              "Time between lines of statistics.csv and states that are "
              "written; a multiple of the time step.",
              1e-12, 1e12);
      prm.add("Write states", writes_states,
              "Write the states: for ParaView where there is a mesh, and to "
              "states.csv, the time and all values, where there is none.");
      prm.add("Checkpoint interval", checkpoint_interval,
              "Time between checkpoints, from which a run goes on with "
              "--resume; a multiple of the output interval. 0 writes one at "
              "the end alone.",
              0, 1e12);
    }

    bool is_in_time() const override
    {
      return true;
    }

    void run(Experiment<dim> &experiment, const Parameters &prm,
             Run &run) override
    {
      const std::string section = "Simulate/";
      const unsigned int n_end = experiment.n_steps(experiment.end_time,
                                                    "Time/End time"),
                         n_output = experiment.n_steps(
                             output_interval, section + "Output interval"),
                         n_checkpoint = experiment.n_steps(
                             checkpoint_interval, section + "Checkpoint "
                                                            "interval");
      if (n_checkpoint % n_output != 0)
        throw BadInput("Checkpoints are written where there is output: choose "
                       "a multiple of the 'Output interval'.",
                       section + "Checkpoint interval");
      const std::shared_ptr<EvolutionSystem> system =
          experiment.make_evolution(run.comm, sample);
      EvolutionSystem &model = *system;
      const auto *const on_mesh =
          dynamic_cast<const MeshEvolution<dim> *>(system.get());
      VtuSeries<dim> output(run.path("solution"), "solution");
      const double h = experiment.time_step;
      experiment.stepper->start(model, experiment.solver, h);

      const std::string file = run.folder("checkpoint") + "/simulate";
      std::vector<VecHandle> state;
      std::vector<double> place; // steps done, and bytes of states.csv
      // The entries that make the run what it is.
      std::string word = model.layout() + " " + experiment.problem.name();
      for (const auto &[entry, value] : prm.in_use())
        if (entry.rfind("Problem/", 0) == 0 || entry.rfind("Mesh/", 0) == 0 ||
            entry.rfind("Inputs/", 0) == 0 || entry == "Time/Stepper" ||
            entry == "Time/Time step" || entry == "Simulate/Sample" ||
            entry == "Dataset/Seed")
          word += ";" + entry + "=" + value;
      if (run.resume &&
          !read_vectors(file, word, model.like(), {{&place}, {&state}}))
        throw BadInput("There is nothing to resume in '" + file +
                       "': it is missing, damaged, or of another problem, "
                       "step, sample or number of ranks; run without "
                       "--resume.");
      if (state.empty())
      {
        place = {0, 0};
        state.push_back(duplicate(model.like()));
        model.initial_state(experiment.seed, sample, state[0]);
      }
      const Vec u = state[0];
      unsigned int k = place[0];
      if (k > 0)
      {
        std::vector<double> times;
        for (unsigned int step = 0; step <= k; step += n_output)
          times.push_back(step * h);
        output.resume(times);
      }
      std::ofstream states = open_states(run, place[1], on_mesh != nullptr);
      run.log("From time " + to_text(k * h) + " to " +
              to_text(experiment.end_time) + " in steps of " + to_text(h) +
              " with '" + experiment.stepper.name() + "'.");
      const auto save = [&]
      {
        if (states.is_open())
          place[1] = states.flush().tellp();
        place[0] = k;
        write_vectors(
            file, word,
            PetscObjectComm(reinterpret_cast<PetscObject>(model.like())),
            {{&place}, {&state}});
      };
      dealii::Timer timer;
      bool is_new = k == 0; // what is resumed has been written
      for (;; is_new = true)
      {
        if (is_new && k % n_output == 0)
        {
          if (states.is_open())
            write(states, k * h, u);
          if (on_mesh && writes_states)
          {
            const dealii::TimerOutput::Scope scope(run.timer, "output");
            run.folder("solution");
            OutputField field;
            field.name = "u";
            field.nodes = &on_mesh->field(u);
            field.is_scalar = false;
            output.write(*on_mesh->space, {field}, k * h);
          }
          report(run, model, *experiment.stepper, k, k * h, u,
                 timer.wall_time());
          if (n_checkpoint > 0 && k % n_checkpoint == 0)
            save();
          if (run.should_stop())
          {
            run.log("Stopped on request at time " + to_text(k * h) + ".");
            break;
          }
        }
        if (k >= n_end)
          break;
        const dealii::TimerOutput::Scope scope(run.timer, "time steps");
        experiment.stepper->step(k * h, u);
        ++k;
      }
      save();
      run.log("At time " + to_text(k * h) + " after " + std::to_string(k) +
              " steps; " + std::to_string(experiment.stepper->n_iterations()) +
              " iterations of the linear solver.");
      if (on_mesh && writes_states)
        run.log("Open " + run.path("solution.pvd") + " in ParaView.");
    }

  private:
    /// states.csv with its first @p n_bytes, or nothing on other ranks.
    std::ofstream open_states(const Run &run, const std::uintmax_t n_bytes,
                              const bool is_on_mesh) const
    {
      std::ofstream states;
      if (!writes_states || is_on_mesh || !run.is_root)
        return states;
      const std::string file = run.path("states.csv");
      if (n_bytes > 0)
      {
        std::error_code error;
        if (std::filesystem::file_size(file, error) < n_bytes || error)
          throw BadInput("'" + file +
                         "' is shorter than it was at the checkpoint: restore "
                         "it, or run without --resume.");
        std::filesystem::resize_file(file, n_bytes);
      }
      states.open(file, n_bytes > 0 ? std::ios::app : std::ios::trunc);
      states << std::setprecision(17);
      return states;
    }

    static void write(std::ofstream &states, const double time, Vec u)
    {
      states << time;
      for (const double value : owned_entries(u))
        states << ',' << value;
      states << '\n';
    }

    static void report(Run &run, const EvolutionSystem &system,
                       const TimeStepper &stepper, const unsigned int k,
                       const double time, Vec u, const double seconds)
    {
      run.statistics.set("step", k);
      run.statistics.set("time", time);
      std::string text = "time " + to_text(time);
      for (const auto &[name, value] : system.quantities(time, u))
      {
        run.statistics.set(name, value);
        text += ", " + name + " " + to_text(value);
      }
      run.statistics.set("iterations", stepper.n_iterations());
      run.statistics.set("seconds", seconds);
      run.statistics.end_line();
      run.log(text);
    }

    unsigned int sample = 0;
    double output_interval = 0.1, checkpoint_interval = 0;
    bool writes_states = true;
  };

  NODAL_REGISTER_DIM(Task, SimulateTask, "simulate",
                     "Run a problem in time from one of its initial states.")
} // namespace nodal
