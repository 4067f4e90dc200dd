// SPDX-License-Identifier: LGPL-2.1-or-later
#include "corrector_experiments.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>

#include <cmath>

namespace nodal
{
  using torch::Tensor;

  namespace
  {
    // Streams of random numbers.
    constexpr std::uint32_t of_observations = 0xa5510011,
                            of_perturbations = 0xa5510013;

    /// Of the way from the truth to another state, where experiments begin.
    constexpr double first_share = 0.1;

    /// Whose square is a number in single precision.
    constexpr double largest = 1e15;
  } // namespace

  CorrectorExperiments::CorrectorExperiments(const Setting &setting_,
                                             const CorrectorNodes &nodes,
                                             const unsigned int n,
                                             const std::uint32_t first)
      : setting(setting_), nodes(nodes), first(first)
  {
    const auto state = [&](const std::uint32_t number)
    {
      std::vector<double> result =
          setting.forecast.initial_state(setting.seed, number);
      setting.forecast.advance(result.data(), 0, setting.n_spin_up);
      return result;
    };
    std::uint32_t next = first;
    for (unsigned int k = 0; k < n; ++k, next += 1 + setting.n_members)
    {
      if (k % size_of(setting.across) != rank_of(setting.across))
        continue;
      numbers.push_back(k);
      begins.push_back(state(next));
      others.emplace_back();
      for (unsigned int m = 0; m < setting.n_members; ++m)
        others.back().push_back(state(next + 1 + m));
      // On all ranks of the system alike.
      int differs = others.back()[0] != begins.back();
      MPI_Allreduce(MPI_IN_PLACE, &differs, 1, MPI_INT, MPI_MAX,
                    setting.forecast.model.comm());
      if (!differs)
        throw BadInput("All runs begin with the same state, so that there is "
                       "nothing to learn: choose a sampler.",
                       "Inputs/initial state/Sampler");
    }
  }

  void CorrectorExperiments::begin(const CorrectorNetwork &network)
  {
    n_cycles = 0;
    truths = begins;
    members.assign(numbers.size(), Ensemble(nodes.n_rows(), setting.n_members));
    memory = network.no_memory(nodes.points().size(),
                               numbers.size() * setting.n_members);
    for (std::size_t k = 0; k < numbers.size(); ++k)
      restart(k, first_share);
  }

  void CorrectorExperiments::restart(const std::size_t k, const double share)
  {
    for (unsigned int m = 0; m < setting.n_members; ++m)
    {
      double *const member = members[k].member(m);
      for (std::size_t i = 0; i < truths[k].size(); ++i)
        member[i] = truths[k][i] + share * (others[k][m][i] - truths[k][i]);
      setting.forecast.constrain(member);
    }
    // The old one may be part of a graph, and what others remember stays so.
    const torch::AutoGradMode as_before(memory.requires_grad());
    memory = memory.clone();
    memory.narrow(1, k * setting.n_members, setting.n_members).zero_();
  }

  void CorrectorExperiments::restart_lost(const Tensor &errors,
                                          const double bound, const int chosen,
                                          const double share)
  {
    const torch::NoGradGuard no_gradients;
    const auto error = errors.accessor<float, 1>();
    for (std::size_t k = 0; k < numbers.size(); ++k)
      if (int(numbers[k]) == chosen)
        restart(k, share);
      else if (!(error[k] < bound))
        restart(k, first_share);
  }

  void CorrectorExperiments::advance()
  {
    const torch::NoGradGuard no_gradients;
    const Forecast &forecast = setting.forecast;
    const double t = time(n_cycles);
    for (std::size_t k = 0; k < numbers.size(); ++k)
    {
      forecast.advance(truths[k].data(), t, setting.steps_per_cycle);
      bool is_finite = true;
      try
      {
        for (unsigned int m = 0; m < setting.n_members; ++m)
          forecast.advance(members[k].member(m), t, setting.steps_per_cycle);
      }
      catch (const NumericalFailure &)
      {
        is_finite = false;
      }
      for (const double value : members[k].values)
        is_finite = is_finite && std::abs(value) < largest;
      // On all ranks of the system alike.
      int is_good = is_finite;
      MPI_Allreduce(MPI_IN_PLACE, &is_good, 1, MPI_INT, MPI_MIN,
                    setting.forecast.model.comm());
      if (!is_good)
      {
        restart(k, first_share);
        ++n_failed;
      }
    }
    ++n_cycles;
    ++n_drawn;
  }

  CorrectorExperiments::Analysis
  CorrectorExperiments::analyse(CorrectorNetwork &network,
                                const double deviation)
  {
    std::vector<Tensor> seen, targets;
    for (std::size_t k = 0; k < numbers.size(); ++k)
    {
      const Observations observations =
          setting.network.measure(time(n_cycles), truths[k],
                                  Random(seed_of(k), n_drawn, of_observations));
      seen.push_back(nodes.see(members[k], observations, deviation,
                               Random(seed_of(k), n_drawn, of_perturbations)));
      targets.push_back(nodes.values(truths[k].data()));
    }
    const Tensor all = torch::cat(seen, 1);
    const CorrectorNetwork::Result result =
        network.forward(nodes.averages, all, memory);
    memory = result.memory;
    const Tensor increments = result.increments.detach();
    for (std::size_t k = 0; k < numbers.size(); ++k)
    {
      nodes.add(increments, k * setting.n_members, members[k]);
      for (unsigned int m = 0; m < setting.n_members; ++m)
        setting.forecast.constrain(members[k].member(m));
    }
    return {(all.select(2, CorrectorNetwork::forecast) + result.increments)
                .view({all.size(0), -1, std::int64_t(setting.n_members)}),
            torch::cat(targets, 1)};
  }

  std::vector<double> CorrectorExperiments::moments(const unsigned int n) const
  {
    std::vector<double> result(3, 0.);
    for (std::vector<double> state : begins)
      for (unsigned int c = 0; c < n; ++c)
      {
        setting.forecast.advance(state.data(), time(c),
                                 setting.steps_per_cycle);
        const Tensor values = nodes.values(state.data()).to(torch::kFloat64);
        result[0] += values.sum().item<double>();
        result[1] += values.square().sum().item<double>();
        result[2] += values.numel();
      }
    return result;
  }

  double CorrectorExperiments::time(const unsigned int cycle) const
  {
    return setting.forecast.h *
           (setting.n_spin_up + double(cycle) * setting.steps_per_cycle);
  }

  std::uint64_t CorrectorExperiments::seed_of(const std::size_t k) const
  {
    return setting.seed * 1000000007ull + first + numbers[k];
  }
} // namespace nodal
