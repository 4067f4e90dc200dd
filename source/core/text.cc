// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/text.h>

#include <algorithm>
#include <cctype>
#include <sstream>

namespace nodal
{
  std::string trim(const std::string &text)
  {
    const char *white = " \t\r\n\f\v";
    const std::size_t first = text.find_first_not_of(white);
    if (first == std::string::npos)
      return "";
    return text.substr(first, text.find_last_not_of(white) - first + 1);
  }

  std::vector<std::string> split(const std::string &text, const char separator)
  {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);)
      parts.push_back(trim(part));
    return parts;
  }

  std::string join(const std::vector<std::string> &parts,
                   const std::string &separator)
  {
    std::string result;
    for (const std::string &part : parts)
      result += (&part == &parts.front() ? "" : separator) + part;
    return result;
  }

  unsigned int edit_distance(const std::string &a, const std::string &b)
  {
    // Damerau and Levenshtein's recurrence; entries are short, so the whole
    // table is kept.
    const auto equal = [](const unsigned char x, const unsigned char y)
    { return std::tolower(x) == std::tolower(y); };
    std::vector<std::vector<unsigned int>> d(
        a.size() + 1, std::vector<unsigned int>(b.size() + 1));
    for (unsigned int i = 0; i <= a.size(); ++i)
      for (unsigned int j = 0; j <= b.size(); ++j)
      {
        if (i == 0 || j == 0)
        {
          d[i][j] = i + j;
          continue;
        }
        d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1,
                            d[i - 1][j - 1] + !equal(a[i - 1], b[j - 1])});
        if (i > 1 && j > 1 && equal(a[i - 1], b[j - 2]) &&
            equal(a[i - 2], b[j - 1]))
          d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    return d[a.size()][b.size()];
  }

  std::string did_you_mean(const std::string &name,
                           const std::vector<std::string> &known)
  {
    std::string nearest;
    unsigned int best = 1 + std::max<std::size_t>(2, name.size() / 3);
    for (const std::string &candidate : known)
    {
      // A whole parameter file can have thousands of entries: skip the
      // hopeless ones early.
      const std::size_t longer = std::max(name.size(), candidate.size());
      const std::size_t shorter = std::min(name.size(), candidate.size());
      if (longer - shorter >= best)
        continue;
      const unsigned int distance = edit_distance(name, candidate);
      if (distance < best)
      {
        best = distance;
        nearest = candidate;
      }
    }
    return nearest.empty() ? "" : " Did you mean '" + nearest + "'?";
  }
} // namespace nodal
