// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>
#include <nodal/data/input_sampling.h>
#include <nodal/pde/boundary_conditions.h>

#include <cmath>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    const char *const fixed_name = "fixed";

    /// A number of its own for every input name (FNV-1a), so that two inputs
    /// of one sample are independent whichever inputs a problem has.
    std::uint32_t stream_of(const std::string &name)
    {
      std::uint32_t hash = 2166136261u;
      for (const unsigned char letter : name)
        hash = (hash ^ letter) * 16777619u;
      // Samplers use the low bits for their components.
      return hash & ~0xffu;
    }
  } // namespace

  template <int dim>
  InputSampling<dim>::InputSampling(const FieldDescription &description)
      : description(description),
        sampler(std::make_unique<Choice<Sampler<dim>>>(fixed_name)),
        stream(stream_of(description.name))
  {
  }

  template <int dim>
  void InputSampling<dim>::add_parameters(Parameters &prm)
  {
    Parameters::Section section(prm, description.name);
    path = prm.path("");
    sampler->add_parameters(prm, "Sampler",
                            "How this input changes from sample to sample. "
                            "`fixed`: not at all, see Value.",
                            {fixed_name});
    prm.add("Value", value,
            "Where the input is fixed: an expression in x, y, z, components "
            "separated by `;`. Empty: the problem's default.");
    prm.add("Map", map,
            "From the random field g to the input: `none`: Mean + Deviation "
            "g; `log-normal`: exp(Mean + Deviation g); `threshold`: Below "
            "where g < Level, else Above.",
            {"none", "log-normal", "threshold"});
    prm.add("Mean", mean, "See Map.");
    prm.add("Deviation", deviation, "See Map.", 0);
    prm.add("Level", level, "See Map.");
    prm.add("Below", below, "See Map.");
    prm.add("Above", above, "See Map.");
  }

  template <int dim>
  void InputSampling<dim>::check() const
  {
    if (varies())
    {
      (*sampler)->check(description.n_components);
      if (!value.empty())
        throw BadInput("A fixed value and a sampler exclude each other; "
                       "remove one.",
                       path + "Value");
      if (description.is_positive && map == "threshold" &&
          (below <= 0 || above <= 0))
        throw BadInput("This input must be positive.",
                       path + (below <= 0 ? "Below" : "Above"));
    }
    else
      fixed();
  }

  template <int dim>
  bool InputSampling<dim>::varies() const
  {
    return sampler->has_object();
  }

  template <int dim>
  InputField<dim> InputSampling<dim>::fixed() const
  {
    const std::string text = value.empty() ? description.default_value : value;
    InputField<dim> field;
    field.function =
        parse_function<dim>(text, description.n_components, path + "Value");
    return field;
  }

  template <int dim>
  void InputSampling<dim>::prepare(const Space<dim> &space,
                                   const Numbering<dim> &numbering)
  {
    const Location where = description.location == Location::cell
                               ? Location::cell
                               : Location::node;
    sites = std::make_unique<Sites<dim>>(space, numbering, where);
    if (varies())
    {
      (*sampler)->prepare(*sites);
      return;
    }
    // A fixed value is known everywhere: find a wrong one before it is used.
    const InputField<dim> field = fixed();
    agree(space.mesh->comm,
          [&]
          {
            for (const Point<dim> &x : sites->points)
              for (unsigned int c = 0; c < description.n_components; ++c)
                require_valid(field.function->value(x, c));
          });
  }

  template <int dim>
  void InputSampling<dim>::require_valid(const double v) const
  {
    const std::string entry = path + (varies() ? "Sampler" : "Value");
    if (!std::isfinite(v))
      throw BadInput("The input '" + description.name + "' is not finite.",
                     entry);
    if (description.is_positive && v <= 0)
      throw BadInput(
          "The input '" + description.name + "' must be positive, but is " +
              std::to_string(v) + " somewhere" +
              (varies() ? "; use Map = log-normal or a larger Mean." : "."),
          entry);
  }

  template <int dim>
  void InputSampling<dim>::apply_map(std::vector<double> &values) const
  {
    for (double &v : values)
    {
      if (map == "threshold")
        v = v < level ? below : above;
      else
      {
        v = mean + deviation * v;
        if (map == "log-normal")
          v = std::exp(v);
      }
      require_valid(v);
    }
  }

  template <int dim>
  InputField<dim> InputSampling<dim>::sample(const std::uint64_t seed,
                                             const unsigned int sample)
  {
    if (!varies())
      return fixed();
    const unsigned int n = description.n_components;
    std::vector<double> values(sites->points.size() * n);
    (*sampler)->sample(Random(seed, sample, stream), n, values);
    agree(sites->space.mesh->comm, [&] { apply_map(values); });

    InputField<dim> field;
    if (sites->location == Location::cell)
      field.cell_values = std::move(values);
    else
      for (unsigned int c = 0; c < n; ++c)
      {
        FieldVector component = sites->space.vector(true);
        // All relevant nodes are known here: no exchange is needed.
        unsigned int i = 0;
        for (const auto node : sites->space.scalar_relevant)
          component(node) = values[n * i++ + c];
        field.node_values.push_back(std::move(component));
      }
    return field;
  }

  template <int dim>
  void InputsSampling<dim>::add_parameters(
      Parameters &prm, const std::vector<FieldDescription> &all_inputs)
  {
    Parameters::Section section(prm, "Inputs");
    for (const FieldDescription &input : all_inputs)
    {
      inputs[input.name] = std::make_unique<InputSampling<dim>>(input);
      inputs[input.name]->add_parameters(prm);
    }
  }

  template <int dim>
  void
  InputsSampling<dim>::use(const std::vector<FieldDescription> &problem_inputs,
                           const Parameters &prm)
  {
    order.clear();
    std::vector<std::string> names;
    for (const FieldDescription &input : problem_inputs)
    {
      names.push_back(input.name);
      inputs.at(input.name)->description = input;
      order.push_back(input.name);
    }
    // An entry for an input that the problem does not have is a mistake.
    for (const Parameters::Declaration &entry : prm.declarations())
    {
      const std::vector<std::string> parts = split(entry.path, '/');
      if (parts[0] == "Inputs" && !prm.position(entry.path).empty() &&
          std::find(names.begin(), names.end(), parts[1]) == names.end())
        throw BadInput("The problem has no input '" + parts[1] +
                           "'; its inputs are: " + join(names, ", ") + "." +
                           did_you_mean(parts[1], names),
                       entry.path);
    }
    for (const std::string &name : order)
      inputs.at(name)->check();
  }

  template <int dim>
  std::vector<FieldDescription> InputsSampling<dim>::varying() const
  {
    std::vector<FieldDescription> result;
    for (const std::string &name : order)
      if (inputs.at(name)->varies())
        result.push_back(inputs.at(name)->description);
    return result;
  }

  template <int dim>
  void InputsSampling<dim>::prepare(const Space<dim> &space,
                                    const Numbering<dim> &numbering)
  {
    for (const std::string &name : order)
      inputs.at(name)->prepare(space, numbering);
  }

  template <int dim>
  Inputs<dim> InputsSampling<dim>::sample(const std::uint64_t seed,
                                          const unsigned int sample)
  {
    Inputs<dim> result;
    for (const std::string &name : order)
      result[name] = inputs.at(name)->sample(seed, sample);
    return result;
  }

  template class InputSampling<2>;
  template class InputSampling<3>;
  template class InputsSampling<2>;
  template class InputsSampling<3>;
} // namespace nodal
