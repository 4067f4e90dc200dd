// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_choice_h
#define nodal_core_choice_h

#include <nodal/core/parameters.h>
#include <nodal/core/registry.h>

namespace nodal
{
  /**
   * One registered implementation of @p Interface, chosen by the parameter
   * file. add_parameters() declares the entry that holds the name and, in one
   * subsection per registered class, that class's own parameters.
   */
  template <class Interface>
  class Choice
  {
  public:
    explicit Choice(const std::string &default_name) : chosen(default_name)
    {
      for (const RegistryEntry &entry : Registry<Interface>::list())
        candidates[entry.name] = Registry<Interface>::create(entry.name);
    }

    /**
     * Declare entry @p entry and the subsections of all candidates in the
     * section that is open. @p extra are names that the entry accepts but for
     * which there is no object, as "none". If @p section is not empty, the
     * subsections go into a subsection of that name.
     */
    void add_parameters(Parameters &prm, const std::string &entry,
                        const std::string &documentation,
                        const std::vector<std::string> &extra = {},
                        const std::string &section = "")
    {
      std::vector<std::string> names = extra;
      std::string text = documentation;
      for (const RegistryEntry &e : Registry<Interface>::list())
      {
        names.push_back(e.name);
        text += "\n'" + e.name + "': " + e.description;
      }
      path = prm.path(entry);
      prm.add(entry, chosen, text, names);
      std::unique_ptr<Parameters::Section> outer;
      if (!section.empty())
        outer = std::make_unique<Parameters::Section>(prm, section);
      for (auto &[name, candidate] : candidates)
      {
        Parameters::Section inner(prm, name);
        candidate->add_parameters(prm);
      }
    }

    /// True if the name chosen is that of a registered class.
    bool has_object() const
    {
      return candidates.count(chosen) > 0;
    }

    const std::string &name() const
    {
      return chosen;
    }

    /// Full name of the entry that holds the choice, for messages.
    const std::string &entry() const
    {
      return path;
    }

    /// Choose from code rather than from a file.
    void choose(const std::string &name)
    {
      chosen = name;
    }

    /// The object called @p name, chosen or not. It must exist.
    Interface &get(const std::string &name) const
    {
      return *candidates.at(name);
    }

    Interface &operator*() const
    {
      return *candidates.at(chosen);
    }

    Interface *operator->() const
    {
      return candidates.at(chosen).get();
    }

  private:
    std::string chosen;
    std::string path;
    std::map<std::string, std::unique_ptr<Interface>> candidates;
  };
} // namespace nodal

#endif
