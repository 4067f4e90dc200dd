// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/task/sample_systems.h>

namespace nodal
{
  using namespace dealii;

  template <int dim>
  SampleSystems<dim>::SampleSystems(const DatasetReader &data) : data(data)
  {
    experiment.add_parameters(prm);
    // The file has the entries of all tasks; those of the experiment count.
    const ParameterFile all =
        ParameterFile::parse(data.parameters(), data.file());
    ParameterFile own;
    for (const Parameters::Declaration &entry : prm.declarations())
      if (const std::string value = all.value(entry.path, ""); !value.empty())
        own.override_entry(entry.path + "=" + value);
    prm.apply(own);
    experiment.check(prm);
  }

  template <int dim>
  bool SampleSystems<dim>::is_linear() const
  {
    return experiment.problem->traits().is_linear;
  }

  template <int dim>
  bool SampleSystems<dim>::is_spd() const
  {
    return experiment.problem->traits().is_spd;
  }

  template <int dim>
  bool SampleSystems<dim>::has_one_matrix() const
  {
    const ProblemTraits traits = experiment.problem->traits();
    if (!traits.is_linear || data.n_meshes() > 1)
      return false;
    for (const FieldDescription &input : experiment.inputs.varying())
      if (input.role != Role::boundary_value &&
          traits.in_rhs.count(input.name) == 0)
        return false;
    return true;
  }

  template <int dim>
  void SampleSystems<dim>::assemble(const unsigned int sample)
  {
    if (const unsigned int k = data.mesh_of(sample); !space || k != mesh)
    {
      mesh = k;
      system.reset();
      auto next =
          experiment.make_space(experiment.make_mesh(MPI_COMM_SELF, sample));
      auto next_numbering = std::make_unique<Numbering<dim>>(*next);
      experiment.inputs.prepare(*next, *next_numbering);
      numbering = std::move(next_numbering);
      space = std::move(next);
      if (numbering->description.support_points != data.mesh(k).support_points)
        throw BadInput("The mesh of sample " + std::to_string(sample) +
                       " of '" + data.file() +
                       "' is not what its parameters give now; make the data "
                       "set again.");
      system = std::make_unique<SteadySystem<dim>>(*space, *experiment.problem,
                                                   experiment.boundary);
    }
    Inputs<dim> inputs =
        experiment.inputs.sample_without_system(experiment.seed, sample);
    for (const FieldDescription &input : experiment.inputs.of_the_system())
      inputs[input.name] = from_file(input, sample);
    system->assemble(inputs);
  }

  template <int dim>
  InputField<dim> SampleSystems<dim>::from_file(const FieldDescription &input,
                                                const unsigned int sample) const
  {
    const std::vector<double> values = data.input(input.name, sample);
    const unsigned int n = input.n_components;
    InputField<dim> field;
    field.node_values.reserve(n);
    for (unsigned int c = 0; c < n; ++c)
    {
      FieldVector component = space->vector(true);
      for (std::size_t i = 0; i < numbering->node_number.size(); ++i)
        component(i) = values[numbering->node_number[i] * n + c];
      component.update_ghost_values();
      field.node_values.push_back(std::move(component));
    }
    return field;
  }

  template <int dim>
  void SampleSystems<dim>::copy(const std::vector<double> &values, Vec x) const
  {
    const unsigned int n = space->n_components;
    FieldVector field = space->vector();
    for (unsigned int i = 0; i < numbering->node_number.size(); ++i)
      for (unsigned int c = 0; c < n; ++c)
        field(i * n + c) = values[numbering->node_number[i] * n + c];
    nodal::copy(field, x);
  }

  template <int dim>
  std::vector<double> SampleSystems<dim>::values(Vec x) const
  {
    FieldVector field = space->vector();
    nodal::copy(x, field);
    system->distribute(field);
    return numbering->gather_nodes(field, false);
  }

  template class SampleSystems<2>;
  template class SampleSystems<3>;
} // namespace nodal
