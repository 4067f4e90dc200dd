// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/hash.h>
#include <nodal/core/random.h>
#include <nodal/learn/trainer.h>

#include <deal.II/base/numbers.h>
#include <deal.II/base/timer.h>

#include <torch/cuda.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <numeric>
#include <sstream>

namespace nodal
{
  using torch::Tensor;
  namespace fs = std::filesystem;

  namespace
  {
    /// On a GPU, sums of the same numbers come in the same order each time, so
    /// that a training that was resumed is the same to the bit. To be called
    /// before the first product of matrices.
    void make_deterministic()
    {
      setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
      at::globalContext().setDeterministicAlgorithms(true, false);
    }

    /// Of @p weights in the states of an optimiser: their address, a string
    /// in LibTorch 1.
    template <class States>
    auto key_in(const States &, const Tensor &weights)
    {
      using Key = typename States::key_type;
      const auto address = weights.unsafeGetTensorImpl();
      if constexpr (std::is_same_v<Key, std::string>)
      {
        std::ostringstream text;
        text << address;
        return text.str();
      }
      else
        return Key(address);
    }
  } // namespace

  void TrainingSettings::add_parameters(Parameters &prm)
  {
    loss.add_parameters(prm, "Loss", "What training makes small.", {},
                        "Losses");
    prm.add("Epochs", n_epochs,
            "How often every sample is seen; 0: the first weights, or those of "
            "an imported operator, are validated and written as they are.");
    prm.add("Batch size", batch_size, "Samples for one step, over all ranks.",
            1, 100000);
    prm.add("Learning rate", learning_rate,
            "Of AdamW, the largest of the schedule.", 1e-12, 10.);
    prm.add("Schedule", schedule,
            "Of the learning rate: `one cycle` rises from a 25th to the full "
            "rate and falls to a 10,000th of it, both along a cosine, `cosine` "
            "only falls, `constant` does neither.",
            {"one cycle", "cosine", "constant"});
    prm.add("Warm-up", warm_up, "Share of all steps in which one cycle rises.",
            0., 1.);
    prm.add("Weight decay", weight_decay, "Of AdamW.", 0., 10.);
    prm.add("Clipping", clipping,
            "Largest norm of a gradient, which is scaled down to it; 0: any.",
            0., 1e12);
    prm.add("Validation share", validation_share,
            "Share of the samples, the last of each data set, that are not "
            "trained on but tell which weights are best.",
            0., 0.9);
    prm.add("Patience", patience,
            "Stop when the error on the validation samples has not become "
            "less for so many epochs; 0: never.");
    prm.add("Precision", precision, "Of weights and fields.",
            {"single", "double"});
    prm.add("Device", device,
            "Where training computes. A device that is not there is an error.",
            {"cpu", "cuda"});
    prm.add("Seed", seed, "Of the first weights and the order of samples.");
    prm.add("Checkpoint every", checkpoint_minutes,
            "Minutes between checkpoints, which are written at the end of an "
            "epoch.",
            0., 1e6);
  }

  void TrainingSettings::check() const
  {
    if (device == "cuda" && !torch::cuda::is_available())
      throw BadInput("There is no CUDA device, or this LibTorch was built "
                     "without CUDA; set Training/Device to cpu.",
                     "Training/Device");
  }

  torch::ScalarType TrainingSettings::type() const
  {
    return precision == "double" ? torch::kFloat64 : torch::kFloat32;
  }

  torch::Device TrainingSettings::torch_device() const
  {
    return device == "cuda" ? torch::kCUDA : torch::kCPU;
  }

