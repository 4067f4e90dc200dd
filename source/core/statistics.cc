// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/statistics.h>
#include <nodal/core/text.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>

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
      : is_active(is_active), name(name)
  {
    if (!is_active || name.empty())
      return;
    std::ifstream before(append ? name : "");
    for (std::string present; std::getline(before, present);)
      if (!present.empty() && present.rfind("nan", 0) != 0 &&
          std::isalpha(static_cast<unsigned char>(present.front())))
        header = split(present, ',');
    file.open(name, append ? std::ios::app : std::ios::trunc);
  }

  std::uintmax_t Statistics::n_bytes()
  {
    if (!file.is_open())
      return 0;
    const std::streamoff place = file.flush().tellp();
    return place > 0 ? place : 0;
  }

  void Statistics::cut(const std::uintmax_t n_bytes)
  {
    if (!file.is_open())
      return;
    file.close();
    std::error_code error;
    if (std::filesystem::file_size(name, error) > n_bytes && !error)
      std::filesystem::resize_file(name, n_bytes, error);
    file.open(name, std::ios::app);
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
