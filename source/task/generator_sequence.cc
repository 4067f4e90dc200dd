// SPDX-License-Identifier: LGPL-2.1-or-later
// In which order a Generator solves its samples.
#include <nodal/core/communicator.h>
#include <nodal/core/statistics.h>
#include <nodal/data/sequence.h>
#include <nodal/task/generator.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  using namespace dealii;

  template <int dim>
  void Generator<dim>::add_features(const Inputs<dim> &inputs,
                                    double *features) const
  {
    // A fixed choice of sites in the order of Numbering, spread evenly.
    for (const FieldDescription &field : experiment.inputs.varying())
    {
      const InputField<dim> &values = inputs.at(field.name);
      const unsigned int n_components = field.n_components;
      const bool on_cells = field.location == Location::cell;
      const std::uint64_t n_sites =
          on_cells ? numbering->n_cells : numbering->n_nodes;
      const std::uint64_t n = settings.n_features;
      // Site s is the one that represents feature f = ⌈s n / n_sites⌉.
      const auto put = [&](const std::uint64_t site, const auto &value)
      {
        const std::uint64_t f = (site * n + n_sites - 1) / n_sites;
        if (f < n && f * n_sites / n == site)
          for (unsigned int c = 0; c < n_components; ++c)
            features[f * n_components + c] = value(c);
      };
      if (on_cells)
      {
        for (const auto &cell :
             space->mesh->triangulation().active_cell_iterators())
          if (cell->is_locally_owned())
          {
            const unsigned int i = cell->active_cell_index();
            put(numbering->cell_number[i], [&](const unsigned int c)
                { return values.cell_values[i * n_components + c]; });
          }
      }
      else
        for (const auto node : space->scalar_owned)
          put(numbering
                  ->node_number[space->scalar_relevant.index_within_set(node)],
              [&](const unsigned int c)
              { return values.node_values[c](node); });
      features += n * n_components;
    }
  }

  template <int dim>
  std::vector<double> Generator<dim>::features()
  {
    unsigned int n_features = 0;
    for (const FieldDescription &field : experiment.inputs.varying())
      n_features += settings.n_features * field.n_components;
    const unsigned int n = experiment.n_samples;
    std::vector<double> all(std::size_t(n) * n_features);
    agree(log_run.comm,
          [&]
          {
            for (unsigned int i = groups.index; i < n; i += groups.n)
              add_features(experiment.inputs.sample(experiment.seed, i),
                           &all[std::size_t(i) * n_features]);
          });
    // Every entry is set by one rank alone, so the sum has no rounding.
    const std::size_t piece = 1 << 28;
    for (std::size_t begin = 0; begin < all.size(); begin += piece)
      MPI_Allreduce(MPI_IN_PLACE, &all[begin],
                    std::min(piece, all.size() - begin), MPI_DOUBLE, MPI_SUM,
                    log_run.comm);

    // Fields of different units count alike.
    std::size_t begin = 0;
    for (const FieldDescription &field : experiment.inputs.varying())
    {
      const std::size_t width = settings.n_features * field.n_components;
      double sum = 0, squares = 0;
      for (unsigned int i = 0; i < n; ++i)
        for (std::size_t f = begin; f < begin + width; ++f)
        {
          const double value = all[i * std::size_t(n_features) + f];
          sum += value;
          squares += value * value;
        }
      const double count = double(n) * width, mean = sum / count;
      const double deviation =
          std::sqrt(std::max(squares / count - mean * mean, 0.));
      const double scale = deviation > 0 ? 1 / deviation : 1;
      for (unsigned int i = 0; i < n; ++i)
        for (std::size_t f = begin; f < begin + width; ++f)
          all[i * std::size_t(n_features) + f] *= scale;
      begin += width;
    }
    return all;
  }

  template <int dim>
  void Generator<dim>::check_inputs()
  {
    // All inputs are drawn once before the file is made, so that one that
    // cannot be used is found before anything is written.
    if (experiment.inputs.are_safe())
      return;
    agree(log_run.comm,
          [&]
          {
            for (unsigned int i = groups.index; i < experiment.n_samples;
                 i += groups.n)
              experiment.inputs.sample(experiment.seed, i);
          });
  }

  template <int dim>
  std::vector<unsigned int> Generator<dim>::sequence()
  {
    const TimerOutput::Scope scope(log_run.timer, "sequence");
    const unsigned int n = experiment.n_samples;
    std::vector<unsigned int> unsorted(n);
    std::iota(unsorted.begin(), unsorted.end(), 0u);
    const bool is_sorted =
        settings.sequence != "none" &&
        (settings.sequence != "auto" || engine->gains_from_order());
    if (!is_sorted)
    {
      check_inputs();
      return unsorted;
    }
    const std::vector<double> all = features();
    const unsigned int n_features = all.size() / n;
    const std::vector<unsigned int> order =
        sort_samples(all, n_features, settings.sequence, groups.n);
    if (n > 1)
    {
      const double before = path_length(all, n_features, unsorted);
      const double after = path_length(all, n_features, order);
      log_run.log("Sorted: the path through the samples is " +
                  to_text(100 * after / std::max(before, 1e-300), 3) +
                  " % of the unsorted one");
    }
    return order;
  }

  template std::vector<unsigned int> Generator<2>::sequence();
  template std::vector<unsigned int> Generator<3>::sequence();
} // namespace nodal
