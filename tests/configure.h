// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_configure_h
#define nodal_tests_configure_h

#include <nodal/core/parameters.h>

#include <string>

/// Set entries of @p object in code as a parameter file would.
template <class Object>
void
configure(Object &object, const std::string &text)
{
  nodal::Parameters prm;
  object.add_parameters(prm);
  prm.apply(nodal::ParameterFile::parse(text, "test"));
}

#endif
