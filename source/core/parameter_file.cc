// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/parameter_file.h>
#include <nodal/core/text.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace nodal
{
  namespace
  {
    /// Reads the lines of a parameter file one by one.
    class Parser
    {
    public:
      Parser(const std::string &name, std::vector<ParameterSetting> &settings)
          : name(name), settings(settings)
      {
      }

      void parse(const std::string &text)
      {
        std::istringstream stream(text);
        std::string logical;
        unsigned int first = 0;
        for (std::string line; std::getline(stream, line);)
        {
          ++line_number;
          if (logical.empty())
            first = line_number;
          line = trim(line.substr(0, line.find('#')));
          if (!line.empty() && line.back() == '\\')
          {
            logical += line.substr(0, line.size() - 1);
            continue;
          }
          logical += line;
          read_line(trim(logical), first);
          logical.clear();
        }
        if (!logical.empty())
          read_line(trim(logical), first);
        if (!sections.empty())
          fail(line_number,
               "subsection '" + sections.back().first + "' of line " +
                   std::to_string(sections.back().second) + " has no 'end'.");
      }

    private:
      [[noreturn]] void fail(const unsigned int line,
                             const std::string &sentence) const
      {
        throw BadInput(name + ":" + std::to_string(line) + ": " + sentence);
      }

      void read_line(const std::string &line, const unsigned int number)
      {
        if (line.empty())
          return;
        const std::size_t space = line.find_first_of(" \t");
        const std::string word = line.substr(0, space);
        const std::string rest =
            space == std::string::npos ? "" : trim(line.substr(space));
        if (word == "subsection" && !rest.empty())
          sections.emplace_back(rest, number);
        else if (word == "end" && rest.empty())
        {
          if (sections.empty())
            fail(number, "'end' without a subsection.");
          sections.pop_back();
        }
        else if (word == "set" && rest.find('=') != std::string::npos)
          read_setting(rest, number);
        else
          fail(number, "the line '" + line.substr(0, 80) +
                           "' is neither 'set Entry = value', 'subsection "
                           "Name' nor 'end'.");
      }

      void read_setting(const std::string &rest, const unsigned int number)
      {
        const std::size_t equals = rest.find('=');
        std::string path;
        for (const auto &section : sections)
          path += section.first + "/";
        path += trim(rest.substr(0, equals));
        for (const ParameterSetting &other : settings)
          if (other.path == path)
            fail(number, "entry '" + path + "' is already set at " +
                             other.position + "; remove one of the two.");
        settings.push_back({path, trim(rest.substr(equals + 1)),
                            name + ":" + std::to_string(number)});
      }

      const std::string name;
      std::vector<ParameterSetting> &settings;
      std::vector<std::pair<std::string, unsigned int>> sections;
      unsigned int line_number = 0;
    };

    /// The content of @p file, or a sentence about why there is none.
    bool read_whole(const std::string &file, std::string &text)
    {
      namespace fs = std::filesystem;
      std::error_code error;
      if (!fs::exists(file, error))
        text = "there is no such file.";
      else if (fs::is_directory(file, error))
        text = "this is a folder, not a parameter file.";
      else if (fs::is_regular_file(file, error) &&
               fs::file_size(file, error) > (1u << 24))
        text = "this is larger than 16 MiB and no parameter file.";
      else
      {
        std::ifstream stream(file, std::ios::binary);
        std::ostringstream content;
        content << stream.rdbuf();
        text = content.str();
        if (stream && text.find('\0') == std::string::npos)
          return true;
        text = stream ? "this is a binary file, not a parameter file."
                      : "the file cannot be read.";
      }
      return false;
    }
  } // namespace

  ParameterFile ParameterFile::read(const std::string &file, MPI_Comm comm)
  {
    int rank;
    MPI_Comm_rank(comm, &rank);
    std::string text;
    unsigned long header[2] = {0, 0};
    if (rank == 0)
    {
      header[0] = read_whole(file, text);
      header[1] = text.size();
    }
    MPI_Bcast(header, 2, MPI_UNSIGNED_LONG, 0, comm);
    text.resize(header[1]);
    MPI_Bcast(&text[0], header[1], MPI_CHAR, 0, comm);
    if (!header[0])
      throw BadInput(file + ": " + text);
    ParameterFile result = parse(text, file);
    result.directory = std::filesystem::path(file).parent_path().string();
    if (result.directory.empty())
      result.directory = ".";
    return result;
  }

  ParameterFile ParameterFile::parse(const std::string &text,
                                     const std::string &name)
  {
    ParameterFile result;
    result.source = text;
    Parser(name, result.all).parse(text);
    return result;
  }

  void ParameterFile::override_entry(const std::string &assignment)
  {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0)
      throw BadInput("--set \"" + assignment +
                     "\" is not of the form \"Section/Entry=value\".");
    const std::string value = trim(assignment.substr(equals + 1));
    if (value.find_first_of(std::string("#\n\0", 3)) != std::string::npos ||
        (!value.empty() && value.back() == '\\'))
      throw BadInput("--set \"" + assignment +
                     "\" has a value that no parameter file can hold: it has "
                     "a '#' or a new line, or ends in '\\'.");
    std::vector<std::string> parts = split(assignment.substr(0, equals), '/');
    const std::string path = join(parts, "/");
    const ParameterSetting setting = {path, value,
                                      "--set \"" + assignment + "\""};
    const auto old =
        std::find_if(all.begin(), all.end(),
                     [&](const auto &other) { return other.path == path; });
    if (old == all.end())
      all.push_back(setting);
    else
      *old = setting;
  }

  std::string ParameterFile::value(const std::string &path,
                                   const std::string &default_value) const
  {
    for (const ParameterSetting &setting : all)
      if (setting.path == path)
        return setting.value;
    return default_value;
  }
} // namespace nodal
