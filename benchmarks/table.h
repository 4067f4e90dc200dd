// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_benchmarks_table_h
#define nodal_benchmarks_table_h

#include <string>
#include <vector>

namespace nodal
{
  /// One method on one case, averaged over the samples.
  struct BenchmarkRow
  {
    std::string benchmark_case, method;
    unsigned int n = 0;            ///< unknowns
    double iterations = 0;         ///< mean
    double cpu_ms = 0;             ///< mean per sample, set-up included
    double setup_ms = 0;           ///< mean per sample
    double certified_residual = 0; ///< the largest
    double ratio = 0; ///< CPU time of the best classical method over this one
    double solve_ratio = 0;  ///< the same without set-up
    double share_failed = 0; ///< share of samples that were not certified
    bool is_classical = true;
  };

  /// Fill in the ratios of the rows of one case and print them.
  void finish_case(std::vector<BenchmarkRow> &rows);

  /// Write all rows to @p file in the current folder.
  void write_csv(const std::string &file,
                 const std::vector<BenchmarkRow> &rows);

  /// Options of a benchmark with cases.
  struct CaseOptions
  {
    bool is_quick = false;
    std::string chosen; ///< what names of cases must contain
  };

  /// Read "[--quick] [--case TEXT]"; false, with a line on stderr that begins
  /// with @p program, if that is not what there is.
  bool read_options(int argc, char *argv[], const char *program,
                    CaseOptions &options);

  /// CPU seconds of this process.
  double cpu_seconds();

  /// One line about machine and versions; sets up the process as nodal does.
  std::string environment();
} // namespace nodal

#endif
