// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/text.h>
#include <nodal/data/sampler.h>
#include <nodal/pde/expressions.h>

#include <cmath>
#include <sstream>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// The distribution of one random parameter.
    struct Distribution
    {
      bool is_normal = false;
      double first = 0, second = 0;

      double draw(Random &random) const
      {
        return is_normal ? first + second * random.normal()
                         : first + (second - first) * random.uniform();
      }
    };

    /// "uniform(0, 1)" or "normal(0, 1)"; false if @p text is neither.
    bool parse(const std::string &text, Distribution &result)
    {
      const std::size_t open = text.find('(');
      if (open == std::string::npos || text.back() != ')')
        return false;
      const std::string name = trim(text.substr(0, open));
      result.is_normal = name == "normal";
      std::istringstream numbers(text.substr(open + 1, text.size() - open - 2));
      char comma = 0;
      std::string rest;
      if (!(numbers >> result.first >> comma >> result.second) ||
          comma != ',' || numbers >> rest)
        return false;
      return (name == "normal" && result.second >= 0) ||
             (name == "uniform" && result.first <= result.second);
    }

    /// A formula in the coordinates and up to ten random numbers.
    template <int dim>
    class Expression : public Sampler<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Expression", expression,
                "Formula in x, y, z, pi and the parameters a0 to a9; "
                "components are separated by ';'.");
        expression_path = prm.path("Expression");
        prm.add("Parameters", parameters,
                "Distributions of a0, a1, ..., separated by ';': "
                "uniform(lower, upper) or normal(mean, deviation). Every "
                "component of the field sees the same numbers.");
        parameters_path = prm.path("Parameters");
      }

      void check(const unsigned int n_components) const override
      {
        std::map<std::string, double> constants;
        Random random(0, 0, 0);
        draw(random, constants);
        parse_expression<dim>(expression, n_components, constants,
                              expression_path);
      }

      void prepare(const Sites<dim> &s) override
      {
        sites = &s;
      }

      void sample(Random random, const unsigned int n_components,
                  std::vector<double> &values) override
      {
        std::map<std::string, double> constants;
        draw(random, constants);
        const auto function = parse_expression<dim>(expression, n_components,
                                                    constants, expression_path);
        values.resize(sites->points.size() * n_components);
        for (std::size_t i = 0; i < sites->points.size(); ++i)
          for (unsigned int c = 0; c < n_components; ++c)
            values[i * n_components + c] = function->value(sites->points[i], c);
      }

    private:
      void draw(Random &random, std::map<std::string, double> &constants) const
      {
        if (trim(parameters).empty())
          return;
        const std::vector<std::string> parts = split(parameters, ';');
        if (parts.size() > 10)
          throw BadInput("There are more than ten random parameters.",
                         parameters_path);
        for (unsigned int i = 0; i < parts.size(); ++i)
        {
          Distribution distribution;
          if (parts[i].empty() || !parse(parts[i], distribution))
            throw BadInput("The distribution '" + parts[i] +
                               "' is neither uniform(lower, upper) nor "
                               "normal(mean, deviation).",
                           parameters_path);
          constants["a" + std::to_string(i)] = distribution.draw(random);
        }
      }

      std::string expression = "a0";
      std::string parameters = "uniform(0, 1)";
      std::string expression_path, parameters_path;
      const Sites<dim> *sites = nullptr;
    };
  } // namespace

  NODAL_REGISTER_DIM(Sampler, Expression, "expression",
                     "A formula in the coordinates with random parameters.")
} // namespace nodal
