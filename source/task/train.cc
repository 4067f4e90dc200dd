// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/text.h>
#include <nodal/core/threads.h>
#include <nodal/core/version.h>
#include <nodal/learn/model.h>
#include <nodal/learn/trainer.h>
#include <nodal/task/learning.h>
#include <nodal/task/sample_equations.h>
#include <nodal/task/task.h>
#include <nodal/task/train_closure.h>
#include <nodal/task/train_corrector.h>
#include <nodal/task/train_on_matrices.h>

#include <deal.II/base/utilities.h>

#include <ATen/Parallel.h>

#include <cmath>
#include <filesystem>
#include <numeric>

namespace nodal
{
  /// Fit a neural operator to the samples of data sets.
  template <int dim>
  class TrainTask : public Task<dim>
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      Parameters::Section section(prm, "Training");
      prm.add("Goal", goal,
              "What to train: the 'operator' of section Operator; or, from the "
              "matrices of the samples alone: a 'coarse basis' or, on one "
              "mesh and without a network, 'snapshots', both columns of "
              "preconditioner 'two level'; or 'fsai weights', those of "
              "preconditioner 'multilevel fsai'. On a problem in time: a "
              "'corrector', for Assimilation/Method = neural; or a 'closure', "
              "the one of section Closure. All but the first have no "
              "checkpoints, and begin anew with --resume; Loss, Precision and "
              "Operator do not matter to them.",
              {"operator", "coarse basis", "snapshots", "fsai weights",
               "corrector", "closure"});
      prm.add("Data sets", datasets,
              "Files to train on, separated by commas; if empty, Dataset/File "
              "in the output folder.");
      prm.add("Samples", n_samples,
              "How many samples of each data set to use, the first; 0: all.");
      settings.add_parameters(prm);
      {
        Parameters::Section inner(prm, "Coarse basis");
        coarse_settings.add_parameters(prm);
      }
      {
        Parameters::Section inner(prm, "Snapshots");
        snapshot_settings.add_parameters(prm);
      }
      {
        Parameters::Section inner(prm, "Fsai weights");
        fsai_settings.add_parameters(prm);
      }
      {
        Parameters::Section inner(prm, "Corrector");
        corrector_settings.add_parameters(prm);
      }
      Parameters::Section inner(prm, "Closure");
      closure_settings.add_parameters(prm);
    }

    bool is_in_time() const override
    {
      return goal == "corrector" || goal == "closure";
    }

    void check() const override
    {
      settings.check();
      corrector_settings.check();
      if (goal == "closure")
        closure_settings.check();
    }

    void check_for(const Experiment<dim> &experiment) const override
    {
      if (goal == "closure")
        check_closure(settings, experiment);
    }

    void run(Experiment<dim> &experiment, const Parameters &prm,
             Run &run) override
    {
      at::set_num_threads(limit_threads());
      if (goal != "operator")
      {
        const std::string folder = model_folder(experiment, run);
        if (goal == "corrector")
        {
          train_corrector<dim>(corrector_settings, settings, folder, experiment,
                               prm, run);
          return;
        }
        if (goal == "closure")
        {
          train_closure<dim>(closure_settings, settings, folder, experiment,
                             prm, run);
          return;
        }
        const TrainingFiles data = {
            dataset_files(datasets, run.path(experiment.dataset_file)),
            n_samples};
        if (goal == "coarse basis")
          train_coarse_basis<dim>(coarse_settings, settings, data, folder, run);
        else if (goal == "snapshots")
          make_snapshots<dim>(snapshot_settings, settings, data, folder, run);
        else
          train_fsai_weights<dim>(fsai_settings, settings, data, folder, run);
        return;
      }
      check_sharing(experiment);
      const Groups groups(run.comm, experiment.ranks_per_sample);
      std::vector<std::unique_ptr<SampleSet>> data;
      std::vector<const GraphSample *> training, validation;
      {
        const dealii::TimerOutput::Scope scope(run.timer, "reading samples");
        agree(run.comm, [&] { data = read(experiment, groups, run); });
      }
      if (const std::string name = preconditioner_of_equations(experiment);
          !name.empty())
      {
        const dealii::TimerOutput::Scope scope(run.timer, "equations");
        agree(run.comm,
              [&]
              {
                for (const auto &set : data)
                  attach_equations(*set, name, run);
              });
      }
      if (!settings.loss->needs_target())
        for (const auto &set : data)
          for (GraphSample &sample : set->samples)
            sample.target.clear();
      for (const auto &set : data)
        divide(*set, training, validation);
      if (training.empty())
        throw BadInput("One sample is too few to train on: one more is needed "
                       "to tell which weights are best. Generate more.",
                       "Training/Data sets");
      NeuralOperator &network = *experiment.learning->network;
      const SampleSet &first = *data.front();
      Normalizer normalizer = fit_normalizer(first, training);
      if (!settings.loss->needs_target() && training.front()->equation)
        normalizer.output_scale = scale_of_solutions(training);
      broadcast(normalizer, run.comm);
      // It may read a file.
      agree(run.comm,
            [&] {
              network.initialize(first.shape, normalizer,
                                 Random(settings.seed, 0, 0));
            });
      run.log(experiment.learning->network.name() + ", " +
              std::to_string(network.n_weights()) + " weights; " +
              std::to_string(training.size()) + " samples to train on, " +
              std::to_string(validation.size()) + " to validate");
      Trainer trainer(settings, network, training, validation, groups, run);
      const std::string folder = model_folder(experiment, run);
      trainer.on_improvement = [&](const double error)
      {
        agree(run.comm,
              [&]
              {
                if (run.is_root)
                  write_model(folder, description(experiment, prm, data, error),
                              network);
              });
      };
      trainer.run();
      run.log("Model: " + folder);
    }

  private:
    /// Throws if ranks are to share samples that operator or loss want whole.
    void check_sharing(const Experiment<dim> &experiment) const
    {
      const auto refuse = [](const std::string &who)
      {
        throw BadInput(who + " needs all of a sample on one rank; set "
                             "Parallel/Ranks per sample to 1.",
                       "Parallel/Ranks per sample");
      };
      if (experiment.ranks_per_sample == 1)
        return;
      const auto &network = experiment.learning->network;
      if (!network->works_on_parts())
        refuse("The operator '" + network.name() + "'");
      if (!settings.loss->preconditioner().empty())
        refuse("The loss '" + settings.loss.name() + "'");
    }

    std::vector<std::unique_ptr<SampleSet>>
    read(Experiment<dim> &experiment, const Groups &groups, Run &run) const
    {
      std::vector<std::unique_ptr<SampleSet>> data;
      const unsigned int last =
          n_samples == 0 ? std::numeric_limits<unsigned int>::max() : n_samples;
      for (const std::string &file :
           dataset_files(datasets, run.path(experiment.dataset_file)))
      {
        data.push_back(std::make_unique<SampleSet>(
            file, 0, last, experiment.learning->coarsest_size, groups.group));
        const SampleSet &set = *data.back(), &first = *data.front();
        if (!(set.shape == first.shape) || set.problem != first.problem ||
            set.coefficients != first.coefficients ||
            set.sources != first.sources || set.outputs != first.outputs)
          throw BadInput("The data sets '" + first.file + "' and '" + set.file +
                             "' have other problems or fields; train on sets "
                             "that have the same.",
                         "Training/Data sets");
      }
      return data;
    }

    /// The one that equations of samples must have; empty if there need be
    /// none.
    std::string
    preconditioner_of_equations(const Experiment<dim> &experiment) const
    {
      const std::string name = settings.loss->preconditioner();
      return name.empty() && experiment.learning->network->needs_equation()
                 ? "none"
                 : name;
    }

    /// Log what it takes, too.
    void attach_equations(SampleSet &set, const std::string &preconditioner,
                          Run &run) const
    {
      const double before = memory_in_use();
      const unsigned int n =
          add_equations<dim>(set, preconditioner, settings.loss->needs_spd());
      run.log("Equations of " + std::to_string(set.samples.size()) +
              " samples: " + std::to_string(n) +
              (n == 1 ? " matrix, " : " matrices, ") +
              to_text(memory_in_use() - before, 3) + " MB on every rank");
    }

    /// In MB.
    static double memory_in_use()
    {
      dealii::Utilities::System::MemoryStats memory;
      dealii::Utilities::System::get_memory_stats(memory);
      return memory.VmRSS / 1024.;
    }

    /// Root mean square of solutions that nobody has computed, as the best
    /// step from the lift along the preconditioned residual gives them.
    static double
    scale_of_solutions(const std::vector<const GraphSample *> &samples)
    {
      double sum = 0;
      std::size_t n = 0;
      for (const GraphSample *sample : samples)
      {
        const SampleEquation &equation = *sample->equation;
        const std::vector<double> r = equation.residual(sample->lift),
                                  z = equation.precondition(r),
                                  az = equation.apply_transposed(z);
        const double rz = std::inner_product(r.begin(), r.end(), z.begin(), 0.),
                     zaz =
                         std::inner_product(z.begin(), z.end(), az.begin(), 0.),
                     step = zaz > 0 ? rz / zaz : 1;
        for (std::size_t i = 0; i < z.size(); ++i)
          sum += std::pow(sample->lift[i] + step * z[i], 2);
        n += z.size();
      }
      return sum > 0 ? std::sqrt(sum / n) : 1;
    }

    /// The last samples of a set validate.
    void divide(const SampleSet &set,
                std::vector<const GraphSample *> &training,
                std::vector<const GraphSample *> &validation) const
    {
      const std::size_t n = set.samples.size(),
                        n_last = std::max<std::size_t>(
                            1, settings.validation_share * n);
      for (std::size_t i = 0; i < n; ++i)
        (i + n_last < n ? training : validation).push_back(&set.samples[i]);
    }

    std::string model_folder(const Experiment<dim> &experiment,
                             const Run &run) const
    {
      const std::string &folder = experiment.learning->model_folder;
      return folder[0] == '/' ? folder : run.path(folder);
    }

    ModelDescription
    description(const Experiment<dim> &experiment, const Parameters &prm,
                const std::vector<std::unique_ptr<SampleSet>> &data,
                const double error) const
    {
      const SampleSet &first = *data.front();
      ModelDescription result;
      result.operator_name = experiment.learning->network.name();
      const std::string section = "Operator/" + result.operator_name + "/";
      for (const auto &[path, value] : prm.in_use())
        if (path.rfind(section, 0) == 0)
          result.parameters[path.substr(section.size())] = value;
      result.shape = first.shape;
      result.normalizer = experiment.learning->network->normalizer();
      result.problem = first.problem;
      result.coefficients = first.coefficients;
      result.sources = first.sources;
      result.outputs = first.outputs;
      for (const auto &set : data)
        result.datasets.push_back(set->hash);
      result.coarsest_size = experiment.learning->coarsest_size;
      result.precision = settings.precision;
      result.validation_error = error;
      result.versions = versions();
      return result;
    }

    std::string goal = "operator";
    TrainingSettings settings;
    CoarseTrainingSettings coarse_settings;
    FsaiTrainingSettings fsai_settings;
    SnapshotSettings snapshot_settings;
    CorrectorTrainingSettings corrector_settings;
    ClosureTrainingSettings closure_settings;
    std::string datasets;
    unsigned int n_samples = 0;
  };

  NODAL_REGISTER_DIM(Task, TrainTask, "train",
                     "Fit a neural operator to data sets.")
} // namespace nodal