  double learning_rate(const TrainingSettings &settings,
                       const std::uint64_t step, const std::uint64_t n_steps)
  {
    const double rate = settings.learning_rate;
    const auto along_cosine = [](const double from, const double to,
                                 const double share) {
      return to + (from - to) * (1 + std::cos(dealii::numbers::PI * share)) / 2;
    };
    if (settings.schedule == "constant")
      return rate;
    const double n_rising =
        settings.schedule == "one cycle" ? settings.warm_up * n_steps : 0;
    if (step < n_rising)
      return along_cosine(rate / 25, rate, step / n_rising);
    return along_cosine(rate, rate / 1e4,
                        (step - n_rising) / std::max(n_steps - n_rising, 1.));
  }

  /// LibTorch's AdamW on the one tensor that holds all weights.
  class Trainer::Optimizer
  {
  public:
    Optimizer(const Tensor &weights, const double weight_decay)
        : weights(weights),
          adam({weights},
               torch::optim::AdamWOptions().weight_decay(weight_decay))
    {
    }

    void step(const double rate)
    {
      static_cast<torch::optim::AdamWOptions &>(
          adam.param_groups()[0].options())
          .lr(rate);
      adam.step();
    }

    /// The moments, so far; empty before the first step.
    Weights state() const
    {
      Weights result;
      for (const auto &[key, state] : adam.state())
      {
        const auto &own =
            static_cast<const torch::optim::AdamWParamState &>(*state);
        result.emplace_back("first moment", own.exp_avg());
        result.emplace_back("second moment", own.exp_avg_sq());
      }
      return result;
    }

    void set_state(const Tensor &first, const Tensor &second,
                   const std::int64_t n_steps)
    {
      auto state = std::make_unique<torch::optim::AdamWParamState>();
      state->step(n_steps);
      state->exp_avg(first.to(weights.options()).clone());
      state->exp_avg_sq(second.to(weights.options()).clone());
      adam.state()[key_in(adam.state(), weights)] = std::move(state);
    }

    Tensor weights;

  private:
    torch::optim::AdamW adam;
  };

  Trainer::Trainer(const TrainingSettings &settings, NeuralOperator &network,
                   std::vector<const GraphSample *> training,
                   std::vector<const GraphSample *> validation,
                   const Groups &groups, Run &run)
      : settings(settings), network(network), training(std::move(training)),
        validation(std::move(validation)), groups(groups), log_run(run),
        best_error(std::numeric_limits<double>::infinity())
  {
    if (settings.torch_device().is_cuda())
      make_deterministic();
    network.to(settings.type(), settings.torch_device());
    optimizer = std::make_shared<Optimizer>(network.all_weights(),
                                            settings.weight_decay);
    n_steps_per_epoch =
        (this->training.size() + settings.batch_size - 1) / settings.batch_size;
  }

