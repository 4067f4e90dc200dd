// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_lane_threads_h
#define nodal_solver_lane_threads_h

#include <nodal/solver/lane_multigrid.h>

namespace nodal
{
  /**
   * Several LaneMultigrid, each with a thread and memory of its own, that solve
   * one group of samples each at the same time. What a sample gets does not
   * depend on the number of threads.
   *
   * Ranks that solve different samples are as fast, and share the work around
   * the solver too.
   */
  class LaneThreads
  {
  public:
    /// As LaneMultigrid. Throws BadInput if there are several threads and
    /// several ranks in @p family.
    LaneThreads(DistributedLaneFamily family,
                const LaneMultigrid::Settings &settings,
                unsigned int n_threads);

    /// Samples at once, of all threads.
    unsigned int n_samples() const
    {
      return groups.size() * groups[0]->lanes();
    }

    std::string description() const;

    /// See LaneMultigrid; of all threads.
    std::size_t bytes() const;

    /// LaneMultigrid::solve() for up to n_samples() samples; the first lanes()
    /// of them are the group of the first thread. What there is no thread
    /// for is done by the caller's; an exception is thrown when all are done.
    std::vector<SolveResult>
    solve(const std::vector<const double *> &coefficients,
          const std::vector<const double *> &f, const std::vector<double *> &x,
          const SolveControl &control);

  private:
    std::vector<std::unique_ptr<LaneMultigrid>> groups;
  };
} // namespace nodal

#endif
