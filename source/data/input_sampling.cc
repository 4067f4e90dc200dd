// SPDX-License-Identifier: LGPL-2.1-or-later
#include "series_kernels.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/hash.h>
#include <nodal/core/statistics.h>
#include <nodal/core/text.h>
#include <nodal/data/input_sampling.h>
#include <nodal/pde/expressions.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// A stream of random numbers that depends on the name of the input alone,
    /// not on what other inputs vary.
    std::uint32_t hash(const std::string &name)
    {
      return Fnv1a<std::uint32_t>().add(name).value();
    }

    std::string written(const Vector<double> &values)
    {
      std::vector<std::string> parts;
      for (const double x : values)
        parts.push_back(to_text(x));
      return join(parts, "; ");
    }

    /// A constant, which is evaluated faster than the parser's function, if
    /// @p expression is nothing but numbers.
    template <int dim>
    std::shared_ptr<const Function<dim>>
    as_constant(const std::string &expression)
    {
      std::vector<double> values;
      for (const std::string &part : split(expression, ';'))
      {
        char *end = nullptr;
        values.push_back(std::strtod(part.c_str(), &end));
        if (part.empty() || *end != '\0')
          return nullptr;
      }
      return std::make_shared<Functions::ConstantFunction<dim>>(values);
    }
  } // namespace

  template <int dim>
  InputSampling<dim>::InputSampling(const FieldDescription &description)
      : description(description),
        sampler(std::make_unique<Choice<Sampler<dim>>>("fixed")),
        stream(hash(description.name))
  {
  }

  template <int dim>
  void InputSampling<dim>::add_parameters(Parameters &prm)
  {
    Parameters::Section section(prm, description.name);
    sampler->add_parameters(prm, "Sampler",
                            "How the " + to_string(description.role) +
                                " varies from sample to sample.\n'fixed': the "
                                "entry Value, for all samples.",
                            {"fixed"});
    path = prm.path("Value");
    prm.add("Value", value,
            "Formula in x, y, z and pi where the input is fixed; components "
            "are separated by ';'. Empty: the problem's own value. Unit: " +
                description.unit + ".");
    prm.add("Map", map,
            "What makes the input of the random field g. 'none': Mean + "
            "Deviation g. 'log-normal': exp(Mean + Deviation g). "
            "'threshold': Above where g > Level, Below elsewhere.",
            {"none", "log-normal", "threshold"});
    prm.add("Mean", mean, "Mean, of the logarithm for 'log-normal'.");
    prm.add("Deviation", deviation,
            "Standard deviation, of the logarithm for 'log-normal', where g "
            "has variance 1.",
            0);
    prm.add("Level", level, "Level of the map 'threshold'.");
    prm.add("Below", below, "Value of the map 'threshold' up to the level.");
    prm.add("Above", above, "Value of the map 'threshold' above the level.");
  }

  template <int dim>
  void InputSampling<dim>::use(const FieldDescription &input,
                               const Parameters &prm)
  {
    (void)prm;
    description = input;
    check();
  }

  template <int dim>
  void InputSampling<dim>::check() const
  {
    if (varies())
      (*sampler)->check(description.n_components);
    else
      fixed();
  }

  template <int dim>
  bool InputSampling<dim>::varies() const
  {
    return sampler->has_object();
  }

  template <int dim>
  bool InputSampling<dim>::needs_system() const
  {
    return varies() && (*sampler)->needs_system();
  }

  template <int dim>
  void InputSampling<dim>::set_system(Mat A)
  {
    try
    {
      if (description.role != Role::source)
        throw BadInput("The sampler '" + sampler->name() +
                       "' is for sources at nodes; choose another one for "
                       "this input.");
      (*sampler)->set_system(A);
    }
    catch (const BadInput &error)
    {
      throw BadInput(error.what(), sampler->entry());
    }
  }

  template <int dim>
  bool InputSampling<dim>::is_safe() const
  {
    if (!varies())
      return true;
    if (map == "log-normal") // does not overflow for any normal number drawn
      return !description.is_positive_definite &&
             std::abs(mean) + 20 * deviation < 700;
    if (map == "threshold")
      return !description.is_positive_definite &&
             (!description.is_positive || (below > 0 && above > 0));
    return !description.is_positive && !description.is_positive_definite;
  }

  template <int dim>
  InputField<dim> InputSampling<dim>::fixed() const
  {
    const std::string expression =
        value.empty() ? description.default_value : value;
    InputField<dim> field;
    field.function = fixed_function;
    if (fixed_function)
      return field;
    field.function =
        parse_expression<dim>(expression, description.n_components, {}, path);
    if (const auto constant = as_constant<dim>(expression))
      field.function = constant;
    return field;
  }

  template <int dim>
  void InputSampling<dim>::prepare(const Space<dim> &space,
                                   const Numbering<dim> &numbering)
  {
    const Location location = description.location == Location::boundary
                                  ? Location::node
                                  : description.location;
    sites = std::make_unique<Sites<dim>>(space, numbering, location);
    if (varies())
      (*sampler)->prepare(*sites);
    else
      check_fixed();
  }

  template <int dim>
  bool InputSampling<dim>::is_allowed(const double *values) const
  {
    const double *end = values + description.n_components;
    const bool positive = description.is_positive;
    return std::all_of(values, end,
                       [positive](const double x)
                       { return std::isfinite(x) && (!positive || x > 0); }) &&
           (!description.is_positive_definite ||
            is_positive_definite(symmetric_tensor<dim>(values)));
  }

  template <int dim>
  std::string InputSampling<dim>::demand() const
  {
    return description.is_positive_definite ? "a positive definite tensor"
           : description.is_positive        ? "positive"
                                            : "finite";
  }

  template <int dim>
  void InputSampling<dim>::check_fixed()
  {
    fixed_function = nullptr;
    const InputField<dim> field = fixed();
    fixed_function = field.function;
    Vector<double> values(description.n_components);
    std::string wrong;
    for (const Point<dim> &x : sites->points)
    {
      field.function->vector_value(x, values);
      if (!is_allowed(values.begin()))
        wrong = written(values);
    }
    agree(sites->space.mesh->comm,
          [&]
          {
            if (!wrong.empty())
              throw BadInput("The input '" + description.name + "' must be " +
                                 demand() + " everywhere, but is " + wrong +
                                 " somewhere on the mesh.",
                             path);
          });
  }

  template <int dim>
  void InputSampling<dim>::apply_map(std::vector<double> &values) const
  {
    if (map == "log-normal")
    {
      series::kernels().log_normal(values.size(), mean, deviation,
                                   values.data());
      return;
    }
    for (double &x : values)
      if (map == "threshold")
        x = x > level ? above : below;
      else
        x = mean + deviation * x;
  }

  template <int dim>
  void InputSampling<dim>::check_values(const std::vector<double> &values) const
  {
    const unsigned int n = description.n_components;
    bool is_bad = false;
    // On several ranks, cells of others have no values.
    if (sites->location == Location::cell &&
        size_of(sites->space.mesh->comm) > 1)
    {
      for (const auto &cell :
           sites->space.mesh->triangulation().active_cell_iterators())
        if (!cell->is_artificial())
          is_bad |= !is_allowed(&values[cell->active_cell_index() * n]);
    }
    else if (description.is_positive_definite)
      for (std::size_t i = 0; i < values.size(); i += n)
        is_bad |= !is_allowed(&values[i]);
    else
    {
      // What is not a number compares as false.
      constexpr double most = std::numeric_limits<double>::max();
      const double least = description.is_positive ? 0 : -most;
      const bool is_open = description.is_positive;
      std::size_t n_allowed = 0;
      for (const double x : values)
        n_allowed += (is_open ? x > least : x >= least) & (x <= most);
      is_bad = n_allowed < values.size();
    }
    agree(sites->space.mesh->comm,
          [&]
          {
            if (is_bad)
              throw BadInput(
                  "The input '" + description.name +
                      "' drawn by the sampler '" + sampler->name() +
                      "' has a value that is not finite" +
                      (demand() == "finite" ? "" : " or not " + demand()) +
                      (description.is_positive
                           ? "; the map 'log-normal' or 'threshold' gives "
                             "positive values."
                           : "."),
                  sampler->entry());
          });
  }

  template <int dim>
  InputField<dim> InputSampling<dim>::sample(const std::uint64_t seed,
                                             const unsigned int sample)
  {
    const unsigned int n = description.n_components;
    std::vector<double> values;
    (*sampler)->sample(Random(seed, sample, stream), n, values);
    apply_map(values);
    check_values(values);

    InputField<dim> field;
    if (sites->location == Location::scalar)
      field.function =
          std::make_shared<Functions::ConstantFunction<dim>>(values);
    else if (sites->location == Location::cell)
      field.cell_values = std::move(values);
    else
    {
      // A vector that grows would copy its members, without their halo.
      field.node_values.reserve(n);
      for (unsigned int c = 0; c < n; ++c)
      {
        const Space<dim> &space = sites->space;
        FieldVector component = space.vector(true);
        for (std::size_t i = 0; i < sites->points.size(); ++i)
        {
          const auto dof = space.scalar_relevant.nth_index_in_set(i);
          if (space.scalar_owned.is_element(dof))
            component(dof) = values[i * n + c];
        }
        component.update_ghost_values();
        field.node_values.push_back(std::move(component));
      }
    }
    return field;
  }

  template class InputSampling<2>;
  template class InputSampling<3>;
} // namespace nodal
