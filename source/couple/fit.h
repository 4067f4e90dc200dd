// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_fit_h
#define nodal_source_couple_fit_h

#include <nodal/core/run.h>
#include <nodal/learn/trainer.h>

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace nodal
{
  /// What differs between trainings of small networks.
  struct FitTask
  {
    std::vector<torch::Tensor> parameters;
    std::size_t n_examples = 0, batch = 1;

    /// Add the gradient of the mean loss of the examples with these numbers,
    /// which may draw from the generator, and return that mean; NaN if the
    /// network gives what is no number.
    std::function<double(const std::vector<std::int64_t> &, std::mt19937_64 &)>
        add_gradient;

    /// The error of what is kept back, or NaN likewise.
    std::function<double()> validate;

    /// The error just found is the least so far.
    std::function<void(double)> on_improvement;

    /// For the log, from the mean loss of an epoch and the least error.
    std::function<std::string(double, double)> progress;

    /// True if the work is shared by all ranks of the run, which then call
    /// fit() together.
    bool is_shared = false;
  };

  /**
   * AdamW over epochs of examples in random order, with learning rate, clipping
   * and patience of @p settings; validates before the first epoch and after
   * each. Lines of statistics, log and requests to stop are those of @p run.
   * Returns the least error. Throws NumericalFailure if a loss or an error is
   * not finite.
   */
  double fit(const FitTask &task, const TrainingSettings &settings, Run &run);
} // namespace nodal

#endif
