// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>
#include <nodal/data/input_sampling.h>

#include <algorithm>

namespace nodal
{
  template <int dim>
  void InputsSampling<dim>::add_parameters(
      Parameters &prm, const std::vector<FieldDescription> &all_inputs)
  {
    Parameters::Section section(prm, "Inputs");
    for (const FieldDescription &input : all_inputs)
      if (inputs.count(input.name) == 0)
      {
        inputs[input.name] = std::make_unique<InputSampling<dim>>(input);
        inputs[input.name]->add_parameters(prm);
      }
  }

  template <int dim>
  void InputsSampling<dim>::use(const std::vector<FieldDescription> &wanted,
                                const Parameters &prm)
  {
    order.clear();
    std::set<std::string> names;
    for (const FieldDescription &input : wanted)
    {
      order.push_back(input.name);
      names.insert(input.name);
    }
    for (const auto &entry : prm.declarations())
    {
      const std::vector<std::string> parts = split(entry.path, '/');
      if (parts.size() > 2 && parts[0] == "Inputs" &&
          names.count(parts[1]) == 0 && prm.is_changed(entry.path))
        throw BadInput("The problem has no input '" + parts[1] +
                           "'; its inputs are: " + join(order, ", ") + ".",
                       entry.path);
    }
    for (auto input = inputs.begin(); input != inputs.end();)
      input =
          names.count(input->first) ? std::next(input) : inputs.erase(input);
    for (const FieldDescription &input : wanted)
      inputs.at(input.name)->use(input, prm);
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
  bool InputsSampling<dim>::are_safe() const
  {
    return std::all_of(inputs.begin(), inputs.end(),
                       [](const auto &entry)
                       { return entry.second->is_safe(); });
  }

  template <int dim>
  std::vector<FieldDescription> InputsSampling<dim>::of_the_system() const
  {
    std::vector<FieldDescription> result;
    for (const std::string &name : order)
      if (inputs.at(name)->needs_system())
        result.push_back(inputs.at(name)->description);
    return result;
  }

  template <int dim>
  void
  InputsSampling<dim>::set_equation(const SteadyProblem<dim> &new_problem,
                                    const BoundaryConditions<dim> &new_boundary)
  {
    problem = &new_problem;
    boundary = &new_boundary;
  }

  template <int dim>
  void InputsSampling<dim>::prepare(const Space<dim> &space,
                                    const Numbering<dim> &numbering)
  {
    system.reset();
    for (const std::string &name : order)
      inputs.at(name)->prepare(space, numbering);
    if (!of_the_system().empty())
      system = std::make_unique<SteadySystem<dim>>(space, *problem, *boundary);
    // What they refuse, they refuse before anything is assembled.
    for (const FieldDescription &input : of_the_system())
      inputs.at(input.name)->set_system(system->matrix());
  }

  template <int dim>
  Inputs<dim>
  InputsSampling<dim>::sample_without_system(const std::uint64_t seed,
                                             const unsigned int sample)
  {
    Inputs<dim> result;
    for (const std::string &name : order)
    {
      InputSampling<dim> &input = *inputs.at(name);
      if (input.needs_system())
        result[name].function =
            std::make_shared<dealii::Functions::ZeroFunction<dim>>(
                input.description.n_components);
      else
        result[name] =
            input.varies() ? input.sample(seed, sample) : input.fixed();
    }
    return result;
  }

  template <int dim>
  Inputs<dim> InputsSampling<dim>::sample(const std::uint64_t seed,
                                          const unsigned int sample)
  {
    Inputs<dim> result = sample_without_system(seed, sample);
    if (system)
      system->assemble(result);
    for (const FieldDescription &input : of_the_system())
    {
      inputs.at(input.name)->set_system(system->matrix());
      result[input.name] = inputs.at(input.name)->sample(seed, sample);
    }
    return result;
  }

  template class InputsSampling<2>;
  template class InputsSampling<3>;
} // namespace nodal
