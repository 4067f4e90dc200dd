// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_statistics_h
#define nodal_core_statistics_h

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace nodal
{
  /// The table statistics.csv: one line per step of a task.
  class Statistics
  {
  public:
    /// Written only if @p is_active; @p append keeps what the file holds,
    /// whose last header stays.
    Statistics(bool is_active, const std::string &file, bool append);

    /// Set the value of @p column in the present line.
    void set(const std::string &column, double value);
    void set(const std::string &column, const std::string &value);

    /// Bytes that are written.
    std::uintmax_t n_bytes();

    /// Forget all but the first @p n_bytes, which a run goes on from.
    void cut(std::uintmax_t n_bytes);

    /// Write the present line. The columns are those of the first line; a
    /// line with other columns starts a new header.
    void end_line();

  private:
    const bool is_active;
    const std::string name;
    std::ofstream file;
    std::vector<std::pair<std::string, std::string>> line;
    std::vector<std::string> header;
  };

  /// @p value with at most @p digits significant digits.
  std::string to_text(double value, unsigned int digits = 6);
} // namespace nodal

#endif
