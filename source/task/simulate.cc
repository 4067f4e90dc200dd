// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/vector_file.h>
#include <nodal/mesh/output.h>
#include <nodal/task/closing.h>
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
              "states.csv, where there is none, for `scripts/plot_states`.");
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

    void check_for(const Experiment<dim> &experiment) const override
    {
      steps(experiment);
    }

    void check_files(const Experiment<dim> &experiment,
                     const std::string &output) const override
    {
      experiment.time_stepper(output);
    }

    void run(Experiment<dim> &experiment, const Parameters &prm,
             Run &run) override
    {
      const Steps n = steps(experiment);
      const double h = experiment.time_step;
      const std::shared_ptr<EvolutionSystem> system =
          experiment.make_evolution(run.comm, sample);
      TimeStepper *stepper = nullptr;
      agree(run.comm,
            [&] { stepper = &experiment.time_stepper(run.path("")); });
      const auto *const closed = dynamic_cast<ClosureStepper *>(stepper);
      const Closure *const closure =
          closed ? &*experiment.closing->closure : nullptr;
      stepper->start(*system, experiment.solver, h);
      const auto *const on_mesh =
          dynamic_cast<const MeshEvolution<dim> *>(system.get());
      // Without a mesh all ranks have the same, and one of them writes.
      const bool writes = on_mesh || run.is_root;

      const std::string file = run.folder("checkpoint") + "/simulate",
                        word = system->layout() +
                               experiment.identity_in_time(prm) + ";sample " +
                               std::to_string(sample);
      Place place;
      std::vector<double> times; // of the states that were written
      std::vector<VecHandle> state;
      if (run.resume)
        load(file, word, *system, place, times, state,
             experiment.closing->closure, run);
      else
      {
        state.push_back(duplicate(system->like()));
        system->initial_state(experiment.seed, sample, state[0]);
      }
      const Vec u = state[0];
      std::ofstream states;
      agree(run.comm,
            [&]
            {
              if (writes_states && !on_mesh && run.is_root)
                states = open_states(run, *system, place.bytes_of_states);
            });
      VtuSeries<dim> output(run.path("solution"), "solution");
      if (on_mesh && writes_states)
      {
        run.folder("solution");
        output.resume(times);
      }
      run.log("From time " + to_text(place.step * h) + " to " +
              to_text(experiment.end_time) + " in steps of " + to_text(h) +
              " with '" + experiment.stepper.name() + "'.");
      const unsigned long n_before = place.iterations,
                          n_dropped_before = place.n_dropped;
      const auto save = [&]
      {
        agree(run.comm,
              [&]
              {
                if (states.is_open())
                {
                  place.bytes_of_states = states.flush().tellp();
                  if (!states)
                    throw BadInput("Cannot write '" + run.path("states.csv") +
                                   "': check that the disk has room.");
                }
                place.bytes_of_statistics = run.statistics.n_bytes();
                const std::vector<double> numbers = place.numbers(),
                                          memory = closure
                                                       ? closure->state()
                                                       : std::vector<double>();
                if (writes)
                  write_vectors(file, word, system->comm(),
                                {{&numbers, &times, &memory}, {&state}});
              });
      };
      dealii::Timer timer;
      for (unsigned int k = place.step;; ++k)
      {
        place.step = k;
        place.iterations = n_before + stepper->n_iterations();
        if (closed)
          place.n_dropped = n_dropped_before + closed->n_dropped();
        if (k % n.output == 0 && place.last_output < int(k))
        {
          place.last_output = k;
          const dealii::TimerOutput::Scope scope(run.timer, "output");
          if (states.is_open())
            write(states, k * h, u);
          if (on_mesh && writes_states)
          {
            OutputField field;
            field.name = "u";
            field.nodes = &on_mesh->field(u);
            field.is_scalar = false;
            output.write(*on_mesh->space, {field}, k * h);
            times.push_back(k * h);
          }
          report(run, *system, place, k * h, u, timer.wall_time());
          if (n.checkpoint > 0 && k % n.checkpoint == 0)
            save();
          if (run.should_stop())
          {
            run.log("Stopped on request at time " + to_text(k * h) + ".");
            break;
          }
        }
        if (k >= n.end)
          break;
        const dealii::TimerOutput::Scope scope(run.timer, "time steps");
        stepper->step(k * h, u);
      }
      save();
      run.log("At time " + to_text(place.step * h) + " after " +
              std::to_string(place.step) + " steps; " +
              std::to_string(place.iterations) +
              " iterations of the linear solver.");
      if (closed)
        run.log("Closure '" + experiment.closing->closure.name() +
                "' was dropped in " + std::to_string(place.n_dropped) +
                " of them.");
      if (on_mesh && writes_states)
        run.log("Open " + run.path("solution.pvd") + " in ParaView.");
    }

  private:
    /// Steps to the end, and from output to output, checkpoint to checkpoint.
    struct Steps
    {
      unsigned int end, output, checkpoint;
    };

    /// Where a run is.
    struct Place
    {
      std::vector<double> numbers() const
      {
        return {double(step),
                double(last_output),
                double(iterations),
                double(bytes_of_states),
                double(bytes_of_statistics),
                double(n_dropped)};
      }

      unsigned int step = 0;
      int last_output = -1; ///< its step
      unsigned long iterations = 0, n_dropped = 0;
      std::uintmax_t bytes_of_states = 0, bytes_of_statistics = 0;
    };

    Steps steps(const Experiment<dim> &experiment) const
    {
      const std::string section = "Simulate/";
      const Steps n = {
          experiment.n_steps(experiment.end_time, "Time/End time"),
          experiment.n_steps(output_interval, section + "Output interval"),
          experiment.n_steps(checkpoint_interval,
                             section + "Checkpoint interval")};
      if (n.end % n.output != 0)
        throw BadInput("The 'End time' of section Time, " +
                           to_text(experiment.end_time) +
                           ", is no multiple of this: its state would not be "
                           "written.",
                       section + "Output interval");
      if (n.checkpoint % n.output != 0)
        throw BadInput("Checkpoints are written where there is output: choose "
                       "a multiple of the 'Output interval'.",
                       section + "Checkpoint interval");
      return n;
    }

    static void load(const std::string &file, const std::string &word,
                     const EvolutionSystem &system, Place &place,
                     std::vector<double> &times, std::vector<VecHandle> &state,
                     const Choice<Closure> &closure, Run &run)
    {
      std::vector<double> numbers, memory;
      int is_there = read_vectors(file, word, system.like(),
                                  {{&numbers, &times, &memory}, {&state}}) &&
                     numbers.size() == place.numbers().size() &&
                     state.size() == 1 && closure->set_state(memory);
      MPI_Allreduce(MPI_IN_PLACE, &is_there, 1, MPI_INT, MPI_MIN, run.comm);
      if (!is_there)
        throw BadInput("There is nothing to resume in '" + file +
                       "': it is missing, damaged, or of another problem, "
                       "step, sample or number of ranks; run without "
                       "--resume.");
      place.step = numbers[0];
      place.last_output = numbers[1];
      place.iterations = numbers[2];
      place.bytes_of_states = numbers[3];
      place.bytes_of_statistics = numbers[4];
      place.n_dropped = numbers[5];
      run.statistics.cut(place.bytes_of_statistics);
    }

    /// states.csv with its first @p n_bytes, or with a header. Throws BadInput
    /// if it has less, or cannot be written.
    static std::ofstream open_states(const Run &run,
                                     const EvolutionSystem &system,
                                     const std::uintmax_t n_bytes)
    {
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
      std::ofstream states(file, n_bytes > 0 ? std::ios::app : std::ios::trunc);
      if (!states)
        throw BadInput("Cannot write '" + file + "'.");
      states << std::setprecision(17);
      if (n_bytes == 0)
      {
        // Each column is a component, and where it is.
        const std::vector<std::string> names = system.component_names();
        states << "time";
        for (std::size_t i = 0; i < system.positions().size(); ++i)
          states << ',' << names[system.components()[i]] << '@'
                 << to_text(system.positions()[i][0], 10);
        states << '\n';
      }
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
                       const Place &place, const double time, Vec u,
                       const double seconds)
    {
      run.statistics.set("step", place.step);
      run.statistics.set("time", time);
      std::string text = "time " + to_text(time);
      for (const auto &[name, value] : system.quantities(time, u))
      {
        run.statistics.set(name, value);
        text += ", " + name + " " + to_text(value);
      }
      run.statistics.set("iterations", place.iterations);
      run.statistics.set("steps without closure", place.n_dropped);
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
