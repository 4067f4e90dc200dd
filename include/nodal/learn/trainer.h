// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_learn_trainer_h
#define nodal_learn_trainer_h

#include <nodal/core/choice.h>
#include <nodal/core/communicator.h>
#include <nodal/core/run.h>
#include <nodal/learn/loss.h>
#include <nodal/learn/model.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  struct TrainingSettings
  {
    TrainingSettings() : loss("relative l2")
    {
    }

    void add_parameters(Parameters &prm);

    /// Throws BadInput for a device that is not there.
    void check() const;

    torch::ScalarType type() const;
    torch::Device torch_device() const;

    Choice<Loss> loss;
    unsigned int n_epochs = 100, batch_size = 4, patience = 0;
    double learning_rate = 3e-3, weight_decay = 1e-4, clipping = 1,
           warm_up = 0.3, validation_share = 0.1;
    std::string schedule = "one cycle", precision = "single", device = "cpu";
    unsigned int seed = 1;
    double checkpoint_minutes = 5;
  };

  /// The learning rate at @p step of @p n_steps.
  double learning_rate(const TrainingSettings &settings, std::uint64_t step,
                       std::uint64_t n_steps);

  /**
   * Fits the weights of an operator to samples with AdamW (Loshchilov, Hutter:
   * Decoupled weight decay regularization, ICLR 2019). Every group of ranks
   * works on its part of each mini-batch, the ranks of a group on a part of the
   * nodes of these samples each; gradients are summed over all ranks.
   *
   * The order of samples is a function of seed and epoch alone. Training that
   * was stopped goes on from its checkpoint to the same weights, to the bit on
   * the same number of ranks and threads, that it would have reached.
   */
  class Trainer
  {
  public:
    /// Keeps references. @p training and @p validation are the same on all
    /// ranks and not empty; the ranks of a group share each sample.
    Trainer(const TrainingSettings &settings, NeuralOperator &network,
            std::vector<const GraphSample *> training,
            std::vector<const GraphSample *> validation, const Groups &groups,
            Run &run);

    /// Called with the best error on the validation samples so far, whenever
    /// the weights have a better one than ever; on all ranks.
    std::function<void(double)> on_improvement;

    /// Train. Collective. Throws NumericalFailure if the loss is no number:
    /// what on_improvement() saved and the last checkpoint are kept.
    void run();

    /// Mean loss of the validation samples, the same on all ranks.
    double validation_error();

  private:
    class Optimizer;

    double train_epoch();
    std::vector<unsigned int> order_of_samples() const;
    double step(const std::vector<const GraphSample *> &batch, double rate);
    std::string checkpoint_file() const;

    /// What must be the same for a training to go on.
    torch::Tensor identity() const;
    void save_checkpoint() const;
    bool load_checkpoint();

    const TrainingSettings &settings;
    NeuralOperator &network;
    const std::vector<const GraphSample *> training, validation;
    const Groups &groups;
    Run &log_run;
    std::shared_ptr<Optimizer> optimizer;

    std::uint64_t n_steps_per_epoch, n_done_steps = 0;
    unsigned int n_done_epochs = 0, n_worse_epochs = 0;
    double best_error;
  };
} // namespace nodal

#endif
