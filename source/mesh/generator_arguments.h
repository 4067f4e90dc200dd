// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_generator_arguments_h
#define nodal_source_mesh_generator_arguments_h

#include <string>
#include <vector>

namespace nodal
{
  /// The names that GridGenerator::generate_from_name_and_arguments() knows
  /// and nodal can check, for meshes of dimension @p dim.
  std::vector<std::string> generator_names(unsigned int dim);

  /// What arguments generator @p name has, as in "left : right : colorize".
  std::string generator_usage(const std::string &name);

  /**
   * An empty string if @p arguments suit generator @p name, or else what is
   * wrong with them. In a release build deal.II itself does not check them:
   * a slip can fill the memory.
   */
  std::string check_generator_arguments(const std::string &name,
                                        const std::string &arguments,
                                        unsigned int dim);
} // namespace nodal

#endif
