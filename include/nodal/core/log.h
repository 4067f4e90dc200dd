// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_log_h
#define nodal_core_log_h

#include <chrono>
#include <fstream>
#include <string>

namespace nodal
{
  /// Lines for the user: on the screen and in log.txt, from one rank only.
  class Log
  {
  public:
    /// @p file is opened if @p is_active; @p append keeps what it holds.
    Log(bool is_active, const std::string &file, bool append);

    /// Write one line.
    void operator()(const std::string &line);

    /// Write one line to the file only.
    void quiet(const std::string &line);

    /**
     * Report that @p done of @p total pieces of work are finished, with rate
     * and time left: at most every few seconds, and at the end. @p what names
     * a piece, as in "samples".
     */
    void progress(const std::string &what, unsigned long done,
                  unsigned long total);

  private:
    using Clock = std::chrono::steady_clock;

    const bool is_active;
    std::ofstream file;
    Clock::time_point progress_start, last_progress;
    unsigned long progress_base = 0;
    bool in_progress = false;
  };
} // namespace nodal

#endif
