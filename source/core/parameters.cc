// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/parameters.h>
#include <nodal/core/text.h>

#include <filesystem>
#include <set>
#include <sstream>

namespace nodal
{
  using namespace dealii;

  Parameters::Section::Section(Parameters &parameters, const std::string &name)
      : parameters(parameters)
  {
    parameters.open_sections.push_back(name);
    parameters.handler.enter_subsection(name);
  }

  Parameters::Section::~Section()
  {
    parameters.open_sections.pop_back();
    parameters.handler.leave_subsection();
  }

  std::string Parameters::path(const std::string &name) const
  {
    return open_sections.empty() ? name : join(open_sections, "/") + "/" + name;
  }

  template <class T>
  void Parameters::declare(const std::string &name, T &variable,
                           const std::string &documentation,
                           const Patterns::PatternBase &pattern)
  {
    Declaration entry;
    entry.path = path(name);
    Assert(find(entry.path) == nullptr,
           ExcMessage("Entry '" + entry.path + "' is declared twice."));
    handler.add_parameter(name, variable, documentation, pattern);
    entry.default_value = handler.get(name);
    entry.pattern = pattern.description(Patterns::PatternBase::Text);
    entry.documentation = documentation;
    patterns[entry.path] = pattern.clone();
    values[entry.path] = entry.default_value;
    declared.push_back(entry);
  }

  void Parameters::add(const std::string &name, unsigned int &variable,
                       const std::string &documentation, const unsigned int min,
                       const unsigned int max)
  {
    declare(name, variable, documentation, Patterns::Integer(min, max));
  }

  void Parameters::add(const std::string &name, double &variable,
                       const std::string &documentation, const double min,
                       const double max)
  {
    declare(name, variable, documentation, Patterns::Double(min, max));
  }

  void Parameters::add(const std::string &name, bool &variable,
                       const std::string &documentation)
  {
    declare(name, variable, documentation, Patterns::Bool());
  }

  void Parameters::add(const std::string &name, std::string &variable,
                       const std::string &documentation)
  {
    declare(name, variable, documentation, Patterns::Anything());
  }

  void Parameters::add(const std::string &name, std::string &variable,
                       const std::string &documentation,
                       const std::vector<std::string> &choices)
  {
    declare(name, variable, documentation,
            Patterns::Selection(join(choices, "|")));
  }

  void Parameters::add(const std::string &name, std::vector<double> &variable,
                       const std::string &documentation, const double min,
                       const double max)
  {
    declare(name, variable, documentation,
            Patterns::List(Patterns::Double(min, max), 0, 1000));
  }

  void Parameters::add_file(const std::string &name, std::string &variable,
                            const std::string &documentation)
  {
    file_entries.insert(path(name));
    add(name, variable,
        documentation + " A relative name is looked up in the working folder, "
                        "then in the folder of the parameter file.");
  }

  namespace
  {
    /// The absolute name of @p file if it is in the working folder or in
    /// @p folder, else @p file.
    std::string find_file(const std::string &file, const std::string &folder)
    {
      namespace fs = std::filesystem;
      std::error_code error;
      for (const fs::path &candidate :
           {fs::path(file), fs::path(folder) / file})
        if (!file.empty() && fs::exists(candidate, error))
          return fs::canonical(candidate, error).string();
      return file;
    }
  } // namespace

  const Parameters::Declaration *Parameters::find(const std::string &path) const
  {
    for (const Declaration &entry : declared)
      if (entry.path == path)
        return &entry;
    return nullptr;
  }

  void Parameters::check(const ParameterSetting &setting) const
  {
    const std::string where = setting.position + ": ";
    if (patterns.count(setting.path) == 0)
    {
      // The likeliest slip is in the last word; then in the whole name.
      std::vector<std::string> siblings, all;
      const std::size_t slash = setting.path.rfind('/') + 1;
      for (const Declaration &entry : declared)
      {
        all.push_back(entry.path);
        if (entry.path.compare(0, slash, setting.path, 0, slash) == 0)
          siblings.push_back(entry.path);
      }
      std::string hint = did_you_mean(setting.path, siblings);
      if (hint.empty())
        hint = did_you_mean(setting.path, all);
      throw BadInput(
          where + "there is no entry '" + setting.path + "'." +
          (hint.empty() ? " 'nodal --parameters' lists all entries." : hint));
    }
    const Patterns::PatternBase &pattern = *patterns.at(setting.path);
    if (pattern.match(setting.value))
      return;
    const std::string what = where + "entry '" + setting.path +
                             "' cannot be '" + setting.value + "'";
    std::string words = pattern.description(Patterns::PatternBase::Machine);
    if (words.rfind("[Selection ", 0) == 0)
    {
      words = words.substr(11, words.size() - 13); // "[Selection a|b ]"
      const std::vector<std::string> known = split(words, '|');
      throw BadInput(what + "; it is one of: " + join(known, ", ") + "." +
                     did_you_mean(setting.value, known));
    }
    throw BadInput(what + "; expected: " +
                   trim(pattern.description(Patterns::PatternBase::Text)) +
                   ".");
  }

