// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_parameter_file_h
#define nodal_core_parameter_file_h

#include <mpi.h>

#include <map>
#include <string>
#include <vector>

namespace nodal
{
  /// One `set Entry = value` of a parameter file and where it stands.
  struct ParameterSetting
  {
    std::string path;     ///< full name, "Section/Entry"
    std::string value;    ///< trimmed, comments removed
    std::string position; ///< "file.prm:12" or "--set"
  };

  /**
   * The syntax of a parameter file in deal.II's format: `subsection NAME`,
   * `end`, `set ENTRY = VALUE`, `#` comments, and `\` at the end of a line that
   * goes on. What the entries mean is known only to Parameters.
   */
  class ParameterFile
  {
  public:
    /// Read @p file on rank 0 of @p comm and broadcast it. Throws BadInput on
    /// all ranks if it cannot be read or is not a parameter file.
    static ParameterFile read(const std::string &file, MPI_Comm comm);

    /// Parse @p text; @p name stands for the file's name in messages. Throws
    /// BadInput on a line that is not understood or an entry given twice.
    static ParameterFile parse(const std::string &text,
                               const std::string &name);

    /// Replace or add one entry, @p assignment being "Section/Entry=value".
    void override_entry(const std::string &assignment);

    /// The value of entry @p path, or @p default_value where it is not set.
    std::string value(const std::string &path,
                      const std::string &default_value) const;

    const std::vector<ParameterSetting> &settings() const
    {
      return all;
    }

    /// The file as read, without overrides.
    const std::string &text() const
    {
      return source;
    }

    /// The folder of the file, against which relative paths are resolved.
    const std::string &folder() const
    {
      return directory;
    }

  private:
    std::vector<ParameterSetting> all;
    std::string source;
    std::string directory = ".";
  };
} // namespace nodal

#endif
