// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/random.h>
#include <nodal/core/registry.h>
#include <nodal/core/version.h>
#include <nodal/solver/operator.h>
#include <nodal/task/sample_systems.h>
#include <nodal/task/train_coarse_basis.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

namespace nodal
{
  namespace
  {
    /// Solutions of A y = D z, where D is the diagonal of A and z noise that
    /// is a function of @p seed and @p sample: smooth vectors of all kinds.
    std::vector<std::vector<double>> smooth_vectors(Mat A,
                                                    const unsigned int number,
                                                    const unsigned int seed,
                                                    const unsigned int sample)
    {
      const auto inverse = Registry<Preconditioner>::create("cholesky");
      inverse->ignore_run_time_options();
      inverse->update(A, true);
      VecHandle diagonal, z, y;
      NODAL_PETSC(MatCreateVecs(A, diagonal.put(), y.put()));
      NODAL_PETSC(MatGetDiagonal(A, diagonal));
      z = duplicate(diagonal);
      PetscInt n = 0;
      NODAL_PETSC(VecGetLocalSize(z, &n));
      std::vector<std::vector<double>> result;
      for (unsigned int s = 0; s < number; ++s)
      {
        Random random(seed, sample, s);
        double *values = nullptr, norm = 0;
        NODAL_PETSC(VecGetArrayWrite(z, &values));
        for (PetscInt i = 0; i < n; ++i)
          values[i] = 2 * random.uniform() - 1;
        NODAL_PETSC(VecRestoreArrayWrite(z, &values));
        NODAL_PETSC(VecPointwiseMult(z, z, diagonal));
        inverse->apply(z, y);
        NODAL_PETSC(VecNorm(y, NORM_2, &norm));
        if (!(norm > 0) || !std::isfinite(norm))
          throw NumericalFailure("The matrix of sample " +
                                 std::to_string(sample) +
                                 " has no solution that is finite.");
        NODAL_PETSC(VecScale(y, 1 / norm));
        result.push_back(owned_entries(y));
      }
      return result;
    }

    /// Add the samples of @p reader; the last ones are kept back. False if the
    /// run was asked to stop.
    template <int dim>
    bool add_samples(const DatasetReader &reader,
                     const CoarseTrainingSettings &settings,
                     const TrainingSettings &training,
                     const unsigned int n_samples, CoarseTraining &examples,
                     Run &run)
    {
      if (reader.dim() != dim)
        throw BadInput("The data set '" + reader.file() + "' is " +
                           std::to_string(reader.dim()) +
                           "d, and the parameter file " + std::to_string(dim) +
                           "d.",
                       "Training/Data sets");
      SampleSystems<dim> systems(reader);
      if (!systems.is_linear() || !systems.is_spd())
        throw BadInput("The problem '" + reader.problem() + "' of '" +
                           reader.file() +
                           "' has no symmetric positive definite matrix, for "
                           "which coarse bases are.",
                       "Training/Data sets");
      std::vector<unsigned int> samples = reader.certified();
      if (n_samples > 0 && samples.size() > n_samples)
        samples.resize(n_samples);
      const std::size_t n_kept_back =
          std::max<std::size_t>(1, training.validation_share * samples.size());
      if (samples.size() < 2)
        throw BadInput("'" + reader.file() +
                           "' has fewer than two certified samples, one to "
                           "train on and one to tell which weights are best; "
                           "generate more.",
                       "Training/Data sets");
      for (std::size_t i = 0; i < samples.size(); ++i)
      {
        if (run.stop_requested())
          return false;
        systems.assemble(samples[i]);
        examples.add(systems.matrix(),
                     smooth_vectors(systems.matrix(), settings.n_snapshots,
                                    training.seed, samples[i]),
                     i + n_kept_back >= samples.size());
      }
      return true;
    }

    /// Of the model in @p folder, if it was trained on the same; else infinity.
    double error_of_model(const std::string &folder,
                          const CoarseModelDescription &description)
    {
      try
      {
        const CoarseModelDescription there =
            CoarseModel::read(folder).description;
        if (there.datasets == description.datasets)
          return there.validation_error;
      }
      catch (const BadInput &)
      {
      }
      return std::numeric_limits<double>::infinity();
    }
  } // namespace

  template <int dim>
  void train_coarse_basis(const CoarseTrainingSettings &settings,
                          const TrainingSettings &training,
                          const TrainingFiles &data, const std::string &folder,
                          Run &run)
  {
    CoarseTraining::check_number(settings.n_columns, dim);
    if (training.device != "cpu")
      throw BadInput("A coarse basis is trained on the CPU, in which it takes "
                     "minutes: set Training/Device to cpu.",
                     "Training/Device");
    agree(run.comm,
          [&]
          {
            if (!run.is_root)
              return;
            CoarseTraining examples(settings, training);
            CoarseModelDescription description;
            description.versions = versions();
            {
              const dealii::TimerOutput::Scope scope(run.timer, "snapshots");
              for (const std::string &file : data.files)
              {
                const DatasetReader reader(file);
                if (description.problem.empty())
                  description.problem = reader.problem();
                if (reader.problem() != description.problem)
                  throw BadInput("The data sets are of the problems '" +
                                     description.problem + "' and '" +
                                     reader.problem() +
                                     "'; train on sets of one.",
                                 "Training/Data sets");
                description.datasets.push_back(reader.hash());
                if (!add_samples<dim>(reader, settings, training,
                                      data.n_samples, examples, run))
                {
                  run.log("Stopped on request, before the training.");
                  return;
                }
              }
            }
            run.log(std::to_string(examples.n_aggregates()) +
                    " aggregates to train on");
            const dealii::TimerOutput::Scope scope(run.timer, "training");
            // The best model of a run that was stopped stays until there is a
            // better one.
            double least = run.resume ? error_of_model(folder, description)
                                      : std::numeric_limits<double>::infinity();
            examples.fit(
                description,
                [&](const CoarseModel &model)
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

  template void train_coarse_basis<2>(const CoarseTrainingSettings &,
                                      const TrainingSettings &,
                                      const TrainingFiles &,
                                      const std::string &, Run &);
  template void train_coarse_basis<3>(const CoarseTrainingSettings &,
                                      const TrainingSettings &,
                                      const TrainingFiles &,
                                      const std::string &, Run &);
} // namespace nodal
