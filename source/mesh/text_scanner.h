// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_text_scanner_h
#define nodal_source_mesh_text_scanner_h

#include <cstdint>
#include <string>

namespace nodal
{
  /**
   * Words of a text, one after the other. What does not fit throws BadInput
   * with the name of the file and the number of the line.
   */
  class TextScanner
  {
  public:
    /// @p text must outlive the scanner; @p name is the file's in messages,
    /// @p entry the parameter to blame.
    TextScanner(const std::string &text, const std::string &name,
                const std::string &entry);

    /// A part of the file of @p outer, @p text, that stands in @p line.
    TextScanner(const std::string &text, const TextScanner &outer,
                std::size_t line);

    /// The rest of the line.
    std::string line();

    /// True if only white space is left; goes to the next word otherwise.
    bool at_end();

    /// True if the next word begins with @p c.
    bool next_is(char c);

    /// The next word, or an error that says that @p what was expected.
    std::string word(const std::string &what);

    /// The next word if it is on the present line, or an empty string.
    std::string word_on_line();

    std::int64_t integer(const std::string &what);

    /// A number that is finite.
    double number(const std::string &what);

    /// A number of things of which each takes two characters or more.
    std::size_t count(const std::string &what);

    /// Throw BadInput that blames line @p line, or the present one.
    [[noreturn]] void fail(const std::string &sentence,
                           std::size_t line = 0) const;

    /// Number of the line of the word that was read last.
    std::size_t line_number = 1;

  private:
    const std::string &text;
    const std::string name, entry;
    std::size_t position = 0;
    std::size_t lines_passed = 1;
  };
} // namespace nodal

#endif
