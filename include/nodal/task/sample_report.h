// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_sample_report_h
#define nodal_task_sample_report_h

#include <nodal/core/communicator.h>
#include <nodal/core/run.h>
#include <nodal/data/dataset.h>
#include <nodal/solver/krylov_solver.h>

#include <vector>

namespace nodal
{
  /// What became of the samples that groups of ranks solve: a line for each in
  /// statistics.csv, and one in the log if it failed.
  class SampleReport
  {
  public:
    /// Keeps references to both.
    SampleReport(const Groups &groups, Run &run);

    /// Report a sample of this group, which took @p seconds. Called on all
    /// ranks of the group; returns what the data set says of it.
    Certificate add(unsigned int sample, const SolveResult &result,
                    double seconds);

    /// Write the lines of the other groups. Returns how many samples failed in
    /// all of them. Collective over the run's ranks.
    unsigned int finish();

  private:
    struct Line
    {
      double sample, group, iterations, true_residual, seconds, status,
          n_fallbacks;
    };

    void write(const Line &line);

    const Groups &groups;
    Run &run;
    std::vector<Line> lines; ///< of groups but the first
    unsigned int n_failed = 0;
  };
} // namespace nodal

#endif
