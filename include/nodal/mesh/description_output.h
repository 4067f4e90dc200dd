// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_description_output_h
#define nodal_mesh_description_output_h

#include <nodal/mesh/numbering.h>

#include <string>
#include <utility>
#include <vector>

namespace nodal
{
  /// Names and node values of scalar fields.
  using NamedFields = std::vector<std::pair<std::string, std::vector<double>>>;

  /// Write @p fields, one number per node of @p mesh each, on its linear cells
  /// to @p file, a .vtu for ParaView. Serial. Throws NumericalFailure if the
  /// file cannot be written.
  void write_vtu(const std::string &file, const MeshDescription &mesh,
                 const NamedFields &fields);
} // namespace nodal

#endif
