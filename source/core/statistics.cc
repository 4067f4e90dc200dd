// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/statistics.h>
#include <nodal/core/text.h>

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace nodal
{
  std::string to_text(const double value, const unsigned int digits)
  {
    char buffer[64];
    std::snprintf(buffer, sizeof(buffer), "%.*g", int(digits), value);
    return buffer;
  }

  Statistics::Statistics(const bool is_active, const std::string &name,
                         const bool append)
      : is_active(is_active)
  {
    if (!is_active || name.empty())
      return;
    std::ifstream before(append ? name : "");
    for (std::string present; std::getline(before, present);)
      if (!present.empty() && std::isalpha(present.front()))
        header = split(present, ',');
    file.open(name, append ? std::ios::app : std::ios::trunc);
  }

  void Statistics::set(const std::string &column, const double value)
  {
    set(column, to_text(value, 10));
  }

  void Statistics::set(const std::string &column, const std::string &value)
  {
    const auto same =
        std::find_if(line.begin(), line.end(),
                     [&](auto &entry) { return entry.first == column; });
    if (same != line.end())
      same->second = value;
    else
      line.emplace_back(column, value);
  }

  void Statistics::end_line()
  {
    if (is_active)
    {
      std::vector<std::string> columns;
      for (const auto &entry : line)
        columns.push_back(entry.first);
      if (columns != header)
      {
        header = columns;
        for (const auto &entry : line)
          file << (&entry == &line.front() ? "" : ",") << entry.first;
        file << '\n';
      }
      for (const auto &entry : line)
        file << (&entry == &line.front() ? "" : ",") << entry.second;
      file << std::endl;
    }
    line.clear();
  }
} // namespace nodal
