// SPDX-License-Identifier: LGPL-2.1-or-later
#include "text_scanner.h"

#include <nodal/core/exceptions.h>

#include <cmath>
#include <cstdlib>

namespace nodal
{
  namespace
  {
    bool is_blank(const char c)
    {
      return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
    }

    /// @p word for a message: short, and without unprintable characters.
    std::string quoted(const std::string &word)
    {
      std::string result = "'";
      for (const char c : word.substr(0, 30))
        result += c >= ' ' && c < 127 ? c : '?';
      return result + (word.size() > 30 ? "...'" : "'");
    }
  } // namespace

  TextScanner::TextScanner(const std::string &text, const std::string &name,
                           const std::string &entry)
      : text(text), name(name), entry(entry)
  {
  }

  TextScanner::TextScanner(const std::string &text, const TextScanner &outer,
                           const std::size_t line)
      : line_number(line), text(text), name(outer.name), entry(outer.entry),
        lines_passed(line)
  {
  }

  std::string TextScanner::line()
  {
    line_number = lines_passed;
    const std::size_t end = std::min(text.find('\n', position), text.size());
    std::string result = text.substr(position, end - position);
    position = std::min(end + 1, text.size());
    ++lines_passed;
    if (!result.empty() && result.back() == '\r')
      result.pop_back();
    return result;
  }

  bool TextScanner::at_end()
  {
    for (; position < text.size(); ++position)
      if (text[position] == '\n')
        ++lines_passed;
      else if (!is_blank(text[position]))
        return false;
    return true;
  }

  bool TextScanner::next_is(const char c)
  {
    return !at_end() && text[position] == c;
  }

  std::string TextScanner::word_on_line()
  {
    while (position < text.size() && is_blank(text[position]))
      ++position;
    line_number = lines_passed;
    const std::size_t begin = position;
    while (position < text.size() && !is_blank(text[position]) &&
           text[position] != '\n')
      ++position;
    return text.substr(begin, position - begin);
  }

  std::string TextScanner::word(const std::string &what)
  {
    if (at_end())
    {
      line_number = lines_passed;
      fail("the file ends where " + what +
           " should follow; it is "
           "truncated");
    }
    return word_on_line();
  }

  std::int64_t TextScanner::integer(const std::string &what)
  {
    const std::string found = word(what);
    char *end = nullptr;
    const long long value = std::strtoll(found.c_str(), &end, 10);
    if (end != found.c_str() + found.size() || found.size() > 18)
      fail("expected " + what + ", but found " + quoted(found));
    return value;
  }

  double TextScanner::number(const std::string &what)
  {
    const std::string found = word(what);
    char *end = nullptr;
    const double value = std::strtod(found.c_str(), &end);
    if (end != found.c_str() + found.size() || !std::isfinite(value))
      fail("expected " + what + ", but found " + quoted(found));
    return value;
  }

  std::size_t TextScanner::count(const std::string &what)
  {
    const std::int64_t value = integer(what);
    if (value < 0)
      fail(what + " cannot be " + std::to_string(value));
    if (std::size_t(value) > (text.size() - position) / 2 + 1)
      fail(what + " is " + std::to_string(value) +
           ", but the file is too short for that many; it is truncated");
    return value;
  }

  void TextScanner::fail(const std::string &sentence,
                         const std::size_t line) const
  {
    throw BadInput("The mesh file '" + name + "' cannot be used, line " +
                       std::to_string(line == 0 ? line_number : line) + ": " +
                       sentence + ".",
                   entry);
  }
} // namespace nodal
