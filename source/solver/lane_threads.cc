// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/solver/lane_threads.h>

#include <algorithm>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

namespace nodal
{
  namespace
  {
    /// Those from @p begin on, at most @p n.
    template <class T>
    std::vector<T> part(const std::vector<T> &all, const std::size_t begin,
                        const std::size_t n)
    {
      return {all.begin() + begin,
              all.begin() + std::min(begin + n, all.size())};
    }
  } // namespace

  LaneThreads::LaneThreads(DistributedLaneFamily family,
                           const LaneMultigrid::Settings &settings,
                           const unsigned int n_threads)
  {
    if (n_threads > 1 && size_of(family.comm) > 1)
      throw BadInput("Several threads need ranks that solve different samples "
                     "(Parallel/Ranks per sample = 1).");
    for (unsigned int i = 1; i < n_threads; ++i)
      groups.push_back(std::make_unique<LaneMultigrid>(family, settings));
    groups.push_back(
        std::make_unique<LaneMultigrid>(std::move(family), settings));
  }

  std::string LaneThreads::description() const
  {
    return groups[0]->description() +
           (groups.size() > 1
                ? ", " + std::to_string(groups.size()) + " threads"
                : "");
  }

  std::size_t LaneThreads::bytes() const
  {
    return groups.size() * groups[0]->bytes();
  }

  std::vector<SolveResult>
  LaneThreads::solve(const std::vector<const double *> &coefficients,
                     const std::vector<const double *> &f,
                     const std::vector<double *> &x,
                     const SolveControl &control)
  {
    const std::size_t lanes = groups[0]->lanes(),
                      n_used = (coefficients.size() + lanes - 1) / lanes;
    std::vector<std::vector<SolveResult>> results(n_used);
    std::vector<std::exception_ptr> failures(n_used);
    const auto work = [&](const std::size_t group)
    {
      try
      {
        results[group] = groups[group]->solve(
            part(coefficients, group * lanes, lanes),
            f.size() == 1 ? f : part(f, group * lanes, lanes),
            part(x, group * lanes, lanes), control);
      }
      catch (...)
      {
        failures[group] = std::current_exception();
      }
    };
    std::vector<std::thread> threads;
    threads.reserve(n_used);
    for (std::size_t group = 1; group < n_used; ++group)
      try
      {
        threads.emplace_back(work, group);
      }
      catch (const std::system_error &)
      {
        work(group); // the system gives no further thread
      }
    if (n_used > 0)
      work(0);
    for (std::thread &thread : threads)
      thread.join();
    std::vector<SolveResult> all;
    for (std::size_t group = 0; group < n_used; ++group)
    {
      if (failures[group])
        std::rethrow_exception(failures[group]);
      all.insert(all.end(), results[group].begin(), results[group].end());
    }
    return all;
  }
} // namespace nodal
