// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/learn/graph_batch.h>

#include "graph_features.h"
#include "over_ranks.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  using torch::Tensor;

  namespace
  {
    /// Lists of edges of several graphs, one after the other.
    class Joined
    {
    public:
      /// @p other_sources name nodes by their places in a level with
      /// @p other_halo.
      void append(const std::vector<int> &other_offsets,
                  const std::vector<int> &other_sources,
                  const std::shared_ptr<const Halo> &other_halo)
      {
        const int first = sources.size(), n_own = other_halo->n_owned();
        for (std::size_t i = 1; i < other_offsets.size(); ++i)
          offsets.push_back(first + other_offsets[i]);
        for (const int j : other_sources)
          // Ghosts come behind the nodes of all graphs.
          sources.push_back(j < n_own ? n_owned + j
                                      : -1 - (n_ghosts + j - n_own));
        append_sources(other_halo);
      }

      void append(const SparseRows &rows,
                  const std::shared_ptr<const Halo> &other_halo)
      {
        append(rows.offsets, rows.columns, other_halo);
        weights.insert(weights.end(), rows.weights.begin(), rows.weights.end());
      }

      /// @p n rows without entries.
      void append_empty(const int n)
      {
        offsets.insert(offsets.end(), n, int(sources.size()));
      }

      /// Sources that no row names.
      void append_sources(const std::shared_ptr<const Halo> &other_halo)
      {
        n_owned += other_halo->n_owned();
        n_ghosts += other_halo->n_ghosts();
        halos.push_back(other_halo);
      }

      int n_rows() const
      {
        return offsets.size() - 1;
      }

      Edges edges(const torch::Device device) const
      {
        std::vector<int> places = sources;
        for (int &j : places)
          if (j < 0)
            j = n_owned - 1 - j;
        return Edges(offsets, places, n_owned + n_ghosts, device, halo());
      }

      std::vector<int> offsets = {0}, sources;
      std::vector<double> weights;

    private:
      std::shared_ptr<const Halo> halo() const
      {
        if (halos.empty() || halos[0]->is_trivial())
          return nullptr;
        if (halos.size() == 1)
          return halos[0];
        std::vector<const Halo *> parts;
        for (const auto &part : halos)
          parts.push_back(part.get());
        return std::make_shared<Halo>(parts);
      }

      int n_owned = 0, n_ghosts = 0;
      std::vector<std::shared_ptr<const Halo>> halos;
    };

    /// What nodes of the next level stand for: for each of @p n numbers per
    /// node the mean by @p measure(level, node) of @p values. Zero where there
    /// is nothing to measure by.
    template <class Measure>
    std::vector<double>
    mean_on_next_level(const GraphLevel &fine, const GraphLevel &coarse,
                       std::vector<double> values, const std::size_t n,
                       const Measure &measure)
    {
      fine.halo->broadcast(values, n);
      std::vector<double> means(coarse.n_owned * n, 0.);
      const SparseRows &rows = fine.restriction;
      for (int j = 0; j < coarse.n_owned; ++j)
      {
        for (int t = rows.offsets[j]; t < rows.offsets[j + 1]; ++t)
        {
          const int i = rows.columns[t];
          const double share = rows.weights[t] * measure(fine, i);
          for (std::size_t c = 0; c < n; ++c)
            means[j * n + c] += share * values[i * n + c];
        }
        if (const double whole = measure(coarse, j); whole > 0)
          for (std::size_t c = 0; c < n; ++c)
            means[j * n + c] /= whole;
      }
      return means;
    }

    std::vector<double> mean_by_volume(const GraphLevel &fine,
                                       const GraphLevel &coarse,
                                       const std::vector<double> &values,
                                       const std::size_t n)
    {
      return mean_on_next_level(fine, coarse, values, n,
                                [](const GraphLevel &level, const int i)
                                { return level.volume[i]; });
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
        batch.comm = samples[0]->graph->levels[0].halo->comm;
        find_widths();
        for (const GraphSample *sample : samples)
          on_level.push_back(
              {sample->robin_coefficients, sample->coefficients});
        for (std::size_t l = 0; l < n_levels; ++l)
          add_level(l);
        batch.node_features =
            matrix(node_features, GraphBatch::n_node_features(batch.dim));
        batch.edge_features =
            matrix(edge_features, GraphBatch::n_edge_features(batch.dim));
        batch.reverse_edge_features = matrix(
            reverse_edge_features, GraphBatch::n_edge_features(batch.dim));
        if (const int n = width(&GraphSample::coefficients); n > 0)
          batch.all_coefficients = matrix(all_coefficients, n);
        batch.all_edges = all.edges(device);
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
        std::vector<double> free, all_spacing, points;
        std::vector<std::int64_t> finer_index;
        std::int64_t n_finer_nodes = 0;
        for (std::size_t k = 0; k < samples.size(); ++k)
        {
          const GraphSample *const sample = samples[k];
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
          edges.append(own->offsets, own->sources, own->halo);
          all.append(own->offsets, own->sources, own->halo);
          OnLevel &values = on_level[k];
          const std::vector<double> spacing = spacings(*own, batch.dim);
          append_node_features(*own, batch.dim, spacing, values.robin,
                               node_features);
          append_edge_features(*own, batch.dim, spacing, edge_features,
                               reverse_edge_features);
          all_coefficients.insert(all_coefficients.end(),
                                  values.coefficients.begin(),
                                  values.coefficients.end());
          all_spacing.insert(all_spacing.end(), spacing.begin(),
                             spacing.begin() + own->n_owned);
          for (int i = 0; i < own->n_owned; ++i)
            free.push_back(own->type[i] == 0 ? 0 : 1);
          if (const GraphLevel *const next = level(*sample, l + 1))
          {
            values = on_next_level(*own, *next, values);
            interpolation.append(own->interpolation, next->halo);
            restriction.append(own->restriction, own->halo);
          }
          else
          {
            interpolation.append_empty(own->n_owned);
            restriction.append_sources(own->halo);
          }
        }
        BatchLevel result;
        result.edges = edges.edges(device);
        if (l + 1 < n_levels)
        {
          result.interpolation = interpolation.edges(device);
          result.interpolation_weights =
              matrix(interpolation.weights, 1).flatten();
          result.restriction = restriction.edges(device);
          result.restriction_weights = matrix(restriction.weights, 1).flatten();
        }
        result.is_free = matrix(free, 1);
        result.spacing = matrix(all_spacing, 1);
        result.points = matrix(points, batch.dim);
        if (l > 0)
          result.finer_index =
              torch::tensor(finer_index, torch::kInt64).to(device);
        result.n_nodes = edges.n_rows();
        result.first_node = all.n_rows() - result.n_nodes;
        result.n_edges = edges.sources.size();
        result.first_edge = all.sources.size() - result.n_edges;
        batch.levels.push_back(std::move(result));
      }

      using Field = std::vector<double> GraphSample::*;

      /// Numbers per node of each field, which a rank without nodes learns from
      /// the others.
      void find_widths()
      {
        std::vector<int> all;
        for (const Field field : fields)
        {
          all.push_back(0);
          for (const GraphSample *sample : samples)
            if (const int n = sample->graph->levels[0].n_owned; n > 0)
              all.back() = (sample->*field).size() / n;
        }
        MPI_Allreduce(MPI_IN_PLACE, all.data(), all.size(), MPI_INT, MPI_MAX,
                      batch.comm);
        for (std::size_t k = 0; k < all.size(); ++k)
          widths.emplace_back(fields[k], all[k]);
      }

      std::int64_t width(const Field field) const
      {
        return std::find_if(widths.begin(), widths.end(),
                            [&](const auto &entry)
                            { return entry.first == field; })
            ->second;
      }

      /// Robin coefficients and coefficients of a sample on one level.
      struct OnLevel
      {
        std::vector<double> robin, coefficients;
      };

      OnLevel on_next_level(const GraphLevel &fine, const GraphLevel &coarse,
                            const OnLevel &values) const
      {
        return {mean_on_next_level(fine, coarse, values.robin, 1,
                                   [](const GraphLevel &level, const int i) {
                                     return level.boundary_measure[i * 3 + 2];
                                   }),
                mean_by_volume(fine, coarse, values.coefficients,
                               width(&GraphSample::coefficients))};
      }

      /// One field of all samples.
      Tensor field(const Field values)
      {
        std::vector<double> joined;
        std::int64_t n_nodes = 0;
        for (const GraphSample *sample : samples)
        {
          const std::vector<double> &own = sample->*values;
          joined.insert(joined.end(), own.begin(), own.end());
          n_nodes += sample->graph->levels[0].n_owned;
        }
        if (width(values) == 0)
          return torch::zeros(
              {n_nodes, 0}, torch::TensorOptions().dtype(type).device(device));
        return matrix(joined, width(values));
      }

      Tensor field(const std::vector<double> GraphLevel::*values,
                   const unsigned int width)
      {
        std::vector<double> joined;
        for (const GraphSample *sample : samples)
        {
          const GraphLevel &own = sample->graph->levels[0];
          joined.insert(joined.end(), (own.*values).begin(),
                        (own.*values).begin() + own.n_owned * width);
        }
        return matrix(joined, width);
      }

      void add_fields()
      {
        batch.points = field(&GraphLevel::points, batch.dim);
        batch.volume = field(&GraphLevel::volume, 1);
        batch.boundary_measure = field(&GraphLevel::boundary_measure, 3);
        batch.coefficients = field(&GraphSample::coefficients);
        batch.sources = field(&GraphSample::sources);
        batch.boundary_values = field(&GraphSample::boundary_values);
        batch.robin_coefficients = field(&GraphSample::robin_coefficients);
        batch.target = field(&GraphSample::target);
        batch.lift = field(&GraphSample::lift);
        for (const GraphSample *sample : samples)
        {
          const GraphLevel &own = sample->graph->levels[0];
          batch.sample_sizes.push_back(own.n_owned);
          batch.numbers.insert(batch.numbers.end(), own.number.begin(),
                               own.number.begin() + own.n_owned);
          batch.equations.push_back(sample->equation);
        }
        add_boxes();
      }

      void add_boxes()
      {
        const std::int64_t dim = batch.dim;
        // The largest coordinates and the largest negative ones.
        Tensor ends = torch::full({batch.n_samples, 2 * dim}, -HUGE_VAL,
                                  batch.points.options());
        std::int64_t first = 0;
        for (std::int64_t k = 0; k < batch.n_samples; ++k)
        {
          const std::int64_t n = batch.sample_sizes[k];
          const Tensor points = batch.points.slice(0, first, first + n);
          if (n > 0)
            ends[k] = std::get<0>(torch::cat({points, -points}, 1).max(0));
          first += n;
        }
        ends = largest_over_ranks(batch, ends);
        const Tensor high = ends.slice(1, 0, dim), low = -ends.slice(1, dim);
        batch.box_middles = (high + low) / 2;
        batch.half_extents = std::get<0>((high - low).max(1)) / 2;
      }

      const std::vector<Field> fields = {
          &GraphSample::coefficients,    &GraphSample::sources,
          &GraphSample::boundary_values, &GraphSample::robin_coefficients,
          &GraphSample::target,          &GraphSample::lift};

      const std::vector<const GraphSample *> &samples;
      const torch::ScalarType type;
      const torch::Device device;
      std::size_t n_levels = 0;
      std::vector<std::pair<Field, std::int64_t>> widths;
      std::vector<OnLevel> on_level; ///< the present one, of each sample
      GraphBatch batch;
      Joined all;
      std::vector<float> node_features, edge_features, reverse_edge_features;
      std::vector<double> all_coefficients;
    };
  } // namespace

  void replace_coefficients(GraphBatch &batch, const GraphSample &sample)
  {
    if (batch.coefficients.size(1) == 0)
      return;
    const auto as_tensor = [&](std::vector<double> &values)
    {
      return torch::from_blob(
                 values.data(),
                 {std::int64_t(values.size()) / batch.coefficients.size(1),
                  batch.coefficients.size(1)},
                 torch::kFloat64)
          .to(batch.coefficients.options(), /*non_blocking=*/false,
              /*copy=*/true);
    };
    std::vector<double> own = sample.coefficients, all;
    batch.coefficients = as_tensor(own);
    const std::vector<GraphLevel> &levels = sample.graph->levels;
    for (std::size_t l = 0; l < levels.size(); ++l)
    {
      all.insert(all.end(), own.begin(), own.end());
      if (l + 1 < levels.size())
        own = mean_by_volume(levels[l], levels[l + 1], own,
                             batch.coefficients.size(1));
    }
    batch.all_coefficients = as_tensor(all);
  }

  GraphBatch make_batch(const std::vector<const GraphSample *> &samples,
                        const torch::ScalarType type,
                        const torch::Device device)
  {
    return BatchMaker(samples, type, device).make();
  }
} // namespace nodal
