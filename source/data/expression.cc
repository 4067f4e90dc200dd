// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/text.h>
#include <nodal/data/sampler.h>

#include <deal.II/base/function_parser.h>

#include <cstdio>

namespace nodal
{
  using namespace dealii;

  /// A formula in x, y, z with random parameters a0, a1, … per sample.
  template <int dim>
  class Expression : public Sampler<dim>
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      path = prm.path("");
      prm.add("Expression", expression,
              "In x, y, z, pi and a0, a1, ...; components separated by `;`.");
      prm.add("Parameters", laws,
              "How a0, a1, ... are drawn, separated by `;`: `uniform(lower, "
              "upper)` or `normal(mean, deviation)`.");
    }

    void check(const unsigned int n_components) const override
    {
      const std::vector<Law> parsed = parse_laws();
      make_function(n_components, std::vector<double>(parsed.size(), 0.5));
    }

    void prepare(const Sites<dim> &all_sites) override
    {
      sites = &all_sites;
    }

    void sample(Random random, const unsigned int n_components,
                std::vector<double> &values) override
    {
      std::vector<double> parameters;
      for (const Law &law : parse_laws())
        parameters.push_back(law.is_normal
                                 ? law.first + law.second * random.normal()
                                 : law.first + (law.second - law.first) *
                                                   random.uniform());
      const auto function = make_function(n_components, parameters);
      for (std::size_t i = 0; i < sites->points.size(); ++i)
        for (unsigned int c = 0; c < n_components; ++c)
          values[i * n_components + c] = function->value(sites->points[i], c);
    }

  private:
    struct Law
    {
      bool is_normal;
      double first, second;
    };

    std::vector<Law> parse_laws() const
    {
      std::vector<Law> result;
      for (const std::string &text : split(laws, ';'))
      {
        Law law = {};
        int end = 0;
        const int length = text.size();
        law.is_normal = std::sscanf(text.c_str(), "normal ( %lf , %lf )%n",
                                    &law.first, &law.second, &end) == 2 &&
                        end == length;
        const bool is_uniform =
            !law.is_normal &&
            std::sscanf(text.c_str(), "uniform ( %lf , %lf )%n", &law.first,
                        &law.second, &end) == 2 &&
            end == length;
        if (!law.is_normal && !is_uniform)
          throw BadInput("'" + text +
                             "' is neither 'uniform(lower, upper)' nor "
                             "'normal(mean, deviation)'.",
                         path + "Parameters");
        result.push_back(law);
      }
      return result;
    }

    std::unique_ptr<FunctionParser<dim>>
    make_function(const unsigned int n_components,
                  const std::vector<double> &parameters) const
    {
      const std::vector<std::string> parts = split(expression, ';');
      if (parts.size() != n_components)
        throw BadInput("The expression has " + std::to_string(parts.size()) +
                           " components, not " + std::to_string(n_components) +
                           "; separate components by ';'.",
                       path + "Expression");
      std::map<std::string, double> constants = {{"pi", M_PI}};
      for (unsigned int i = 0; i < parameters.size(); ++i)
        constants["a" + std::to_string(i)] = parameters[i];
      auto function = std::make_unique<FunctionParser<dim>>(n_components);
      try
      {
        function->initialize(FunctionParser<dim>::default_variable_names(),
                             parts, constants);
        // The parser reads the text when it is first evaluated.
        Vector<double> values(n_components);
        function->vector_value(Point<dim>(), values);
      }
      catch (const ExceptionBase &)
      {
        throw BadInput("The expression '" + expression +
                           "' is not understood; it may use x, y, z, pi and "
                           "as many a0, a1, ... as there are Parameters.",
                       path + "Expression");
      }
      return function;
    }

    std::string expression = "a0*sin(pi*x)*sin(pi*y)";
    std::string laws = "uniform(0.5, 2)";
    std::string path;
    const Sites<dim> *sites = nullptr;
  };

  NODAL_REGISTER_DIM(Sampler, Expression, "expression",
                     "A formula in x, y, z with random parameters.")
} // namespace nodal