  std::vector<unsigned int> Trainer::order_of_samples() const
  {
    std::vector<unsigned int> order(training.size());
    std::iota(order.begin(), order.end(), 0u);
    Random random(settings.seed, n_done_epochs, 1);
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[std::size_t(random.uniform() * i)]);
    return order;
  }

  double Trainer::step(const std::vector<const GraphSample *> &batch,
                       const double rate)
  {
    std::vector<const GraphSample *> own;
    for (std::size_t i = groups.index; i < batch.size(); i += groups.n)
      own.push_back(batch[i]);
    Tensor gradient = network.all_weights().grad();
    gradient.zero_();
    double loss = 0;
    agree(
        groups.world,
        [&]
        {
          if (own.empty())
            return;
          const GraphBatch graphs =
              make_batch(own, settings.type(), settings.torch_device());
          const Tensor value =
              settings.loss->of_samples(graphs, network.forward(graphs)).sum() /
              double(batch.size());
          value.backward();
          // All ranks of a group know it.
          loss = groups.is_root ? value.item<double>() : 0;
        });
    if (size_of(groups.world) > 1)
    {
      const Tensor all = torch::cat({gradient.to(torch::kCPU, torch::kFloat64),
                                     torch::full({1}, loss, torch::kFloat64)});
      Tensor sum = torch::zeros_like(all);
      // The same bits on all ranks, which MPI_Allreduce does not promise.
      MPI_Reduce(all.data_ptr<double>(), sum.data_ptr<double>(), sum.numel(),
                 MPI_DOUBLE, MPI_SUM, 0, groups.world);
      MPI_Bcast(sum.data_ptr<double>(), sum.numel(), MPI_DOUBLE, 0,
                groups.world);
      gradient.copy_(sum.slice(0, 0, -1));
      loss = sum[-1].item<double>();
    }
    const double norm = gradient.norm().item<double>();
    if (!std::isfinite(loss) || !std::isfinite(norm))
      throw NumericalFailure(
          "The loss or its gradient is no number any more in epoch " +
          std::to_string(n_done_epochs + 1) +
          "; the best model so far and the last checkpoint are kept. A lower "
          "Training/Learning rate may help.");
    if (settings.clipping > 0 && norm > settings.clipping)
      gradient.mul_(settings.clipping / norm);
    optimizer->step(rate);
    return loss;
  }

  double Trainer::train_epoch()
  {
    const std::vector<unsigned int> order = order_of_samples();
    double sum = 0;
    for (std::size_t i = 0; i < order.size(); i += settings.batch_size)
    {
      std::vector<const GraphSample *> batch;
      for (std::size_t k = i;
           k < std::min(i + settings.batch_size, order.size()); ++k)
        batch.push_back(training[order[k]]);
      const double rate = learning_rate(settings, n_done_steps,
                                        n_steps_per_epoch * settings.n_epochs);
      sum += step(batch, rate) * batch.size();
      ++n_done_steps;
    }
    return sum / training.size();
  }

  double Trainer::validation_error()
  {
    const torch::NoGradGuard guard;
    // Sums in the order of the samples on any number of ranks.
    std::vector<double> errors(validation.size(), 0.);
    const auto add_error = [&](const std::size_t i)
    {
      const GraphBatch graphs =
          make_batch({validation[i]}, settings.type(), settings.torch_device());
      const Tensor error =
          settings.loss->of_samples(graphs, network.forward(graphs));
      if (groups.is_root)
        errors[i] = error.item<double>();
    };
    agree(groups.world,
          [&]
          {
            for (std::size_t i = groups.index; i < validation.size();
                 i += groups.n)
              add_error(i);
          });
    MPI_Allreduce(MPI_IN_PLACE, errors.data(), errors.size(), MPI_DOUBLE,
                  MPI_SUM, groups.world);
    return std::accumulate(errors.begin(), errors.end(), 0.) / errors.size();
  }

  std::string Trainer::checkpoint_file() const
  {
    return log_run.path("checkpoint/training.pt");
  }

  Tensor Trainer::identity() const
  {
    Parameters prm;
    settings.loss->add_parameters(prm);
    std::string text = settings.loss.name();
    for (const auto &[path, value] : prm.in_use())
      text += '\n' + path + '=' + value;
    const std::uint32_t loss = Fnv1a<std::uint32_t>().add(text).value();
    return torch::tensor({double(settings.batch_size), double(settings.seed),
                          double(training.size()), double(validation.size()),
                          settings.precision == "double" ? 2. : 1.,
                          double(loss)},
                         torch::kFloat64);
  }

  void Trainer::save_checkpoint() const
  {
    if (!log_run.is_root)
      return;
    log_run.folder("checkpoint");
    Weights state = optimizer->state();
    state.emplace_back("weights", network.all_weights());
    const auto number = [](const double x)
    { return torch::full({1}, x, torch::kFloat64); };
    state.emplace_back("steps", number(n_done_steps));
    state.emplace_back("epochs", number(n_done_epochs));
    state.emplace_back("worse epochs", number(n_worse_epochs));
    state.emplace_back("best error", number(best_error));
    state.emplace_back("identity", identity());
    write_tensors(checkpoint_file(), state);
  }

  bool Trainer::load_checkpoint()
  {
    if (!fs::exists(checkpoint_file()))
      return false;
    std::map<std::string, Tensor> state;
    for (const auto &[name, tensor] : read_tensors(checkpoint_file()))
      state[name] = tensor;
    const std::int64_t n = network.n_weights();
    for (const auto &[name, size] :
         std::map<std::string, std::int64_t>{{"weights", n},
                                             {"first moment", n},
                                             {"second moment", n},
                                             {"steps", 1},
                                             {"epochs", 1},
                                             {"worse epochs", 1},
                                             {"best error", 1},
                                             {"identity", 6}})
      if (state.count(name) == 0 || state[name].numel() != size)
        throw BadInput("The checkpoint '" + checkpoint_file() +
                       "' does not fit this operator; begin anew without "
                       "--resume.");
    if (!torch::equal(state["identity"], identity()))
      throw BadInput("The checkpoint '" + checkpoint_file() +
                     "' is of a training with other samples, batch size, seed, "
                     "loss or precision; give it those, or begin anew without "
                     "--resume.");
    const torch::NoGradGuard guard;
    Tensor weights = network.all_weights();
    weights.copy_(state["weights"]);
    n_done_steps = state["steps"].item<double>();
    n_done_epochs = state["epochs"].item<double>();
    n_worse_epochs = state["worse epochs"].item<double>();
    best_error = state["best error"].item<double>();
    optimizer->set_state(state["first moment"], state["second moment"],
                         n_done_steps);
    return true;
  }

  void Trainer::run()
  {
    bool is_resumed = false;
    agree(log_run.comm,
          [&] { is_resumed = log_run.resume && load_checkpoint(); });
    if (!log_run.resume && log_run.is_root)
    {
      // Of an earlier training, with which this one does not go on.
      std::error_code ignored;
      fs::remove(checkpoint_file(), ignored);
    }
    if (is_resumed)
      log_run.log("Going on after epoch " + std::to_string(n_done_epochs));
    if (settings.n_epochs == 0)
      on_improvement(best_error = validation_error());
    dealii::Timer since_checkpoint, clock;
    while (n_done_epochs < settings.n_epochs)
    {
      double loss = 0;
      {
        const dealii::TimerOutput::Scope scope(log_run.timer, "training");
        loss = train_epoch();
      }
      ++n_done_epochs;
      const dealii::TimerOutput::Scope scope(log_run.timer, "validation");
      const double error = validation_error();
      const bool is_better = error < best_error;
      n_worse_epochs = is_better ? 0 : n_worse_epochs + 1;
      if (is_better)
      {
        best_error = error;
        on_improvement(error);
      }
      Statistics &statistics = log_run.statistics;
      statistics.set("epoch", n_done_epochs);
      statistics.set("learning_rate",
                     learning_rate(settings, n_done_steps,
                                   n_steps_per_epoch * settings.n_epochs));
      statistics.set("training_loss", loss);
      statistics.set("validation_error", error);
      statistics.set("seconds", clock.wall_time());
      statistics.end_line();
      log_run.log.progress("epochs, error " + to_text(error, 3), n_done_epochs,
                           settings.n_epochs);
      const bool has_lost_patience =
          settings.patience > 0 && n_worse_epochs >= settings.patience;
      const bool should_stop = log_run.should_stop();
      int is_time =
          since_checkpoint.wall_time() > 60 * settings.checkpoint_minutes;
      MPI_Bcast(&is_time, 1, MPI_INT, 0, log_run.comm);
      if (is_time || should_stop || has_lost_patience ||
          n_done_epochs == settings.n_epochs)
      {
        agree(log_run.comm, [&] { save_checkpoint(); });
        since_checkpoint.restart();
      }
      if (has_lost_patience)
        log_run.log("No better for " + std::to_string(n_worse_epochs) +
                    " epochs: training ends.");
      if (should_stop)
        log_run.log("Stopped on request; go on with --resume.");
      if (has_lost_patience || should_stop)
        return;
    }
  }
} // namespace nodal
