// SPDX-License-Identifier: LGPL-2.1-or-later
#include "table.h"

#include <nodal/core/memory.h>
#include <nodal/core/threads.h>
#include <nodal/core/version.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <limits>
#include <string>

namespace nodal
{
  void finish_case(std::vector<BenchmarkRow> &rows)
  {
    if (rows.empty())
      return;
    double best = std::numeric_limits<double>::infinity(), best_solve = best;
    for (const BenchmarkRow &row : rows)
      if (row.is_classical && row.share_failed == 0)
      {
        best = std::min(best, row.cpu_ms);
        best_solve = std::min(best_solve, row.cpu_ms - row.setup_ms);
      }
    // Not every benchmark tells set-up and solve apart.
    const bool has_setup =
        std::any_of(rows.begin(), rows.end(),
                    [](const BenchmarkRow &row) { return row.setup_ms > 0; });
    std::printf("\n%s, n = %u\n%-62s %10s %10s ",
                rows[0].benchmark_case.c_str(), rows[0].n, "method",
                "iterations", "CPU ms");
    if (has_setup)
      std::printf("%10s ", "set-up ms");
    std::printf("%10s %8s %8s%s\n", "residual", "failed", "ratio",
                has_setup ? " of solve" : "");
    for (BenchmarkRow &row : rows)
    {
      row.ratio = row.share_failed == 0 ? best / row.cpu_ms : 0;
      std::printf("%-62s %10.1f %10.2f ", row.method.c_str(), row.iterations,
                  row.cpu_ms);
      if (has_setup)
      {
        row.solve_ratio = row.share_failed == 0
                              ? best_solve / (row.cpu_ms - row.setup_ms)
                              : 0;
        std::printf("%10.2f ", row.setup_ms);
      }
      std::printf("%10.1e %7.0f%% %8.2f", row.certified_residual,
                  100 * row.share_failed, row.ratio);
      if (has_setup)
        std::printf(" %8.2f", row.solve_ratio);
      std::printf("\n");
    }
    std::fflush(stdout);
  }

  void write_csv(const std::string &file, const std::vector<BenchmarkRow> &rows)
  {
    std::ofstream out(file);
    out << "case,method,n,iterations,cpu_ms,certified_residual,ratio,"
           "share_failed,setup_ms,solve_ratio\n";
    for (const BenchmarkRow &row : rows)
      out << '"' << row.benchmark_case << "\",\"" << row.method << "\","
          << row.n << ',' << row.iterations << ',' << row.cpu_ms << ','
          << row.certified_residual << ',' << row.ratio << ','
          << row.share_failed << ',' << row.setup_ms << ',' << row.solve_ratio
          << '\n';
  }

  bool read_options(const int argc, char *argv[], const char *const program,
                    CaseOptions &options)
  {
    for (int i = 1; i < argc; ++i)
      if (std::string(argv[i]) == "--quick")
        options.is_quick = true;
      else if (std::string(argv[i]) == "--case" && i + 1 < argc)
        options.chosen = argv[++i];
      else
      {
        std::fprintf(stderr, "usage: %s [--quick] [--case TEXT]\n", program);
        return false;
      }
    return true;
  }

  double cpu_seconds()
  {
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
  }

  std::string environment()
  {
    std::string cpu = "unknown processor", line;
    std::ifstream info("/proc/cpuinfo");
    while (std::getline(info, line))
      if (line.rfind("model name", 0) == 0)
        cpu = line.substr(line.find(':') + 2);
    auto version = versions();
    keep_freed_memory();
    const std::string warning = blas_warning();
    return cpu + ", " + std::to_string(limit_threads()) + " thread, deal.II " +
           version["deal.II"] + ", PETSc " + version["PETSc"] + ", Trilinos " +
           version["Trilinos"] + ", git " + version["git"] + ", " +
           version["build type"] + (warning.empty() ? "" : "\n" + warning);
  }
} // namespace nodal