  void Parameters::apply(const ParameterFile &file)
  {
    for (const ParameterSetting &setting : file.settings())
      check(setting);
    for (const ParameterSetting &setting : file.settings())
    {
      std::vector<std::string> parts = split(setting.path, '/');
      const std::string name = parts.back();
      parts.pop_back();
      for (const std::string &part : parts)
        handler.enter_subsection(part);
      const std::string value = file_entries.count(setting.path)
                                    ? find_file(setting.value, file.folder())
                                    : setting.value;
      handler.set(name, value);
      for (unsigned int i = 0; i < parts.size(); ++i)
        handler.leave_subsection();
      values[setting.path] = value;
      positions[setting.path] = setting.position;
    }
  }

  std::string Parameters::position(const std::string &path) const
  {
    const auto found = positions.find(path);
    return found == positions.end() ? "" : found->second;
  }

  bool Parameters::is_changed(const std::string &path) const
  {
    const Declaration *entry = find(path);
    return entry && values.at(path) != entry->default_value;
  }

  std::vector<std::pair<std::string, std::string>> Parameters::in_use() const
  {
    std::vector<std::pair<std::string, std::string>> result;
    for (const Declaration &entry : declared)
      result.emplace_back(entry.path, values.at(entry.path));
    return result;
  }

  std::string Parameters::as_prm(const std::string &section) const
  {
    return render(section, false);
  }

  std::string Parameters::as_markdown(const std::string &section) const
  {
    return render(section, true);
  }

  namespace
  {
    /// @p text in comment lines of at most 80 characters.
    void write_comment(std::ostream &out, const std::string &indent,
                       const std::string &text)
    {
      for (const std::string &paragraph : split(text, '\n'))
      {
        std::string line = indent + "#";
        std::istringstream words(paragraph);
        for (std::string word; words >> word;)
        {
          if (line.size() + word.size() > 78)
          {
            out << line << '\n';
            line = indent + "#";
          }
          line += " " + word;
        }
        out << line << '\n';
      }
    }

    std::string in_one_line(std::string text)
    {
      for (std::size_t i = 0; (i = text.find('\n', i)) != std::string::npos;)
        text.replace(i, 1, "<br>");
      for (std::size_t i = 0; (i = text.find('|', i)) != std::string::npos;
           i += 2)
        text.replace(i, 1, "\\|");
      return text;
    }
  } // namespace

  std::string Parameters::render(const std::string &section,
                                 const bool markdown) const
  {
    // Group by section, in the order of declaration.
    std::vector<std::string> order;
    std::map<std::string, std::vector<const Declaration *>> groups;
    for (const Declaration &entry : declared)
    {
      const std::size_t slash = entry.path.rfind('/');
      const std::string group =
          slash == std::string::npos ? "" : entry.path.substr(0, slash);
      if (!section.empty() && group != section &&
          group.compare(0, section.size() + 1, section + "/") != 0)
        continue;
      if (groups[group].empty())
        order.push_back(group);
      groups[group].push_back(&entry);
    }
    if (order.empty())
    {
      std::vector<std::string> known;
      for (const Declaration &entry : declared)
        known.push_back(entry.path.substr(0, entry.path.rfind('/')));
      throw BadInput("There is no section '" + section + "'." +
                     did_you_mean(section, known));
    }

    std::ostringstream out;
    for (const std::string &group : order)
    {
      if (markdown)
      {
        out << "\n## " << (group.empty() ? "Top level" : group)
            << "\n\n| Entry | Default | Values | Meaning |\n"
            << "|---|---|---|---|\n";
        for (const Declaration *entry : groups[group])
          out << "| " << entry->path.substr(entry->path.rfind('/') + 1)
              << " | `" << in_one_line(entry->default_value) << "` | "
              << in_one_line(trim(entry->pattern)) << " | "
              << in_one_line(entry->documentation) << " |\n";
        continue;
      }
      std::string indent;
      const std::vector<std::string> parts = split(group, '/');
      for (const std::string &part : parts)
      {
        out << indent << "subsection " << part << '\n';
        indent += "  ";
      }
      for (const Declaration *entry : groups[group])
      {
        write_comment(out, indent, entry->documentation);
        out << indent << "set "
            << entry->path.substr(entry->path.rfind('/') + 1) << " = "
            << values.at(entry->path) << "\n";
      }
      for (unsigned int i = parts.size(); i > 0; --i)
        out << std::string(2 * (i - 1), ' ') << "end\n";
      out << '\n';
    }
    return out.str();
  }
} // namespace nodal
