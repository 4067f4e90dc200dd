// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/random.h>
#include <nodal/core/registry.h>
#include <nodal/solver/operator.h>
#include <nodal/task/sample_matrices.h>
#include <nodal/task/sample_systems.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  namespace
  {
    /// Throws BadInput unless @p what can be trained on @p reader's samples.
    template <int dim>
    void check(const DatasetReader &reader, const SampleSystems<dim> &systems,
               const std::size_t n_samples, const std::string &what)
    {
      if (!systems.is_linear() || !systems.is_spd())
        throw BadInput("The problem '" + reader.problem() + "' of '" +
                           reader.file() +
                           "' has no symmetric positive definite matrix, for "
                           "which " +
                           what + " are.",
                       "Training/Data sets");
      if (n_samples < 2)
        throw BadInput("'" + reader.file() +
                           "' has fewer than two certified samples, one to "
                           "train on and one to tell which weights are best; "
                           "generate more.",
                       "Training/Data sets");
    }
  } // namespace

  template <int dim>
  bool
  SampleMatrices::visit(const TrainingFiles &data,
                        const TrainingSettings &training,
                        const std::string &what, Run &run,
                        const std::function<void(Mat, unsigned int, bool)> &use)
  {
    for (const std::string &file : data.files)
    {
      const DatasetReader reader(file);
      if (problem.empty())
        problem = reader.problem();
      if (reader.problem() != problem)
        throw BadInput("The data sets are of the problems '" + problem +
                           "' and '" + reader.problem() +
                           "'; train on sets of one.",
                       "Training/Data sets");
      if (reader.dim() != dim)
        throw BadInput("The data set '" + reader.file() + "' is " +
                           std::to_string(reader.dim()) +
                           "d, and the parameter file " + std::to_string(dim) +
                           "d.",
                       "Training/Data sets");
      datasets.push_back(reader.hash());
      SampleSystems<dim> systems(reader);
      std::vector<unsigned int> samples = reader.certified();
      if (data.n_samples > 0 && samples.size() > data.n_samples)
        samples.resize(data.n_samples);
      check(reader, systems, samples.size(), what);
      const std::size_t n_kept_back =
          std::max<std::size_t>(1, training.validation_share * samples.size());
      for (std::size_t i = 0; i < samples.size(); ++i)
      {
        if (run.stop_requested())
          return false;
        systems.assemble(samples[i]);
        use(systems.matrix(), samples[i], i + n_kept_back >= samples.size());
      }
    }
    return true;
  }

  std::vector<std::vector<double>>
  solutions_for_noise(Mat A, const unsigned int number, const double exponent,
                      const unsigned int seed, const unsigned int sample)
  {
    const auto inverse = Registry<Preconditioner>::create("cholesky");
    inverse->ignore_run_time_options();
    inverse->update(A, true);
    VecHandle scale, z, y;
    NODAL_PETSC(MatCreateVecs(A, scale.put(), y.put()));
    NODAL_PETSC(MatGetDiagonal(A, scale));
    NODAL_PETSC(VecPow(scale, exponent));
    z = duplicate(scale);
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
      NODAL_PETSC(VecPointwiseMult(z, z, scale));
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

  template bool SampleMatrices::visit<2>(
      const TrainingFiles &, const TrainingSettings &, const std::string &,
      Run &, const std::function<void(Mat, unsigned int, bool)> &);
  template bool SampleMatrices::visit<3>(
      const TrainingFiles &, const TrainingSettings &, const std::string &,
      Run &, const std::function<void(Mat, unsigned int, bool)> &);
} // namespace nodal
