// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_registry_h
#define nodal_core_registry_h

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

namespace nodal
{
  /// The name of a registered class and what it is, in one sentence.
  struct RegistryEntry
  {
    std::string name;
    std::string description;
  };

  /**
   * All registries of the program by kind ("problem", "sampler", ...), filled
   * by the registries themselves; `nodal --list KIND` prints from it.
   */
  class RegistryKinds
  {
  public:
    using Lister = std::function<std::vector<RegistryEntry>()>;

    static void add(const std::string &kind, const Lister &lister);

    /// Names of all kinds, sorted.
    static std::vector<std::string> kinds();

    /// The classes of one kind. Throws BadInput if there is no such kind.
    static std::vector<RegistryEntry> list(const std::string &kind);
  };

  /**
   * The classes that implement @p Interface, by name. A class enters by the
   * macros NODAL_REGISTER and NODAL_REGISTER_DIM in the last line of its
   * source file. @p Interface has a static function `kind()` that names what
   * it is.
   */
  template <class Interface>
  class Registry
  {
  public:
    using Factory = std::function<std::unique_ptr<Interface>()>;

    static void add(const std::string &name, const std::string &description,
                    const Factory &factory)
    {
      classes()[name] = {description, factory};
    }

    /// All registered classes, sorted by name.
    static std::vector<RegistryEntry> list()
    {
      std::vector<RegistryEntry> result;
      for (const auto &[name, entry] : classes())
        result.push_back({name, entry.first});
      return result;
    }

    /// The name of the class of @p object; empty if that is not registered.
    static std::string name_of(const Interface &object)
    {
      for (const auto &[name, entry] : classes())
      {
        const std::unique_ptr<Interface> other = entry.second();
        if (const Interface &same = *other; typeid(same) == typeid(object))
          return name;
      }
      return "";
    }

    /// A new object of the class called @p name, which must exist.
    static std::unique_ptr<Interface> create(const std::string &name)
    {
      return classes().at(name).second();
    }

  private:
    using Classes = std::map<std::string, std::pair<std::string, Factory>>;

    static Classes &classes()
    {
      static Classes classes = []
      {
        RegistryKinds::add(Interface::kind(), &Registry::list);
        return Classes();
      }();
      return classes;
    }
  };

  /// A static object of this type registers @p Class; see NODAL_REGISTER.
  template <class Interface, class Class>
  struct Registered
  {
    Registered(const char *name, const char *description)
    {
      Registry<Interface>::add(
          name, description,
          [] { return std::unique_ptr<Interface>(new Class()); });
    }
  };
} // namespace nodal

/// Register Class, an implementation of Interface, under a name. Class is one
/// word, within its namespace.
#define NODAL_REGISTER(Interface, Class, name, description)                    \
  namespace                                                                    \
  {                                                                            \
    const ::nodal::Registered<Interface, Class>                                \
        registered_##Class(name, description);                                 \
  }

/// Register Class<2> and Class<3>, implementations of Interface<dim>.
#define NODAL_REGISTER_DIM(Interface, Class, name, description)                \
  namespace                                                                    \
  {                                                                            \
    const ::nodal::Registered<Interface<2>, Class<2>>                          \
        registered_2d_##Class(name, description);                              \
    const ::nodal::Registered<Interface<3>, Class<3>>                          \
        registered_3d_##Class(name, description);                              \
  }

#endif
