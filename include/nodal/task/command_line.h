// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_command_line_h
#define nodal_task_command_line_h

#include <string>
#include <vector>

namespace nodal
{
  /// What the words after `nodal` ask for.
  struct CommandLine
  {
    /// Parse @p words. Throws BadInput for one that is not understood.
    explicit CommandLine(const std::vector<std::string> &words);

    std::string task;                   ///< a registered task, "run", or empty
    std::string parameter_file;         ///< may be empty
    std::vector<std::string> overrides; ///< of --set
    std::string output;                 ///< of --output
    bool resume = false;
    bool help = false, version = false, validate = false;
    bool parameters = false; ///< --parameters, of this section and format:
    std::string section, format = "prm";
    std::string list; ///< of --list

    /// Words that begin with one dash, and their values: PETSc's options.
    std::vector<std::string> petsc_options;

    static std::string usage();
  };

  /// Carry out @p command on all ranks; returns the exit code. MPI and PETSc
  /// have been initialised.
  int execute(const CommandLine &command);
} // namespace nodal

#endif
