// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>
#include <nodal/couple/snapshots.h>
#include <nodal/solver/leading_pieces.h>

#include <cmath>

namespace nodal
{
  void SnapshotSettings::add_parameters(Parameters &prm)
  {
    prm.add("Samples", n_samples,
            "Of how many samples of all data sets together to take snapshots, "
            "the first; one more is kept back to tell what they miss.",
            1, 10000);
    prm.add("Of each", n_of_each,
            "Smooth vectors of each sample's matrix: solutions for right-hand "
            "sides of noise.",
            1, 10000);
    prm.add("Columns", n_columns,
            "Of an aggregate, of which the log tells what they miss.", 1, 8);
    prm.add("Threshold", threshold,
            "That of the preconditioner, see 'two level'.", 0., 1.);
  }

  SnapshotCollection::SnapshotCollection(const SnapshotSettings &settings)
      : settings(settings)
  {
  }

  void SnapshotCollection::add(Mat A,
                               const std::vector<std::vector<double>> &vectors,
                               const bool is_kept_back)
  {
    const Coordinates *const here = coordinates_of(A);
    AssertThrow(here, dealii::ExcInternalError());
    if (places.values.empty())
    {
      PetscInt size = 1;
      NODAL_PETSC(MatGetBlockSize(A, &size));
      places = *here;
      block_size = size;
    }
    if (here->values != places.values)
      throw BadInput("The samples are of several meshes, and snapshots are for "
                     "one: train a network instead, with 'Goal = coarse "
                     "basis'.",
                     "Training/Data sets");
    if (!is_kept_back)
      fitted.insert(fitted.end(), vectors.begin(), vectors.end());
    else if (kept_back.empty())
    {
      kept_back.push_back({duplicate(A), vectors});
      copy_near_null_space(A, kept_back.back().A);
    }
  }

  std::string SnapshotCollection::summary() const
  {
    return std::to_string(fitted.size()) + " snapshots";
  }

  Snapshots SnapshotCollection::snapshots() const
  {
    Snapshots result;
    result.description.dim = places.dim;
    result.description.block_size = block_size;
    result.description.n_vectors = fitted.size();
    result.points = places.values;
    const std::size_t n = fitted.front().size(), m = fitted.size();
    result.vectors.resize(n * m);
    for (std::size_t s = 0; s < m; ++s)
      for (std::size_t i = 0; i < n; ++i)
        result.vectors[i * m + s] = float(fitted[s][i]);
    return result;
  }

  void SnapshotCollection::fit(
      SnapshotsDescription description,
      const std::function<void(const Snapshots &)> &on_improvement,
      Run &run) const
  {
    if (fitted.empty() || kept_back.empty())
      throw BadInput("There are no samples to take snapshots of, or none to "
                     "tell what they miss: generate more.",
                     "Training/Data sets");
    Snapshots result = snapshots();
    description.dim = result.description.dim;
    description.block_size = result.description.block_size;
    description.n_vectors = result.description.n_vectors;
    result.description = description;
    double missed = 0;
    unsigned int n_missed = 0;
    for (const KeptBack &sample : kept_back)
    {
      const Aggregates aggregates = aggregate_by_strength(
          sample.A, 2 * automatic_aggregate_size(sample.A), settings.threshold);
      std::vector<std::vector<double>> basis = near_null_space(sample.A);
      const AggregateColumns constant = columns_on(aggregates, basis);
      for (auto &column :
           leading_pieces(sample.A, aggregates, result.vectors,
                          description.n_vectors, settings.n_columns))
        basis.push_back(std::move(column));
      const AggregateColumns all = columns_on(aggregates, basis);
      // The square of what the columns leave of x.
      const auto rest =
          [&](const AggregateColumns &columns, const std::vector<double> &x)
      {
        std::vector<double> shares(std::size_t(aggregates.n) * columns.width);
        double result = 0;
        for (std::size_t i = 0; i < x.size(); ++i)
          if (const int k = columns.of_row[i]; k >= 0)
          {
            result += x[i] * x[i];
            for (int c = 0; c < columns.width; ++c)
              shares[k * columns.width + c] +=
                  columns.values[i * columns.width + c] * x[i];
          }
        for (const double share : shares)
          result -= share * share;
        return result;
      };
      for (const std::vector<double> &x : sample.vectors)
      {
        const double before = rest(constant, x);
        missed += before > 0 ? std::max(0., rest(all, x)) / before : 0;
        ++n_missed;
      }
    }
    result.description.validation_error = missed / n_missed;
    on_improvement(result);
    run.log(std::to_string(settings.n_columns) +
            " columns of an aggregate miss " +
            to_text(result.description.validation_error, 3) +
            " of the snapshots of a sample kept back, the constant taken out "
            "of both");
  }
} // namespace nodal
