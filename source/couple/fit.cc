// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fit.h"

#include <nodal/core/exceptions.h>

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace nodal
{
  namespace
  {
    void check_number(const double value, const unsigned int epoch)
    {
      if (!std::isfinite(value))
        throw NumericalFailure("The network gives what is no number in epoch " +
                               std::to_string(epoch) +
                               "; a lower Training/Learning rate may help. The "
                               "best model so far is kept.");
    }
  } // namespace

  double fit(const FitTask &task, const TrainingSettings &settings, Run &run)
  {
    torch::optim::AdamW optimizer(
        task.parameters, torch::optim::AdamWOptions(settings.learning_rate)
                             .weight_decay(settings.weight_decay));
    double best = std::numeric_limits<double>::infinity();
    unsigned int n_worse = 0;
    const auto validate = [&](const unsigned int epoch, const double loss)
    {
      const double error = task.validate();
      check_number(error, epoch);
      run.statistics.set("epoch", epoch);
      run.statistics.set("training_error", loss);
      run.statistics.set("validation_error", error);
      run.statistics.end_line();
      ++n_worse;
      if (!(error < best))
        return;
      n_worse = 0;
      best = error;
      task.on_improvement(error);
    };
    validate(0, std::nan(""));
    std::vector<std::int64_t> order(task.n_examples);
    std::iota(order.begin(), order.end(), 0);
    const std::size_t n_batches = (order.size() + task.batch - 1) / task.batch;
    const std::uint64_t n_steps = settings.n_epochs * n_batches;
    std::uint64_t step = 0;
    for (unsigned int epoch = 1; epoch <= settings.n_epochs; ++epoch)
    {
      std::mt19937_64 generator(settings.seed * 1000003ull + epoch);
      std::shuffle(order.begin(), order.end(), generator);
      double loss_of_epoch = 0;
      for (std::size_t first = 0; first < order.size();
           first += task.batch, ++step)
      {
        const std::size_t size = std::min(task.batch, order.size() - first);
        optimizer.zero_grad();
        const double loss = task.add_gradient(
            {order.begin() + first, order.begin() + first + size}, generator);
        check_number(loss, epoch);
        loss_of_epoch += loss * size / order.size();
        if (settings.clipping > 0)
          torch::nn::utils::clip_grad_norm_(task.parameters, settings.clipping);
        static_cast<torch::optim::AdamWOptions &>(
            optimizer.param_groups().front().options())
            .lr(learning_rate(settings, step, n_steps));
        optimizer.step();
      }
      validate(epoch, loss_of_epoch);
      if (epoch % std::max(1u, settings.n_epochs / 10) == 0)
        run.log("Epoch " + std::to_string(epoch) + ": " +
                task.progress(loss_of_epoch, best));
      if (settings.patience > 0 && n_worse >= settings.patience)
        break;
      if (task.is_shared ? run.should_stop() : run.stop_requested())
      {
        run.log("Stopped on request; the best model so far is kept.");
        break;
      }
    }
    return best;
  }
} // namespace nodal
