// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/log.h>
#include <nodal/core/statistics.h>

#include <iostream>

namespace nodal
{
  Log::Log(const bool is_active, const std::string &name, const bool append)
      : is_active(is_active)
  {
    if (is_active && !name.empty())
      file.open(name, append ? std::ios::app : std::ios::trunc);
  }

  void Log::operator()(const std::string &line)
  {
    if (!is_active)
      return;
    std::cout << line << std::endl;
    file << line << std::endl;
  }

  void Log::quiet(const std::string &line)
  {
    if (is_active)
      file << line << std::endl;
  }

  void Log::progress(const std::string &what, const unsigned long done,
                     const unsigned long total)
  {
    if (!is_active)
      return;
    const Clock::time_point now = Clock::now();
    if (!in_progress)
    {
      in_progress = true;
      progress_start = last_progress = now;
      progress_base = done;
    }
    const bool is_last = done >= total;
    if (is_last)
      in_progress = false;
    else if (now - last_progress < std::chrono::seconds(2))
      return;
    last_progress = now;

    const double seconds =
        std::chrono::duration<double>(now - progress_start).count();
    const double rate = (done - progress_base) / std::max(seconds, 1e-9);
    std::string line = "  " + std::to_string(done) + " of " +
                       std::to_string(total) + " " + what;
    if (done > progress_base)
      line += ", " + to_text(rate, 3) + " per second";
    if (!is_last && rate > 0)
      line += ", " + to_text((total - done) / rate, 3) + " s left";
    (*this)(line);
  }
} // namespace nodal
