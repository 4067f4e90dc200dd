// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_text_h
#define nodal_core_text_h

#include <string>
#include <vector>

namespace nodal
{
  /// Split @p text at @p separator and trim white space off each part.
  std::vector<std::string> split(const std::string &text, char separator);

  /// @p text without white space at its ends.
  std::string trim(const std::string &text);

  /// @p parts with @p separator between them.
  std::string join(const std::vector<std::string> &parts,
                   const std::string &separator);

  /// Number of insertions, deletions, substitutions and swaps of neighbours
  /// between @p a and @p b, upper and lower case being equal.
  unsigned int edit_distance(const std::string &a, const std::string &b);

  /**
   * The sentence " Did you mean 'x'?" for the member of @p known that is
   * nearest to @p name, or an empty string if none is near.
   */
  std::string did_you_mean(const std::string &name,
                           const std::vector<std::string> &known);
} // namespace nodal

#endif
