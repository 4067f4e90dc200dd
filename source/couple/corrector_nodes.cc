// SPDX-License-Identifier: LGPL-2.1-or-later
#include "corrector_nodes.h"
#include "corrector_network.h"

#include <nodal/core/gather.h>

#include <cmath>

namespace nodal
{
  using torch::Tensor;

  namespace
  {
    /// @p values, of which there are @p width at each of this rank's nodes, at
    /// the nodes of all ranks.
    Tensor on_all(const std::vector<float> &values, const std::int64_t width,
                  MPI_Comm comm)
    {
      const std::vector<float> all = gather_on_all(values, comm);
      return torch::from_blob(const_cast<float *>(all.data()),
                              {std::int64_t(all.size()) / width, width},
                              torch::kFloat32)
          .clone();
    }
  } // namespace

  CorrectorNodes::CorrectorNodes(const EvolutionSystem &system,
                                 const unsigned int component)
      : system(system), comm(system.comm())
  {
    const std::vector<dealii::Point<3>> &positions = system.positions();
    node_of_row.assign(positions.size(), -1);
    std::vector<dealii::Point<3>> own;
    for (std::size_t i = 0; i < positions.size(); ++i)
      if (system.components()[i] == component)
      {
        node_of_row[i] = rows.size();
        rows.push_back(i);
        own.push_back(positions[i]);
      }
    all = gather_on_all(own, comm);
    int first = 0, n = own.size();
    MPI_Exscan(&n, &first, 1, MPI_INT, MPI_SUM, comm);
    first_own = rank_of(comm) == 0 ? 0 : first;
  }

  void CorrectorNodes::make_averages(const double spacing,
                                     const unsigned int n_places)
  {
    averages = std::make_shared<LocalAverages>(all, system, spacing, n_places);
  }

  Tensor CorrectorNodes::see(const Ensemble &members,
                             const Observations &observations,
                             const double deviation, Random noise) const
  {
    using Network = CorrectorNetwork;
    const unsigned int n = members.n_members;
    const std::size_t p = observations.size();
    Ensemble innovations = observed(members, observations.H, comm);
    Ensemble errors(p, n);
    if (n > 1)
    {
      for (unsigned int m = 0; m < n; ++m)
        for (std::size_t k = 0; k < p; ++k)
          errors.member(m)[k] =
              std::sqrt(observations.variances[k]) * noise.normal();
      errors.center();
    }
    for (unsigned int m = 0; m < n; ++m)
      for (std::size_t k = 0; k < p; ++k)
        innovations.member(m)[k] = observations.values[k] +
                                   errors.member(m)[k] -
                                   innovations.member(m)[k];
    // Observations count at the nodes from which they interpolate.
    std::vector<double> weights(rows.size(), 0.), sums(rows.size() * n, 0.);
    const Interpolation &H = observations.H;
    for (std::size_t k = 0; k < p; ++k)
      for (std::size_t t = H.offsets[k]; t < H.offsets[k + 1]; ++t)
      {
        const int node = node_of_row[H.rows[t]];
        if (node < 0)
          continue;
        const double weight = std::abs(H.weights[t]) * deviation * deviation /
                              observations.variances[k];
        weights[node] += weight;
        for (unsigned int m = 0; m < n; ++m)
          sums[node * n + m] += weight * innovations.member(m)[k];
      }
    std::vector<float> seen(rows.size() * n * Network::n_seen);
    float *next = seen.data();
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
      double mean = 0, square = 0;
      for (unsigned int m = 0; m < n; ++m)
        mean += members.member(m)[rows[i]] / n;
      for (unsigned int m = 0; m < n; ++m)
        square += std::pow(members.member(m)[rows[i]] - mean, 2);
      for (unsigned int m = 0; m < n; ++m, next += Network::n_seen)
      {
        const double value = members.member(m)[rows[i]];
        next[Network::forecast] = value;
        next[Network::innovation] =
            weights[i] > 0 ? sums[i * n + m] / weights[i] : 0;
        next[Network::weight] = weights[i];
        next[Network::deviation] = value - mean;
        next[Network::spread] = n > 1 ? std::sqrt(square / (n - 1)) : 0;
      }
    }
    return on_all(seen, n * Network::n_seen, comm)
        .view({std::int64_t(all.size()), n, Network::n_seen});
  }

  Tensor CorrectorNodes::values(const double *const state) const
  {
    std::vector<float> own(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
      own[i] = state[rows[i]];
    return on_all(own, 1, comm);
  }

  void CorrectorNodes::add(const Tensor &increments, const std::int64_t first,
                           Ensemble &members) const
  {
    const auto increment = increments.accessor<float, 2>();
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (unsigned int m = 0; m < members.n_members; ++m)
        members.member(m)[rows[i]] += increment[first_own + i][first + m];
  }
} // namespace nodal
