// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/task/assimilation.h>
#include <nodal/task/closing.h>
#include <nodal/task/task.h>

#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /// Assimilate observations of one run of a problem into other runs.
  template <int dim>
  class AssimilateTask : public Task<dim>
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      Parameters::Section section(prm, "Assimilation");
      prm.add("Cycles", n_cycles, "Analyses that are made.", 1, 100000000);
      prm.add("Burn-in cycles", n_burn_in,
              "So many are made before, and do not count in the means.", 0,
              100000000);
      prm.add("Checkpoint interval", checkpoint_interval,
              "Cycles between checkpoints, from which a run goes on with "
              "--resume. 0 writes one at the end alone.");
    }

    void check_for(const Experiment<dim> &experiment) const override
    {
      experiment.assimilation->settings.check(*experiment.assimilation->method);
    }

    void check_files(const Experiment<dim> &experiment,
                     const std::string &output) const override
    {
      load(experiment, output);
    }

    bool is_in_time() const override
    {
      return true;
    }

    void run(Experiment<dim> &experiment, const Parameters &prm,
             Run &run) override
    {
      if (run.resume &&
          !std::filesystem::exists(run.path("checkpoint/assimilate")))
        refuse_to_resume(run.path("checkpoint/assimilate"));
      const Groups groups(run.comm, experiment.ranks_of_evolution());
      const AcrossGroups across(groups);
      const Choice<AssimilationMethod> &method =
          experiment.assimilation->method;
      ObservationNetwork &network = experiment.assimilation->network;
      const std::shared_ptr<EvolutionSystem> system =
          experiment.make_evolution(groups.group, 0);
      EvolutionSystem &model = *system;
      agree(run.comm, [&] { load(experiment, run.path("")); });
      network.prepare(model);
      TimeStepper *stepper = nullptr;
      agree(run.comm,
            [&] { stepper = &experiment.time_stepper(run.path("")); });
      stepper->start(model, experiment.solver, experiment.time_step);
      std::unique_ptr<TwinExperiment> twin;
      {
        const dealii::TimerOutput::Scope scope(run.timer,
                                               "spin-up and climatology");
        twin = std::make_unique<TwinExperiment>(
            model, *stepper, experiment.time_step, *method, network,
            experiment.assimilation->settings, experiment.seed, across.comm);
      }
      const std::string file = run.folder("checkpoint") + "/assimilate",
                        word = identity(experiment, prm);
      Mean mean;
      if (run.resume)
      {
        std::vector<double> more;
        if (!twin->load(file, word, more) ||
            more.size() != mean.numbers().size() + 1)
          refuse_to_resume(file);
        mean.set(more);
        run.statistics.cut(more.back());
      }
      const auto save = [&]
      {
        std::vector<double> more = mean.numbers();
        more.push_back(run.statistics.n_bytes());
        twin->save(file, word, more);
      };
      run.log("'" + method.name() + "' with " +
              std::to_string(twin->members().n_members) + " member(s) on '" +
              experiment.problem.name() + "': " + std::to_string(n_burn_in) +
              " + " + std::to_string(n_cycles) +
              " cycles; spread of the climatology " +
              to_text(twin->climatological_spread(), 4) + ".");
      const unsigned int n_all = n_burn_in + n_cycles;
      while (twin->n_cycles() < n_all)
      {
        TwinExperiment::Scores scores;
        {
          const dealii::TimerOutput::Scope scope(run.timer, "cycles");
          scores = twin->cycle();
        }
        const unsigned int done = twin->n_cycles();
        write(run.statistics, done, twin->time(), scores);
        if (done > n_burn_in)
          mean.add(scores);
        if (n_all >= 10 && done % (n_all / 10) == 0)
          run.log("cycle " + std::to_string(done) + ", time " +
                  to_text(twin->time()) + ": RMSE " +
                  to_text(scores.analysis_error, 4) + ", spread " +
                  to_text(scores.analysis_spread, 4));
        if (checkpoint_interval > 0 && done % checkpoint_interval == 0)
          save();
        if (done < n_all && run.should_stop())
        {
          run.log("Stopped on request after cycle " + std::to_string(done) +
                  ".");
          break;
        }
      }
      save();
      report_closure(*experiment.closing, run);
      if (mean.n > 0)
        run.log(
            "Means of " + std::to_string(mean.n) +
            " cycles after the burn-in: RMSE of the analysis " +
            to_text(mean.analysis_error / mean.n, 4) + " and of the forecast " +
            to_text(mean.forecast_error / mean.n, 4) + "; spread " +
            to_text(mean.analysis_spread / mean.n, 4) + ", " +
            to_text(mean.forecast_spread / mean.n, 4) + "; " +
            to_text(1e3 * mean.forecast_seconds / mean.n, 3) + " + " +
            to_text(1e3 * mean.analysis_seconds / mean.n, 3) + " ms a cycle.");
    }

  private:
    /// Say how often the guard of a closure has acted.
    static void report_closure(const Closing &closing, Run &run)
    {
      unsigned long n = closing.n_dropped();
      MPI_Allreduce(MPI_IN_PLACE, &n, 1, MPI_UNSIGNED_LONG, MPI_SUM, run.comm);
      if (closing.is_on())
        run.log("Closure '" + closing.closure.name() + "' was dropped in " +
                std::to_string(n) + " steps of all runs on all ranks.");
    }

    static void load(const Experiment<dim> &experiment,
                     const std::string &output)
    {
      Assimilation &assimilation = *experiment.assimilation;
      assimilation.method->load(output);
      assimilation.method->check_for(experiment.problem.name(),
                                     assimilation.settings.steps_per_cycle *
                                         experiment.time_step,
                                     assimilation.network.error());
      experiment.time_stepper(output);
      experiment.closing->check_for_many_runs();
    }

    [[noreturn]] static void refuse_to_resume(const std::string &file)
    {
      throw BadInput("There is nothing to resume in '" + file +
                     "': it is missing, damaged, or of other parameters; "
                     "run without --resume.");
    }

    /// Sums over cycles.
    struct Mean : TwinExperiment::Scores
    {
      static constexpr double Scores::*parts[] = {
          &Scores::analysis_error,   &Scores::forecast_error,
          &Scores::analysis_spread,  &Scores::forecast_spread,
          &Scores::forecast_seconds, &Scores::analysis_seconds};

      void add(const Scores &scores)
      {
        ++n;
        for (const auto part : parts)
          this->*part += scores.*part;
      }

      std::vector<double> numbers() const
      {
        std::vector<double> result = {double(n)};
        for (const auto part : parts)
          result.push_back(this->*part);
        return result;
      }

      /// From numbers().
      void set(const std::vector<double> &values)
      {
        n = values[0];
        for (std::size_t k = 0; k < std::size(parts); ++k)
          this->*parts[k] = values[k + 1];
      }

      unsigned int n = 0;
    };

    /// All entries but those that may change when a run goes on.
    static std::string identity(const Experiment<dim> &experiment,
                                const Parameters &prm)
    {
      std::string result = experiment.identity_in_time(prm);
      for (const auto &[entry, value] : prm.in_use())
        if (entry.rfind("Assimilation/", 0) == 0 &&
            entry != "Assimilation/Cycles" &&
            entry != "Assimilation/Burn-in cycles" &&
            entry != "Assimilation/Checkpoint interval")
          result += ";" + entry + "=" + value;
      return result;
    }

    static void write(Statistics &statistics, const unsigned int cycle,
                      const double time, const TwinExperiment::Scores &scores)
    {
      statistics.set("cycle", cycle);
      statistics.set("time", time);
      statistics.set("observations", scores.n_observations);
      statistics.set("rmse_forecast", scores.forecast_error);
      statistics.set("rmse_analysis", scores.analysis_error);
      statistics.set("spread_forecast", scores.forecast_spread);
      statistics.set("spread_analysis", scores.analysis_spread);
      statistics.set("seconds_forecast", scores.forecast_seconds);
      statistics.set("seconds_analysis", scores.analysis_seconds);
      statistics.end_line();
    }

    unsigned int n_cycles = 1000, n_burn_in = 400, checkpoint_interval = 0;
  };

  NODAL_REGISTER_DIM(Task, AssimilateTask, "assimilate",
                     "Correct runs of a problem by observations of another "
                     "one.")
} // namespace nodal
