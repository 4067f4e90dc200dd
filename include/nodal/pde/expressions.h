// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_expressions_h
#define nodal_pde_expressions_h

#include <deal.II/base/function_parser.h>

#include <map>
#include <memory>
#include <string>

namespace nodal
{
  /**
   * The function of x, y (and z) with @p n_components components that
   * @p expression gives, components separated by @p separator; `pi` and
   * @p constants may occur, and @p variables are other names for x, y, z.
   * Throws BadInput, with the parser's reason, that blames @p entry.
   */
  template <int dim>
  std::unique_ptr<dealii::FunctionParser<dim>>
  parse_expression(const std::string &expression, unsigned int n_components,
                   std::map<std::string, double> constants,
                   const std::string &entry, char separator = ';',
                   const std::string &variables =
                       dealii::FunctionParser<dim>::default_variable_names());
} // namespace nodal

#endif
