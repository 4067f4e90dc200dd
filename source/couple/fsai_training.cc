// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fit.h"
#include "fsai_features.h"
#include "trained_network.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>
#include <nodal/couple/fsai_training.h>

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  using torch::Tensor;

  FsaiTrainingSettings::FsaiTrainingSettings()
  {
    // Several levels on small meshes, too.
    levels.coarsest_size = 40;
  }

  void FsaiTrainingSettings::add_parameters(Parameters &prm)
  {
    levels.add_parameters(prm);
    prm.add("Steps", n_steps,
            "Steps of conjugate gradients whose error is the loss.", 1, 1000);
    prm.add("Solutions", n_solutions,
            "Solutions of each sample's matrix to start from: those for "
            "right-hand sides of noise.",
            1, 10000);
    prm.add("At once", n_at_once,
            "How many of them, by chance, make one step of the training.", 1,
            10000);
    prm.add("Width", width, "Channels of a layer of the network.", 1, 4096);
    prm.add("Layers", n_layers, "Layers of that width.", 0, 16);
  }

  namespace
  {
    Tensor as_tensor64(const std::vector<double> &values)
    {
      return torch::tensor(values, torch::kFloat64);
    }

    Tensor as_indices(const std::vector<int> &values)
    {
      return torch::tensor(
          std::vector<std::int64_t>(values.begin(), values.end()));
    }

    /// Rows of entries in compressed rows.
    Tensor rows_of(const std::vector<int> &offsets)
    {
      std::vector<std::int64_t> rows;
      for (std::size_t i = 0; i + 1 < offsets.size(); ++i)
        rows.insert(rows.end(), offsets[i + 1] - offsets[i], std::int64_t(i));
      return torch::tensor(rows);
    }

    /// A sparse matrix by its entries.
    struct Entries
    {
      Tensor rows, columns, values;

      /// The product with @p x, n × m.
      Tensor times(const Tensor &x) const
      {
        return torch::zeros_like(x).index_add(
            0, rows, values.unsqueeze(1) * x.index_select(0, columns));
      }

      Tensor transposed_times(const Tensor &x) const
      {
        return torch::zeros_like(x).index_add(
            0, columns, values.unsqueeze(1) * x.index_select(0, rows));
      }
    };

    /// The constants of a level.
    struct LevelTensors
    {
      explicit LevelTensors(const FsaiLevel &level)
          : A{rows_of(level.offsets), as_indices(level.columns),
              as_tensor64(level.values)},
            G{rows_of(level.lower_offsets), as_indices(level.lower_columns),
              as_tensor64(level.G)},
            inverse_diagonal(1 / as_tensor64(level.diagonal)),
            n_rows(level.n_rows()), n_groups(level.n_groups)
      {
        std::vector<int> rows, groups;
        for (std::size_t i = 0; i < level.group.size(); ++i)
          if (level.group[i] >= 0)
          {
            rows.push_back(i);
            groups.push_back(level.group[i]);
          }
        members = as_indices(rows);
        group = as_indices(groups);
      }

      Entries A, G;
      Tensor inverse_diagonal, members, group;
      std::int64_t n_rows, n_groups;
    };

    /// What a network, or nobody, has chosen for a level.
    struct Chosen
    {
      Tensor factors;   ///< of the entries of G; undefined: 1
      Tensor smoothing; ///< of rows
      Tensor scale;
    };
  } // namespace

  /// A matrix to train on.
  struct FsaiTraining::System
  {
    std::vector<LevelTensors> levels;
    Tensor inverse;  ///< of the coarsest matrix; undefined without
    Tensor features; ///< of all rows, or entries, of all levels that have them
    std::vector<std::int64_t> sizes; ///< how many of each level
    std::vector<FsaiLevel> plain;    ///< as they were made
    Tensor solutions;                ///< n × number

    /// M r, from level @p l on.
    Tensor precondition(const std::vector<Chosen> &chosen, const std::size_t l,
                        const Tensor &r) const
    {
      if (l == levels.size())
        return inverse.matmul(r);
      const LevelTensors &level = levels[l];
      Entries G = level.G;
      if (chosen[l].factors.defined())
        G.values = G.values * chosen[l].factors;
      Tensor z = G.transposed_times(G.times(r));
      if (l + 1 == levels.size() && !inverse.defined())
        return z;
      const Tensor smoothing =
          (chosen[l].smoothing * level.inverse_diagonal).unsqueeze(1);
      const Tensor smoothed = r - level.A.times(smoothing * r);
      const Tensor load =
          torch::zeros({level.n_groups, r.size(1)}, torch::kFloat64)
              .index_add(0, level.group,
                         smoothed.index_select(0, level.members));
      const Tensor coarse = precondition(chosen, l + 1, load);
      const Tensor constant = torch::zeros_like(r).index_add(
          0, level.members, coarse.index_select(0, level.group));
      return z +
             chosen[l].scale * (constant - smoothing * level.A.times(constant));
    }

    /// The decimal logarithm of the energy norm of the error that @p n_steps
    /// steps leave, relative to the first, by column of @p x, the solutions.
    Tensor error(const std::vector<Chosen> &chosen, const Tensor &x,
                 const unsigned int n_steps) const
    {
      // Below any divisor before the last digit has come out.
      constexpr double tiny = 1e-300;
      const Entries &A = levels.front().A;
      Tensor r = A.times(x);
      const Tensor first = (x * r).sum(0);
      // What every step takes from the square of the error.
      Tensor left = first, z = precondition(chosen, 0, r), p = z,
             rz = (r * z).sum(0);
      for (unsigned int k = 0; k < n_steps; ++k)
      {
        const Tensor q = A.times(p), step = rz / (p * q).sum(0).clamp_min(tiny);
        left = left - rz * step;
        if (k + 1 == n_steps)
          break;
        r = r - step * q;
        z = precondition(chosen, 0, r);
        const Tensor next = (r * z).sum(0);
        p = z + next / rz.clamp_min(tiny) * p;
        rz = next;
      }
      // Below that is rounding.
      return 0.5 * torch::log10((left / first).clamp_min(1e-13));
    }
  };

  FsaiTraining::FsaiTraining(const FsaiTrainingSettings &settings,
                             const TrainingSettings &training)
      : settings(settings), training(training)
  {
  }

  FsaiTraining::~FsaiTraining() = default;

  std::string FsaiTraining::summary() const
  {
    return std::to_string(fitted.size()) + " matrices to train on";
  }

  void FsaiTraining::add(Mat A,
                         const std::vector<std::vector<double>> &solutions,
                         const bool is_kept_back)
  {
    auto system = std::make_unique<System>();
    MatHandle coarsest;
    system->plain = fsai_levels(A, settings.levels, coarsest);
    std::vector<float> features;
    const bool of_entries = settings.levels.n_levels == 1;
    for (const FsaiLevel &level : system->plain)
    {
      system->levels.emplace_back(level);
      std::vector<float> here;
      if (of_entries)
        here = fsai_features::of_entries(level);
      else if (!level.group.empty())
        here = fsai_features::of_rows(level);
      const unsigned int n =
          of_entries ? fsai_features::n_of_entry : fsai_features::n_of_row;
      system->sizes.push_back(here.size() / n);
      features.insert(features.end(), here.begin(), here.end());
    }
    if (features.empty())
      return; // so small that there is nothing to choose
    system->features = torch::tensor(features).view(
        {-1, of_entries ? fsai_features::n_of_entry : fsai_features::n_of_row});
    if (coarsest)
    {
      PetscInt n = 0;
      NODAL_PETSC(MatGetSize(coarsest, &n, nullptr));
      const Tensor dense = torch::zeros({n, n}, torch::kFloat64);
      for (PetscInt i = 0; i < n; ++i)
      {
        PetscInt n_here = 0;
        const PetscInt *columns = nullptr;
        const double *values = nullptr;
        NODAL_PETSC(MatGetRow(coarsest, i, &n_here, &columns, &values));
        for (PetscInt t = 0; t < n_here; ++t)
          dense.data_ptr<double>()[i * n + columns[t]] = values[t];
        NODAL_PETSC(MatRestoreRow(coarsest, i, &n_here, &columns, &values));
      }
      system->inverse = torch::inverse(dense);
    }
    std::vector<Tensor> columns;
    for (const std::vector<double> &solution : solutions)
      columns.push_back(as_tensor64(solution));
    system->solutions = torch::stack(columns, 1);
    (is_kept_back ? kept_back : fitted).push_back(std::move(system));
  }

  void FsaiTraining::fit(
      FsaiModelDescription description,
      const std::function<void(const FsaiModel &)> &on_improvement,
      Run &run) const
  {
    if (fitted.empty() || kept_back.empty())
      throw BadInput("There are no matrices to train on, or none are kept back "
                     "to tell which weights are best: use more samples, or "
                     "finer meshes.",
                     "Training/Data sets");
    const bool of_entries = settings.levels.n_levels == 1;
    description.n_levels = of_entries ? 1 : 0;
    std::vector<Tensor> all;
    for (const auto &system : fitted)
      all.push_back(system->features);
    torch::manual_seed(training.seed);
    // It starts near the weights 'constant': of usual_output, smoothing_of()
    // is the usual one.
    const float usual_output =
        std::atanh(std::log(2 * float(FsaiWeights::usual_smoothing)) / 1.5f);
    TrainedNetwork network(torch::cat(all), settings.width, settings.n_layers,
                           torch::tensor({of_entries ? 0.f : usual_output}));
    const float scale = std::log(float(FsaiWeights::usual_scale));
    Tensor scales = torch::tensor({scale, scale});
    scales.requires_grad_();
    std::vector<Tensor> parameters = network.parameters();
    if (!of_entries)
      parameters.push_back(scales);
    const auto choose = [&](const System &system)
    {
      const Tensor x =
          network.forward(system.features).squeeze(1).to(torch::kFloat64);
      const std::vector<Tensor> parts = x.split_with_sizes(system.sizes, 0);
      std::vector<Chosen> chosen;
      for (std::size_t l = 0; l < parts.size(); ++l)
      {
        Chosen here;
        if (of_entries)
          here.factors = torch::exp(torch::tanh(parts[l]));
        else
          here.smoothing = 0.5 * torch::exp(1.5 * torch::tanh(parts[l]));
        here.scale = torch::exp(scales[l > 0 ? 1 : 0].to(torch::kFloat64));
        chosen.push_back(here);
      }
      return chosen;
    };
    const auto rate_of = [&](const Tensor &error)
    { return std::pow(10., error.mean().item<double>() / settings.n_steps); };
    // With what is chosen for each, for the samples kept back.
    const auto mean_rate = [&](const auto &chosen_for)
    {
      const torch::NoGradGuard no_gradients;
      double sum = 0;
      for (const auto &system : kept_back)
        sum += rate_of(system->error(chosen_for(*system), system->solutions,
                                     settings.n_steps));
      return sum / kept_back.size();
    };
    description.constant_error = mean_rate(
        [](const System &system)
        {
          std::vector<Chosen> chosen;
          for (const LevelTensors &level : system.levels)
            chosen.push_back(
                {Tensor(),
                 torch::full({level.n_rows}, FsaiWeights::usual_smoothing,
                             torch::kFloat64),
                 torch::tensor(FsaiWeights::usual_scale, torch::kFloat64)});
          return chosen;
        });

    FitTask task;
    task.parameters = parameters;
    task.n_examples = fitted.size();
    task.batch = std::max(1u, training.batch_size);
    FsaiModel model;
    // As it is going to be used: not by the operations that train it.
    task.validate = [&]
    {
      model.description = description;
      for (int k = 0; k < 2; ++k)
        model.description.scales[k] = std::exp(scales[k].item<double>());
      model.network = network.dense();
      unsigned int n_bad = 0;
      const double rate = mean_rate(
          [&](const System &system)
          {
            std::vector<Chosen> chosen;
            for (FsaiLevel level : system.plain)
            {
              unsigned int n_replaced = 0;
              const Tensor before = as_tensor64(level.G);
              const FsaiWeights::OfLevel weights =
                  model.weigh(level, n_replaced);
              n_bad += n_replaced;
              chosen.push_back(
                  {as_tensor64(level.G) / before,
                   torch::tensor(weights.smoothing).to(torch::kFloat64),
                   torch::tensor(weights.scale, torch::kFloat64)});
            }
            return chosen;
          });
      return n_bad > 0 ? std::nan("") : rate;
    };
    task.on_improvement = [&](const double error)
    {
      model.description.validation_error = error;
      on_improvement(model);
    };
    task.add_gradient = [&](const std::vector<std::int64_t> &examples,
                            std::mt19937_64 &generator)
    {
      double sum = 0;
      for (const std::int64_t example : examples)
      {
        const System &system = *fitted[example];
        std::vector<std::int64_t> which(settings.n_at_once);
        for (std::int64_t &column : which)
          column = generator() % system.solutions.size(1);
        const Tensor error =
            system.error(choose(system),
                         system.solutions.index_select(1, torch::tensor(which)),
                         settings.n_steps);
        sum += rate_of(error);
        (error.mean() / double(examples.size())).backward();
      }
      return sum / examples.size();
    };
    task.progress = [](const double loss, const double least)
    {
      return "reduces the error by " + to_text(loss, 3) +
             " in a step, of samples kept back by " + to_text(least, 3);
    };
    const double best = nodal::fit(task, training, run);
    run.log("For samples kept back, a step of conjugate gradients reduces the "
            "error by " +
            to_text(best, 3) + "; with the weights 'constant' by " +
            to_text(description.constant_error, 3));
  }
} // namespace nodal
