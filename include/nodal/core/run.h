// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_run_h
#define nodal_core_run_h

#include <nodal/core/log.h>
#include <nodal/core/parameters.h>
#include <nodal/core/statistics.h>

#include <deal.II/base/timer.h>

#include <mpi.h>

#include <memory>
#include <string>

namespace nodal
{
  /**
   * One run of the program: its ranks, its folder, and what it reports there.
   * The folder holds original.prm, used.prm, log.txt, statistics.csv and what
   * the tasks write.
   */
  class Run
  {
  public:
    /**
     * Make @p folder, if need be, and the files that explain the run.
     * Collective over @p comm. Throws BadInput if the folder cannot be
     * written. @p resume says that the run continues an earlier one: log and
     * statistics are then appended to.
     */
    Run(MPI_Comm comm, const std::string &folder, bool resume,
        const ParameterFile &file, const Parameters &parameters);
    ~Run();

    /// True if SIGTERM, SIGUSR1 or a file `stop` in the folder asks the run to
    /// end at the next safe point. Collective over all ranks.
    bool should_stop();

    /// As should_stop(), as seen by this rank alone and without communication.
    bool stop_requested() const;

    /// Log how the wall time of rank 0 is shared among the timer's sections.
    void print_timing();

    /// Full name of @p file in the run's folder.
    std::string path(const std::string &file) const;

    /// Make @p name, a folder in the run's folder, and return its full name.
    std::string folder(const std::string &name) const;

    const MPI_Comm comm;
    const bool is_root; ///< rank 0, which writes
    const bool resume;
    Log log;
    Statistics statistics;
    /// Sections of rank 0's time; does not synchronise ranks.
    dealii::TimerOutput timer;

  private:
    const std::string directory;
  };

  /// Take the signals SIGTERM and SIGUSR1 as requests to stop.
  void catch_stop_signals();
} // namespace nodal

#endif
