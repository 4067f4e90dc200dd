// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>
#include <nodal/pde/expressions.h>

#include <cmath>
#include <iostream>
#include <sstream>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// Keeps what is written to std::cerr while it lives: deal.II prints what
    /// the parser says there, on every rank.
    class CapturedErrors
    {
    public:
      CapturedErrors() : before(std::cerr.rdbuf(text.rdbuf()))
      {
      }

      ~CapturedErrors()
      {
        std::cerr.rdbuf(before);
      }

      /// The parser's sentence.
      std::string reason() const
      {
        const std::string all = text.str(), key = "Message:  <";
        const std::size_t begin = all.find(key);
        if (begin == std::string::npos)
          return "it is not understood";
        const std::size_t end = all.find(">\n", begin);
        return all.substr(begin + key.size(), end - begin - key.size());
      }

    private:
      std::ostringstream text;
      std::streambuf *before;
    };
  } // namespace

  template <int dim>
  std::unique_ptr<FunctionParser<dim>> parse_expression(
      const std::string &expression, const unsigned int n_components,
      std::map<std::string, double> constants, const std::string &entry,
      const char separator, const std::string &variables)
  {
    const std::vector<std::string> parts = split(expression, separator);
    if (parts.size() != n_components)
      throw BadInput("The expression '" + expression + "' has " +
                         std::to_string(parts.size()) +
                         " components, separated by '" + separator +
                         "', where " + std::to_string(n_components) +
                         " are expected.",
                     entry);
    for (const std::string &part : parts)
      if (part.empty())
        throw BadInput("The expression '" + expression +
                           "' has an empty component; write 0.",
                       entry);
    constants["pi"] = M_PI;
    auto function = std::make_unique<FunctionParser<dim>>(n_components);
    const CapturedErrors errors;
    try
    {
      function->initialize(variables, parts, constants);
      for (unsigned int c = 0; c < n_components; ++c)
        function->value(Point<dim>(), c);
    }
    catch (const std::exception &)
    {
      throw BadInput("The expression '" + expression +
                         "' cannot be used: " + errors.reason() + ".",
                     entry);
    }
    return function;
  }

  template std::unique_ptr<FunctionParser<1>>
  parse_expression(const std::string &, unsigned int,
                   std::map<std::string, double>, const std::string &, char,
                   const std::string &);
  template std::unique_ptr<FunctionParser<2>>
  parse_expression(const std::string &, unsigned int,
                   std::map<std::string, double>, const std::string &, char,
                   const std::string &);
  template std::unique_ptr<FunctionParser<3>>
  parse_expression(const std::string &, unsigned int,
                   std::map<std::string, double>, const std::string &, char,
                   const std::string &);
} // namespace nodal
