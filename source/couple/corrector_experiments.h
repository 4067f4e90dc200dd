// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_corrector_experiments_h
#define nodal_source_couple_corrector_experiments_h

#include "corrector_network.h"
#include "corrector_nodes.h"

#include <nodal/couple/forecast.h>

#include <cstdint>
#include <vector>

namespace nodal
{
  /**
   * Twin experiments side by side, corrected by one network, whose memory they
   * keep. They are shared by groups of ranks. What happens in one does not
   * depend on who has it.
   */
  class CorrectorExperiments
  {
  public:
    struct Setting
    {
      const Forecast &forecast;
      const ObservationNetwork &network;
      unsigned int steps_per_cycle;
      unsigned int n_spin_up; ///< steps before the first cycle
      unsigned int n_members, seed;
      MPI_Comm across; ///< the ranks that have the same part of a state
    };

    /// This group's share of @p n, whose initial states begin with number
    /// @p first. Collective over the ranks of the system; throws
    /// NumericalFailure, and BadInput if all runs are the same.
    CorrectorExperiments(const Setting &setting, const CorrectorNodes &nodes,
                         unsigned int n, std::uint32_t first);

    /// All from the beginning.
    void begin(const CorrectorNetwork &network);

    /// Forecasts of all. Those that fail begin anew, and are counted. Throws
    /// NumericalFailure if a truth fails.
    void advance();

    struct Analysis
    {
      torch::Tensor states; ///< n_nodes × experiments × members
      torch::Tensor truths; ///< n_nodes × experiments
    };

    /// Analyses of all by @p network. What is returned has gradients if the
    /// network has; the next forecasts have none.
    Analysis analyse(CorrectorNetwork &network, double deviation);

    /// Let the present memory be a constant.
    void forget_gradients()
    {
      memory = memory.detach();
    }

    /// Those whose @p errors, one for each of this group, are not below
    /// @p bound begin anew near the truth; and experiment @p chosen of all
    /// @p share of the way to another state, so that networks learn to come
    /// back from there.
    void restart_lost(const torch::Tensor &errors, double bound, int chosen,
                      double share);

    /// Sum and sum of squares of this group's truths at the nodes in @p n
    /// cycles, and the number of these values.
    std::vector<double> moments(unsigned int n) const;

    /// Cycles since begin().
    unsigned int n_done() const
    {
      return n_cycles;
    }

    unsigned int n_failed = 0; ///< forecasts
    unsigned int n_drawn = 0;  ///< numbers errors of observations

  private:
    void restart(std::size_t k, double share);
    double time(unsigned int cycle) const;
    std::uint64_t seed_of(std::size_t k) const;

    const Setting setting;
    const CorrectorNodes &nodes;
    const std::uint32_t first;
    std::vector<unsigned int> numbers; ///< of this group's experiments
    std::vector<std::vector<double>> begins, truths;
    std::vector<std::vector<std::vector<double>>>
        others; ///< by experiment and member, states of other runs
    std::vector<Ensemble> members;
    torch::Tensor memory;
    unsigned int n_cycles = 0;
  };
} // namespace nodal

#endif
