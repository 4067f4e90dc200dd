// SPDX-License-Identifier: LGPL-2.1-or-later
#include "aggregate_features.h"
#include "fit.h"
#include "trained_network.h"

#include <nodal/core/coordinates.h>
#include <nodal/core/exceptions.h>
#include <nodal/couple/coarse_training.h>
#include <nodal/solver/local_frames.h>

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  using torch::Tensor;

  void CoarseTrainingSettings::add_parameters(Parameters &prm)
  {
    prm.add("Columns", n_columns,
            "Columns of an aggregate besides the constant; with up to three, "
            "as many take the same time in each step.",
            1, 9);
    prm.add("Snapshots", n_snapshots,
            "Smooth vectors of each sample's matrix to learn from: solutions "
            "for right-hand sides of noise.",
            1, 10000);
    prm.add("Aggregate size", size,
            "Unknowns of an aggregate; 0: those that the preconditioner takes "
            "by itself, with and without more columns than the constant.",
            0, 100000);
    prm.add("Threshold", threshold,
            "That of the preconditioner, see 'two level'.", 0., 1.);
    prm.add("Width", width, "Channels of a layer of the network.", 1, 4096);
    prm.add("Layers", n_layers, "Layers of that width.", 0, 16);
  }

  std::vector<unsigned int> CoarseTrainingSettings::sizes_for(Mat A) const
  {
    if (size > 0)
      return {size};
    return {automatic_aggregate_size(A), 2 * automatic_aggregate_size(A)};
  }

  void CoarseTraining::check_number(const unsigned int n_columns,
                                    const unsigned int dim)
  {
    const std::size_t n_terms =
        AggregateFeatures::parities_of_terms(dim).size();
    if (n_columns > n_terms)
      throw BadInput("There are " + std::to_string(n_terms) +
                         " quadratic terms in " + std::to_string(dim) +
                         "d, of which at most as many columns can be made.",
                     "Training/Coarse basis/Columns");
  }

  CoarseTraining::CoarseTraining(const CoarseTrainingSettings &settings,
                                 const TrainingSettings &training)
      : settings(settings), training(training)
  {
  }

  void CoarseTraining::add(Mat A,
                           const std::vector<std::vector<double>> &snapshots,
                           const bool is_kept_back)
  {
    check_one_unknown_per_node(A, "learned");
    const Coordinates *const positions = coordinates_of(A);
    AssertThrow(positions, dealii::ExcInternalError());
    dim = positions->dim;
    Examples &examples = is_kept_back ? kept_back : fitted;
    ++examples.n_systems;
    for (const unsigned int size : settings.sizes_for(A))
    {
      const Aggregates aggregates =
          aggregate_by_strength(A, size, settings.threshold);
      const LocalFrames frames = local_frames(A, *positions, aggregates);
      const AggregateFeatures features(A, aggregates, frames);
      const unsigned int n_terms = frames.n_terms(),
                         n_features = AggregateFeatures::number(dim);
      std::vector<double> T, moments(n_terms);
      for (unsigned int k = 0; k < features.n; ++k)
      {
        const int begin = frames.members.offsets[k],
                  n = frames.members.offsets[k + 1] - begin;
        const int *const rows = &frames.members.rows[begin];
        T.assign(std::size_t(n) * n_terms, 0.);
        for (int i = 0; i < n; ++i)
          frames.terms(begin + i, &T[i * std::size_t(n_terms)]);
        for (unsigned int t = 0; t < n_terms; ++t)
        {
          double mean = 0;
          for (int i = 0; i < n; ++i)
            mean += T[i * n_terms + t] / n;
          for (int i = 0; i < n; ++i)
            T[i * n_terms + t] -= mean;
        }
        std::vector<double> G(n_terms * n_terms, 0.), H(n_terms * n_terms, 0.);
        double s = 0;
        for (unsigned int t = 0; t < n_terms; ++t)
          for (unsigned int u = 0; u < n_terms; ++u)
            for (int i = 0; i < n; ++i)
              G[t * n_terms + u] += T[i * n_terms + t] * T[i * n_terms + u];
        for (const std::vector<double> &snapshot : snapshots)
        {
          double mean = 0;
          for (int i = 0; i < n; ++i)
            mean += snapshot[rows[i]] / n;
          std::fill(moments.begin(), moments.end(), 0.);
          for (int i = 0; i < n; ++i)
          {
            const double value = snapshot[rows[i]] - mean;
            s += value * value;
            for (unsigned int t = 0; t < n_terms; ++t)
              moments[t] += T[i * n_terms + t] * value;
          }
          for (unsigned int t = 0; t < n_terms; ++t)
            for (unsigned int u = 0; u < n_terms; ++u)
              H[t * n_terms + u] += moments[t] * moments[u];
        }
        const auto first =
            features.values.begin() + std::size_t(k) * n_features;
        if (!(s > 0) || !std::isfinite(s) ||
            !std::all_of(first, first + n_features,
                         [](const float f) { return std::isfinite(f); }))
          continue;
        for (double &value : H)
          value /= s;
        examples.features.insert(examples.features.end(), first,
                                 first + n_features);
        examples.G.insert(examples.G.end(), G.begin(), G.end());
        examples.H.insert(examples.H.end(), H.begin(), H.end());
        ++examples.n;
      }
    }
  }

  /// Examples as tensors.
  struct CoarseTraining::Tensors
  {
    Tensors(const Examples &examples, const unsigned int dim)
    {
      const std::int64_t n = examples.n,
                         p = AggregateFeatures::parities_of_terms(dim).size(),
                         f = AggregateFeatures::number(dim);
      const auto copied = [](const auto &values, const torch::ScalarType type,
                             const std::vector<std::int64_t> &shape)
      {
        return torch::from_blob(
                   const_cast<
                       typename std::decay_t<decltype(values)>::value_type *>(
                       values.data()),
                   shape, type)
            .clone();
      };
      features = copied(examples.features, torch::kFloat32, {n, f});
      G = copied(examples.G, torch::kFloat64, {n, p, p});
      H = copied(examples.H, torch::kFloat64, {n, p, p});
      // Terms of no extent must not make it singular.
      G = G + 1e-8 * G.diagonal(0, 1, 2).mean(1).add(1e-300).view({n, 1, 1}) *
                  torch::eye(p, torch::kFloat64);
    }

    Tensor features, G, H;
  };

  namespace
  {
    /// tr((Cᵀ G C)⁻¹ Cᵀ H C) of each aggregate, for C by aggregate, column and
    /// term.
    Tensor captured(const Tensor &C, const Tensor &G, const Tensor &H)
    {
      const Tensor g = C.matmul(G).matmul(C.transpose(1, 2)),
                   h = C.matmul(H).matmul(C.transpose(1, 2));
      const std::int64_t k = g.size(1);
      const Tensor scale =
          g.diagonal(0, 1, 2).mean(1).detach().view({-1, 1, 1});
      const Tensor factor = torch::linalg_cholesky(
          g + 1e-8 * scale * torch::eye(k, torch::kFloat64));
      return torch::cholesky_solve(h, factor).diagonal(0, 1, 2).sum(1);
    }

    /// That of the best k combinations.
    Tensor most_captured(const std::int64_t k, const Tensor &G, const Tensor &H)
    {
      const Tensor inverse = torch::inverse(torch::linalg_cholesky(G));
      const Tensor values = torch::linalg_eigvalsh(
          inverse.matmul(H).matmul(inverse.transpose(1, 2)));
      return values.narrow(1, values.size(1) - k, k).sum(1);
    }

    /// The first k terms of p, for one aggregate.
    Tensor first_terms(const std::int64_t k, const std::int64_t p)
    {
      return torch::eye(p, torch::kFloat64).narrow(0, 0, k).unsqueeze(0);
    }

    bool is_finite(const Tensor &x)
    {
      return x.isfinite().all().item<bool>();
    }

    /// ±1 by parity: columns of a matrix signs × quantities.
    Tensor signs_of(const std::vector<unsigned int> &parities,
                    const unsigned int flips)
    {
      std::vector<float> result;
      for (const unsigned int parity : parities)
      {
        unsigned int bits = parity & flips, odd = 0;
        for (; bits; bits >>= 1)
          odd ^= bits & 1;
        result.push_back(odd ? -1.f : 1.f);
      }
      return torch::tensor(result);
    }
  } // namespace

  void CoarseTraining::fit(
      CoarseModelDescription description,
      const std::function<void(const CoarseModel &)> &on_improvement,
      Run &run) const
  {
    const std::int64_t k = settings.n_columns,
                       p = AggregateFeatures::parities_of_terms(dim).size();
    if (fitted.n == 0 || kept_back.n == 0)
      throw BadInput("There are no aggregates to train on, or none are kept "
                     "back to tell which weights are best: use more samples, "
                     "or finer meshes.",
                     "Training/Data sets");
    const Tensors train(fitted, dim), valid(kept_back, dim);
    const auto error_of = [&](const Tensor &shares)
    { return 1 - shares.mean().item<double>(); };

    description.dim = dim;
    description.n_columns = k;
    description.threshold = settings.threshold;
    {
      const torch::NoGradGuard no_gradients;
      description.linear_error =
          error_of(captured(first_terms(dim, p), valid.G, valid.H));
      description.quadratic_error =
          error_of(captured(first_terms(k, p), valid.G, valid.H));
      description.best_error = error_of(most_captured(k, valid.G, valid.H));
    }

    torch::manual_seed(training.seed);
    // It starts from the columns 'quadratic'.
    TrainedNetwork network(train.features, settings.width, settings.n_layers,
                           first_terms(k, p).to(torch::kFloat32).flatten());
    const auto combinations = [&](const Tensor &features) {
      return network.forward(features).to(torch::kFloat64).view({-1, k, p});
    };
    const unsigned int n_flips = 1u << dim;
    std::vector<Tensor> feature_signs, term_signs;
    for (unsigned int flips = 0; flips < n_flips; ++flips)
    {
      feature_signs.push_back(
          signs_of(AggregateFeatures::parities(dim), flips));
      term_signs.push_back(
          signs_of(AggregateFeatures::parities_of_terms(dim), flips));
    }
    const Tensor all_feature_signs = torch::stack(feature_signs),
                 all_term_signs = torch::stack(term_signs).to(torch::kFloat64);

    FitTask task;
    task.parameters = network.parameters();
    task.n_examples = fitted.n;
    // A batch has as many aggregates as that many samples on average.
    task.batch = std::max<std::size_t>(1, training.batch_size * fitted.n /
                                              fitted.n_systems);
    CoarseModel model;
    // As it is going to be used: not by the operations that train it.
    task.validate = [&]
    {
      model.network = network.dense();
      std::vector<float> values =
          model.network.evaluate(kept_back.features, kept_back.n);
      const Tensor C =
          torch::from_blob(values.data(), {std::int64_t(kept_back.n), k, p},
                           torch::kFloat32)
              .to(torch::kFloat64);
      return is_finite(C) ? error_of(captured(C, valid.G, valid.H))
                          : std::nan("");
    };
    task.on_improvement = [&](const double error)
    {
      model.description = description;
      model.description.validation_error = error;
      on_improvement(model);
    };
    task.add_gradient = [&](const std::vector<std::int64_t> &examples,
                            std::mt19937_64 &generator) -> double
    {
      const Tensor which = torch::tensor(examples);
      std::vector<std::int64_t> flips(examples.size());
      for (std::int64_t &flip : flips)
        flip = generator() % n_flips;
      const Tensor flip = torch::tensor(flips);
      const Tensor features = train.features.index_select(0, which) *
                              all_feature_signs.index_select(0, flip);
      const Tensor C = combinations(features) *
                       all_term_signs.index_select(0, flip).unsqueeze(1);
      if (!is_finite(C))
        return std::nan("");
      const Tensor loss = 1 - captured(C, train.G.index_select(0, which),
                                       train.H.index_select(0, which))
                                  .mean();
      loss.backward();
      return loss.item<double>();
    };
    task.progress = [](const double loss, const double least)
    {
      return "misses " + to_text(loss, 3) + ", of samples kept back " +
             to_text(least, 3);
    };
    const double best = nodal::fit(task, training, run);
    run.log("The columns miss " + to_text(best, 3) +
            " of the snapshots kept back; 'linear' " +
            to_text(description.linear_error, 3) + ", 'quadratic' " +
            to_text(description.quadratic_error, 3) +
            ", the best combinations " + to_text(description.best_error, 3));
  }
} // namespace nodal
