// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_version_h
#define nodal_core_version_h

#include <map>
#include <string>

namespace nodal
{
  /// Versions of nodal and of the libraries it runs with, by name.
  std::map<std::string, std::string> versions();

  /// A sentence if the BLAS in use is the slow reference one, else empty.
  std::string blas_warning();
} // namespace nodal

#endif
