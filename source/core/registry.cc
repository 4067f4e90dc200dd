// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/text.h>

namespace nodal
{
  namespace
  {
    std::map<std::string, RegistryKinds::Lister> &listers()
    {
      static std::map<std::string, RegistryKinds::Lister> listers;
      return listers;
    }
  } // namespace

  void RegistryKinds::add(const std::string &kind, const Lister &lister)
  {
    listers()[kind] = lister;
  }

  std::vector<std::string> RegistryKinds::kinds()
  {
    std::vector<std::string> result;
    for (const auto &[kind, lister] : listers())
      result.push_back(kind);
    return result;
  }

  std::vector<RegistryEntry> RegistryKinds::list(const std::string &kind)
  {
    if (listers().count(kind) == 0)
      throw BadInput("There is no kind of plug-in called '" + kind + "'." +
                     did_you_mean(kind, kinds()) +
                     " Known kinds: " + join(kinds(), ", ") + ".");
    return listers().at(kind)();
  }
} // namespace nodal
