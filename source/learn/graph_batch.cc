// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/learn/graph_batch.h>

#include "graph_features.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  using torch::Tensor;

  namespace
  {
    /// Lists of edges of several graphs, one after the other.
    struct Joined
    {
      std::vector<int> offsets = {0}, sources;
      std::vector<double> weights;
      int n_sources = 0;

      void append(const std::vector<int> &other_offsets,
                  const std::vector<int> &other_sources,
                  const int other_n_sources)
      {
        const int first = sources.size();
        for (std::size_t i = 1; i < other_offsets.size(); ++i)
          offsets.push_back(first + other_offsets[i]);
        for (const int j : other_sources)
          sources.push_back(n_sources + j);
        n_sources += other_n_sources;
      }

      /// @p n rows without entries, over no further sources.
      void append_empty(const int n)
      {
        offsets.insert(offsets.end(), n, int(sources.size()));
      }
    };

    /// Rows and columns of @p rows exchanged.
    SparseRows transposed(const SparseRows &rows, const int n_columns)
    {
      SparseRows result;
      result.offsets.assign(n_columns + 1, 0);
      for (const int c : rows.columns)
        ++result.offsets[c + 1];
      for (int c = 0; c < n_columns; ++c)
        result.offsets[c + 1] += result.offsets[c];
      std::vector<int> next(result.offsets.begin(), result.offsets.end() - 1);
      result.columns.resize(rows.columns.size());
      result.weights.resize(rows.columns.size());
      for (std::size_t i = 0; i + 1 < rows.offsets.size(); ++i)
        for (int t = rows.offsets[i]; t < rows.offsets[i + 1]; ++t)
        {
          const int place = next[rows.columns[t]]++;
          result.columns[place] = i;
          result.weights[place] = rows.weights[t];
        }
      return result;
    }

    class BatchMaker
    {
    public:
      BatchMaker(const std::vector<const GraphSample *> &samples,
                 const torch::ScalarType type, const torch::Device device)
          : samples(samples), type(type), device(device)
      {
        for (const GraphSample *sample : samples)
          n_levels = std::max(n_levels, sample->graph->levels.size());
      }

      GraphBatch make()
      {
        batch.dim = samples[0]->graph->dim;
        batch.n_samples = samples.size();
        for (std::size_t l = 0; l < n_levels; ++l)
          add_level(l);
        batch.node_features =
            matrix(node_features, GraphBatch::n_node_features(batch.dim));
        batch.edge_features =
            matrix(edge_features, GraphBatch::n_edge_features(batch.dim));
        if (!all_coefficients.empty())
          batch.all_coefficients =
              matrix(all_coefficients,
                     all_coefficients.size() / (all.offsets.size() - 1));
        batch.all_edges =
            Edges(all.offsets, all.sources, all.n_sources, device);
        add_fields();
        return std::move(batch);
      }

    private:
      template <class T>
      Tensor matrix(const std::vector<T> &values, const std::int64_t width)
      {
        const auto options = torch::TensorOptions().dtype(
            std::is_same<T, double>::value ? torch::kFloat64 : torch::kFloat32);
        return torch::from_blob(const_cast<T *>(values.data()),
                                {std::int64_t(values.size()) / width, width},
                                options)
            .to(torch::TensorOptions().dtype(type).device(device),
                /*non_blocking=*/false, /*copy=*/true);
      }

      /// Level @p l of a sample's graph, or null.
      const GraphLevel *level(const GraphSample &sample,
                              const std::size_t l) const
      {
        return l < sample.graph->levels.size() ? &sample.graph->levels[l]
                                               : nullptr;
      }

      void add_level(const std::size_t l)
      {
        Joined edges, interpolation, restriction;
        std::vector<double> free, spacing, points;
        std::vector<std::int64_t> finer_index;
        std::int64_t n_finer_nodes = 0;
        for (const GraphSample *sample : samples)
        {
          const GraphLevel *const own = level(*sample, l);
          const std::int64_t first_finer = n_finer_nodes;
          if (const GraphLevel *const finer =
                  l > 0 ? level(*sample, l - 1) : nullptr)
            n_finer_nodes += finer->n_owned;
          if (!own)
            continue;
          for (const int i : own->finer_index)
            finer_index.push_back(first_finer + i);
          points.insert(points.end(), own->points.begin(),
                        own->points.begin() + own->n_owned * batch.dim);
          edges.append(own->offsets, own->sources, own->n_owned);
          append_node_features(*own, batch.dim, robin(*sample, l),
                               node_features);
          append_edge_features(*own, batch.dim, edge_features);
          const std::vector<double> own_coefficients = coefficients(*sample, l);
          all_coefficients.insert(all_coefficients.end(),
                                  own_coefficients.begin(),
                                  own_coefficients.end());
          for (int i = 0; i < own->n_owned; ++i)
          {
            free.push_back(own->type[i] == 0 ? 0 : 1);
            spacing.push_back(std::pow(own->volume[i], 1. / batch.dim));
          }
          if (const GraphLevel *const next = level(*sample, l + 1))
          {
            const SparseRows &rows = own->interpolation;
            const SparseRows columns = transposed(rows, next->n_owned);
            interpolation.append(rows.offsets, rows.columns, next->n_owned);
            interpolation.weights.insert(interpolation.weights.end(),
                                         rows.weights.begin(),
                                         rows.weights.end());
            restriction.append(columns.offsets, columns.columns, own->n_owned);
            restriction.weights.insert(restriction.weights.end(),
                                       columns.weights.begin(),
                                       columns.weights.end());
          }
          else
          {
            interpolation.append_empty(own->n_owned);
            restriction.n_sources += own->n_owned;
          }
        }
        BatchLevel result;
        result.edges =
            Edges(edges.offsets, edges.sources, edges.n_sources, device);
        if (l + 1 < n_levels)
        {
          result.interpolation =
              Edges(interpolation.offsets, interpolation.sources,
                    interpolation.n_sources, device);
          result.interpolation_weights =
              matrix(interpolation.weights, 1).flatten();
          result.restriction = Edges(restriction.offsets, restriction.sources,
                                     restriction.n_sources, device);
          result.restriction_weights = matrix(restriction.weights, 1).flatten();
        }
        result.is_free = matrix(free, 1);
        result.spacing = matrix(spacing, 1);
        result.points = matrix(points, batch.dim);
        if (l > 0)
          result.finer_index =
              torch::tensor(finer_index, torch::kInt64).to(device);
        result.first_node = all.offsets.size() - 1;
        result.n_nodes = edges.n_sources;
        result.first_edge = all.sources.size();
        result.n_edges = edges.sources.size();
        all.append(edges.offsets, edges.sources, edges.n_sources);
        batch.levels.push_back(std::move(result));
      }

      /// The Robin coefficient at the nodes of level @p l.
      std::vector<double> robin(const GraphSample &sample,
                                const std::size_t l) const
      {
        std::vector<double> values = sample.robin_coefficients;
        for (std::size_t k = 1; k <= l; ++k)
        {
          std::vector<double> coarse;
          for (const int i : sample.graph->levels[k].finer_index)
            coarse.push_back(values[i]);
          values = coarse;
        }
        return values;
      }

      /// The coefficients on level @p l.
      std::vector<double> coefficients(const GraphSample &sample,
                                       const std::size_t l) const
      {
        std::vector<double> values = sample.coefficients;
        for (std::size_t k = 0; k < l && !values.empty(); ++k)
        {
          const GraphLevel &fine = sample.graph->levels[k],
                           &coarse = sample.graph->levels[k + 1];
          const std::size_t n = values.size() / fine.n_owned;
          std::vector<double> sums(coarse.n_owned * n, 0.);
          const SparseRows &rows = fine.interpolation;
          for (int i = 0; i < fine.n_owned; ++i)
            for (int t = rows.offsets[i]; t < rows.offsets[i + 1]; ++t)
            {
              const int j = rows.columns[t];
              const double share =
                  rows.weights[t] * fine.volume[i] / coarse.volume[j];
              for (std::size_t c = 0; c < n; ++c)
                sums[j * n + c] += share * values[i * n + c];
            }
          values = std::move(sums);
        }
        return values;
      }

      /// One field of all samples.
      Tensor field(const std::vector<double> GraphSample::*values)
      {
        std::vector<double> joined;
        std::int64_t n_nodes = 0;
        for (const GraphSample *sample : samples)
        {
          const std::vector<double> &own = sample->*values;
          joined.insert(joined.end(), own.begin(), own.end());
          n_nodes += sample->graph->levels[0].n_owned;
        }
        if (joined.empty())
          return torch::zeros(
              {n_nodes, 0}, torch::TensorOptions().dtype(type).device(device));
        return matrix(joined, joined.size() / n_nodes);
      }

      Tensor field(const std::vector<double> GraphLevel::*values)
      {
        std::vector<double> joined;
        std::int64_t n_nodes = 0;
        for (const GraphSample *sample : samples)
        {
          const GraphLevel &own = sample->graph->levels[0];
          joined.insert(joined.end(), (own.*values).begin(),
                        (own.*values).end());
          n_nodes += own.n_owned;
        }
        return matrix(joined, joined.size() / n_nodes);
      }

      void add_fields()
      {
        batch.points = field(&GraphLevel::points);
        batch.volume = field(&GraphLevel::volume);
        batch.boundary_measure = field(&GraphLevel::boundary_measure);
        batch.coefficients = field(&GraphSample::coefficients);
        batch.sources = field(&GraphSample::sources);
        batch.boundary_values = field(&GraphSample::boundary_values);
        batch.robin_coefficients = field(&GraphSample::robin_coefficients);
        batch.target = field(&GraphSample::target);
        batch.lift = field(&GraphSample::lift);
        for (const GraphSample *sample : samples)
          batch.sample_sizes.push_back(sample->graph->levels[0].n_owned);
      }

      const std::vector<const GraphSample *> &samples;
      const torch::ScalarType type;
      const torch::Device device;
      std::size_t n_levels = 0;
      GraphBatch batch;
      Joined all;
      std::vector<float> node_features, edge_features;
      std::vector<double> all_coefficients;
    };
  } // namespace

  GraphBatch make_batch(const std::vector<const GraphSample *> &samples,
                        const torch::ScalarType type,
                        const torch::Device device)
  {
    return BatchMaker(samples, type, device).make();
  }
} // namespace nodal
