// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_parameters_h
#define nodal_core_parameters_h

#include <nodal/core/parameter_file.h>

#include <deal.II/base/parameter_handler.h>

#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * All entries that a parameter file may set, each bound to a variable.
   *
   * An object that has parameters offers `add_parameters(Parameters &)`, which
   * calls add() once per entry: this declares name, default (the variable's
   * present value), bounds and documentation, and binds the variable. apply()
   * then checks a whole file against the declarations and writes the
   * variables. The values live in deal.II's ParameterHandler; this class adds
   * bounds on every number, positions in messages, and "Did you mean".
   */
  class Parameters
  {
  public:
    /// A subsection of the file, open as long as this object lives.
    class Section
    {
    public:
      Section(Parameters &parameters, const std::string &name);
      ~Section();
      Section(const Section &) = delete;

    private:
      Parameters &parameters;
    };

    /// What is known of one entry.
    struct Declaration
    {
      std::string path;
      std::string default_value;
      std::string pattern;
      std::string documentation;
    };

    /// Full name of entry @p name of the section that is open.
    std::string path(const std::string &name) const;

    /// An integer with bounds.
    void add(const std::string &name, unsigned int &variable,
             const std::string &documentation, unsigned int min = 0,
             unsigned int max = std::numeric_limits<int>::max());

    /// A number with bounds.
    void add(const std::string &name, double &variable,
             const std::string &documentation,
             double min = std::numeric_limits<double>::lowest(),
             double max = std::numeric_limits<double>::max());

    void add(const std::string &name, bool &variable,
             const std::string &documentation);

    /// Any text.
    void add(const std::string &name, std::string &variable,
             const std::string &documentation);

    /// One of the words in @p choices.
    void add(const std::string &name, std::string &variable,
             const std::string &documentation,
             const std::vector<std::string> &choices);

    /// A list of numbers, separated by commas, each within the bounds.
    void add(const std::string &name, std::vector<double> &variable,
             const std::string &documentation,
             double min = std::numeric_limits<double>::lowest(),
             double max = std::numeric_limits<double>::max());

    /// The name of a file to read. A relative name is looked up in the working
    /// folder, then in the folder of the parameter file; the variable, and
    /// as_prm(), get the absolute name of the one that is there.
    void add_file(const std::string &name, std::string &variable,
                  const std::string &documentation);

    /// Write every entry that @p file sets into its variable. Throws BadInput
    /// for an unknown entry or a value that its pattern refuses; then no
    /// variable has been written.
    void apply(const ParameterFile &file);

    /// "file.prm:12" where entry @p path was set, or an empty string.
    std::string position(const std::string &path) const;

    /// True if the file gives entry @p path another value than its default.
    bool is_changed(const std::string &path) const;

    /// The values in use, as a parameter file with the documentation.
    std::string as_prm(const std::string &section = "") const;

    /// The declarations as a table in Markdown.
    std::string as_markdown(const std::string &section = "") const;

    /// All entries by full name with the values in use, in order of
    /// declaration.
    std::vector<std::pair<std::string, std::string>> in_use() const;

    const std::vector<Declaration> &declarations() const
    {
      return declared;
    }

  private:
    template <class T>
    void declare(const std::string &name, T &variable,
                 const std::string &documentation,
                 const dealii::Patterns::PatternBase &pattern);

    const Declaration *find(const std::string &path) const;

    void check(const ParameterSetting &setting) const;

    std::string render(const std::string &section, bool markdown) const;

    dealii::ParameterHandler handler;
    std::vector<std::string> open_sections;
    std::vector<Declaration> declared;
    std::map<std::string, std::shared_ptr<dealii::Patterns::PatternBase>>
        patterns;
    std::map<std::string, std::string> values;
    std::map<std::string, std::string> positions;
    std::set<std::string> file_entries;
  };
} // namespace nodal

#endif
