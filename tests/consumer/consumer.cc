// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>

#include <iostream>

int
main()
{
  for (const auto &entry : nodal::RegistryKinds::list("problem"))
    std::cout << entry.name << ": " << entry.description << '\n';
}
