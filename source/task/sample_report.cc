// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/statistics.h>
#include <nodal/task/sample_report.h>

namespace nodal
{
  SampleReport::SampleReport(const Groups &groups, Run &run)
      : groups(groups), run(run)
  {
  }

  Certificate SampleReport::add(const unsigned int sample,
                                const SolveResult &result, const double seconds)
  {
    Certificate certificate;
    certificate.true_residual = result.true_residual;
    certificate.iterations = result.iterations;
    certificate.seconds = seconds;
    certificate.status =
        result.converged() ? SampleStatus::certified : SampleStatus::failed;
    if (!result.converged())
    {
      ++n_failed;
      run.log.quiet("Sample " + std::to_string(sample) + " failed: " +
                    to_string(result.status) + ", true residual " +
                    to_text(result.true_residual, 3) + "; " + result.message);
    }
    const Line line = {double(sample),
                       double(groups.index),
                       double(result.iterations),
                       result.true_residual,
                       seconds,
                       double(certificate.status),
                       double(result.n_fallbacks)};
    // Rank 0 writes its own group's lines at once, the others' at the end.
    if (groups.index > 0)
      lines.push_back(line);
    else
      write(line);
    return certificate;
  }

  void SampleReport::write(const Line &line)
  {
    Statistics &statistics = run.statistics;
    statistics.set("sample", line.sample);
    statistics.set("group", line.group);
    statistics.set("iterations", line.iterations);
    statistics.set("true_residual", line.true_residual);
    statistics.set("seconds", line.seconds);
    statistics.set("status",
                   SampleStatus(int(line.status)) == SampleStatus::certified
                       ? "certified"
                       : "failed");
    statistics.set("fallbacks", line.n_fallbacks);
    statistics.end_line();
  }

  unsigned int SampleReport::finish()
  {
    if (groups.is_root && groups.n > 1)
    {
      const unsigned int width = sizeof(Line) / sizeof(double);
      const int n = lines.size() * width;
      std::vector<int> counts(groups.n), offsets(groups.n, 0);
      MPI_Gather(&n, 1, MPI_INT, counts.data(), 1, MPI_INT, 0, groups.roots);
      for (unsigned int i = 1; i < groups.n; ++i)
        offsets[i] = offsets[i - 1] + counts[i - 1];
      std::vector<Line> all((offsets.back() + counts.back()) / width);
      MPI_Gatherv(lines.data(), n, MPI_DOUBLE, all.data(), counts.data(),
                  offsets.data(), MPI_DOUBLE, 0, groups.roots);
      if (run.is_root)
        for (const Line &line : all)
          write(line);
    }
    const unsigned int own = groups.is_root ? n_failed : 0;
    unsigned int all = 0;
    MPI_Allreduce(&own, &all, 1, MPI_UNSIGNED, MPI_SUM, run.comm);
    return all;
  }
} // namespace nodal
