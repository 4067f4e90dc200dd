// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_exceptions_h
#define nodal_core_exceptions_h

#include <stdexcept>
#include <string>

namespace nodal
{
  /// Exit codes of the `nodal` executable.
  enum ExitCode : int
  {
    exit_done = 0,
    exit_numerical_failure = 1,
    exit_bad_input = 2,
    exit_internal_error = 3
  };

  /**
   * The user's input cannot be used (exit code 2). The message is one sentence
   * that names what is wrong and what to do about it.
   *
   * @p entry is the full name of the parameter that is to blame, as in
   * "Mesh/file/File", or empty. The command line prints the file and line at
   * which that parameter was set in front of the message.
   */
  class BadInput : public std::runtime_error
  {
  public:
    explicit BadInput(const std::string &sentence,
                      const std::string &entry = "")
        : std::runtime_error(sentence), entry(entry)
    {
    }

    const std::string entry;
  };

  /// A computation did not reach what was asked of it (exit code 1).
  class NumericalFailure : public std::runtime_error
  {
  public:
    using std::runtime_error::runtime_error;
  };
} // namespace nodal

#endif
