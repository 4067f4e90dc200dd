// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/version.h>
#include <nodal/task/train_on_matrices.h>

#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace nodal
{
  namespace
  {
    /// Of the model in @p folder, if it was trained on the same; else infinity.
    template <class Model>
    double error_of_model(const std::string &folder,
                          const std::vector<std::string> &datasets)
    {
      try
      {
        const auto there = Model::read(folder).description;
        if (there.datasets == datasets)
          return there.validation_error;
      }
      catch (const BadInput &)
      {
      }
      return std::numeric_limits<double>::infinity();
    }

    /// Give @p examples the matrices of the samples and its model, on rank 0.
    template <int dim, class Model, class Training>
    void
    train(const std::string &what, const TrainingSettings &training,
          const TrainingFiles &data, const std::string &folder, Run &run,
          Training &examples,
          const std::function<void(Mat, unsigned int, bool)> &add_to_examples)
    {
      if (training.device != "cpu")
        throw BadInput("Training " + what +
                           " takes minutes on the CPU, for which it is made: "
                           "set Training/Device to cpu.",
                       "Training/Device");
      agree(run.comm,
            [&]
            {
              if (!run.is_root)
                return;
              auto description = decltype(Model::description)();
              {
                const dealii::TimerOutput::Scope scope(run.timer, "matrices");
                SampleMatrices matrices;
                if (!matrices.visit<dim>(data, training, what, run,
                                         add_to_examples))
                {
                  run.log("Stopped on request, before the training.");
                  return;
                }
                description.problem = matrices.problem;
                description.datasets = matrices.datasets;
                description.versions = versions();
              }
              run.log(examples.summary());
              const dealii::TimerOutput::Scope scope(run.timer, "training");
              // The best model of a run that was stopped stays until there is
              // a better one.
              double least =
                  run.resume
                      ? error_of_model<Model>(folder, description.datasets)
                      : std::numeric_limits<double>::infinity();
              examples.fit(
                  description,
                  [&](const Model &model)
                  {
                    if (!(model.description.validation_error < least))
                      return;
                    least = model.description.validation_error;
                    model.write(folder);
                  },
                  run);
              run.log("Model: " + folder);
            });
    }
  } // namespace

  template <int dim>
  void train_coarse_basis(const CoarseTrainingSettings &settings,
                          const TrainingSettings &training,
                          const TrainingFiles &data, const std::string &folder,
                          Run &run)
  {
    CoarseTraining::check_number(settings.n_columns, dim);
    CoarseTraining examples(settings, training);
    train<dim, CoarseModel>(
        "coarse bases", training, data, folder, run, examples,
        [&](Mat A, const unsigned int sample, const bool is_kept_back)
        {
          examples.add(A,
                       solutions_for_noise(A, settings.n_snapshots, 1,
                                           training.seed, sample),
                       is_kept_back);
        });
  }

  template <int dim>
  void train_fsai_weights(const FsaiTrainingSettings &settings,
                          const TrainingSettings &training,
                          const TrainingFiles &data, const std::string &folder,
                          Run &run)
  {
    FsaiTraining examples(settings, training);
    train<dim, FsaiModel>(
        "weights of 'multilevel fsai'", training, data, folder, run, examples,
        [&](Mat A, const unsigned int sample, const bool is_kept_back)
        {
          examples.add(A,
                       solutions_for_noise(A, settings.n_solutions, 0.5,
                                           training.seed, sample),
                       is_kept_back);
        });
  }

  template <int dim>
  void make_snapshots(const SnapshotSettings &settings,
                      const TrainingSettings &training,
                      const TrainingFiles &data, const std::string &folder,
                      Run &run)
  {
    SnapshotCollection examples(settings);
    unsigned int n_used = 0, n_kept_back = 0;
    train<dim, Snapshots>(
        "snapshots", training, data, folder, run, examples,
        [&](Mat A, const unsigned int sample, const bool is_kept_back)
        {
          if (is_kept_back ? n_kept_back++ > 0 : n_used++ >= settings.n_samples)
            return;
          examples.add(A,
                       solutions_for_noise(A, settings.n_of_each, 1,
                                           training.seed, sample),
                       is_kept_back);
        });
  }

  template void train_coarse_basis<2>(const CoarseTrainingSettings &,
                                      const TrainingSettings &,
                                      const TrainingFiles &,
                                      const std::string &, Run &);
  template void train_coarse_basis<3>(const CoarseTrainingSettings &,
                                      const TrainingSettings &,
                                      const TrainingFiles &,
                                      const std::string &, Run &);
  template void make_snapshots<2>(const SnapshotSettings &,
                                  const TrainingSettings &,
                                  const TrainingFiles &, const std::string &,
                                  Run &);
  template void train_fsai_weights<2>(const FsaiTrainingSettings &,
                                      const TrainingSettings &,
                                      const TrainingFiles &,
                                      const std::string &, Run &);
  template void make_snapshots<3>(const SnapshotSettings &,
                                  const TrainingSettings &,
                                  const TrainingFiles &, const std::string &,
                                  Run &);
  template void train_fsai_weights<3>(const FsaiTrainingSettings &,
                                      const TrainingSettings &,
                                      const TrainingFiles &,
                                      const std::string &, Run &);
} // namespace nodal
