// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expressions.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>

#include <cmath>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// What the parser says, without deal.II's frame around it.
    std::string reason(const std::exception &error)
    {
      for (const std::string &line : split(error.what(), '\n'))
      {
        const std::size_t message = line.find("Message:");
        if (message != std::string::npos)
          return trim(line.substr(message + 8));
      }
      return "it is not understood";
    }
  } // namespace

  template <int dim>
  std::unique_ptr<FunctionParser<dim>> parse_expression(
      const std::string &expression, const unsigned int n_components,
      std::map<std::string, double> constants, const std::string &entry)
  {
    const std::vector<std::string> parts = split(expression, ';');
    if (parts.size() != n_components)
      throw BadInput("The expression '" + expression + "' has " +
                         std::to_string(parts.size()) +
                         " components, separated by ';', where " +
                         std::to_string(n_components) + " are expected.",
                     entry);
    constants["pi"] = M_PI;
    auto function = std::make_unique<FunctionParser<dim>>(n_components);
    try
    {
      function->initialize(FunctionParser<dim>::default_variable_names(), parts,
                           constants);
      for (unsigned int c = 0; c < n_components; ++c)
        function->value(Point<dim>(), c);
    }
    catch (const std::exception &error)
    {
      throw BadInput("The expression '" + expression +
                         "' cannot be used: " + reason(error) + ".",
                     entry);
    }
    return function;
  }

  template std::unique_ptr<FunctionParser<2>>
  parse_expression(const std::string &, unsigned int,
                   std::map<std::string, double>, const std::string &);
  template std::unique_ptr<FunctionParser<3>>
  parse_expression(const std::string &, unsigned int,
                   std::map<std::string, double>, const std::string &);
} // namespace nodal
