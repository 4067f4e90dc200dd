// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/pde/field.h>

namespace nodal
{
  std::string to_string(const Role role)
  {
    switch (role)
    {
    case Role::coefficient:
      return "coefficient";
    case Role::source:
      return "source";
    case Role::boundary_value:
      return "boundary value";
    case Role::geometry:
      return "geometry";
    case Role::initial_state:
      return "initial state";
    default:
      return "solution";
    }
  }

  std::string to_string(const Location location)
  {
    switch (location)
    {
    case Location::node:
      return "node";
    case Location::cell:
      return "cell";
    case Location::boundary:
      return "boundary";
    default:
      return "scalar";
    }
  }
} // namespace nodal
