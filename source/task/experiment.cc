// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/statistics.h>
#include <nodal/pde/expressions.h>
#include <nodal/task/assimilation.h>
#include <nodal/task/closing.h>
#include <nodal/task/experiment.h>
#include <nodal/task/learning.h>
#include <nodal/time/mesh_evolution.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  template <int dim>
  Experiment<dim>::Experiment()
      : mesh_source("generator"), geometry("fixed"), problem("darcy"),
        stepper("ars 443"), learning(std::make_shared<Learning>()),
        assimilation(std::make_shared<Assimilation>()),
        closing(std::make_shared<Closing>())
  {
    for (const RegistryEntry &entry : Registry<EvolutionModel>::list())
      models[entry.name] = Registry<EvolutionModel>::create(entry.name);
    for (const RegistryEntry &entry : Registry<EvolutionProblem<dim>>::list())
      evolutions[entry.name] =
          Registry<EvolutionProblem<dim>>::create(entry.name);
  }

  namespace
  {
    /// The inputs of all registered problems, each name once.
    template <int dim>
    std::vector<FieldDescription> all_inputs()
    {
      std::vector<FieldDescription> result;
      const auto add = [&](const std::vector<FieldDescription> &inputs)
      {
        for (const FieldDescription &input : inputs)
          if (std::none_of(result.begin(), result.end(),
                           [&](const auto &other)
                           { return other.name == input.name; }))
            result.push_back(input);
      };
      for (const RegistryEntry &entry : Registry<SteadyProblem<dim>>::list())
        add(Registry<SteadyProblem<dim>>::create(entry.name)->inputs());
      for (const RegistryEntry &entry : Registry<EvolutionProblem<dim>>::list())
        add(Registry<EvolutionProblem<dim>>::create(entry.name)->inputs());
      return result;
    }
  } // namespace

  template <int dim>
  void Experiment<dim>::add_parameters(Parameters &prm)
  {
    {
      Parameters::Section section(prm, "Mesh");
      mesh_source.add_parameters(prm, "Source", "Where the mesh comes from.");
      geometry.add_parameters(prm, "Geometry",
                              "How the mesh changes from sample to sample.");
      prm.add("Refinements", refinements,
              "How often every cell of the mesh is refined.", 0, 12);
      prm.add("Local refinements", local_refinements,
              "How often, after that, cells are refined where the expression "
              "`Refine where` is positive.",
              0, 12);
      prm.add("Refine where", refine_where,
              "Expression in x, y, z, at the centres of cells.");
      prm.add("Degree", degree,
              "Polynomial degree of the Lagrange elements; 1 or 2 on "
              "triangles and tetrahedra.",
              1, 10);
    }
    {
      Parameters::Section section(prm, "Problem");
      std::vector<std::string> in_time;
      std::string text = "The equation to solve. Of those in time:";
      std::vector<RegistryEntry> known =
          Registry<EvolutionProblem<dim>>::list();
      for (const RegistryEntry &entry : Registry<EvolutionModel>::list())
        known.push_back(entry);
      for (const RegistryEntry &entry : known)
      {
        in_time.push_back(entry.name);
        text += "\n'" + entry.name + "': " + entry.description;
      }
      problem.add_parameters(prm, "Name", text + "\nSteady ones:", in_time);
      for (auto &[name, model] : models)
      {
        Parameters::Section inner(prm, name);
        model->add_parameters(prm);
      }
      for (auto &[name, evolution] : evolutions)
      {
        Parameters::Section inner(prm, name);
        evolution->add_parameters(prm);
      }
      boundary.add_parameters(prm);
    }
    inputs.add_parameters(prm, all_inputs<dim>());
    solver.add_parameters(prm);
    learning->add_parameters(prm);
    {
      Parameters::Section section(prm, "Solver");
      newton.add_parameters(prm);
    }
    {
      Parameters::Section section(prm, "Time");
      stepper.add_parameters(prm, "Stepper",
                             "How a problem in time gets from one time to the "
                             "next.");
      prm.add("Time step", time_step, "The same all the time.", 1e-12, 1e12);
      prm.add("End time", end_time, "Of a run that begins at 0.", 0, 1e12);
    }
    closing->add_parameters(prm);
    assimilation->add_parameters(prm);
    {
      Parameters::Section section(prm, "Dataset");
      prm.add("File", dataset_file,
              "Name of the data set; a relative name lies in the output "
              "folder.");
      prm.add("Samples", n_samples, "Number of samples.", 1, 100000000);
      prm.add("Seed", seed, "All random numbers follow from it.");
      prm.add("Precision", precision,
              "Of stored fields: `double` or `single`. Residuals are always "
              "those of the double precision solution.",
              {"double", "single"});
    }
    {
      Parameters::Section section(prm, "Parallel");
      prm.add("Ranks per sample", ranks_per_sample,
              "The MPI ranks are split in groups of this size; each group "
              "works on samples of its own, and its ranks share the mesh of a "
              "sample, in generation as in training.",
              1, 1000000);
    }
  }

  template <int dim>
  void Experiment<dim>::check(const Parameters &prm)
  {
    solver.check();
    if (!has_mesh())
    {
      models.at(problem.name())->check();
      return;
    }
    geometry->check();
    if (is_in_time())
    {
      const EvolutionProblem<dim> &evolution = *evolutions.at(problem.name());
      inputs.use(evolution.inputs(), prm);
      inputs.set_equation(evolution.linear_part(), boundary);
      if (inputs.inputs.at("initial state")->needs_system())
        throw BadInput("The initial state cannot depend on the matrix of the "
                       "sample: choose another sampler.",
                       "Inputs/initial state/Sampler");
      return;
    }
    inputs.use(problem->inputs(), prm);
    inputs.set_equation(*problem, boundary);
  }

  template <int dim>
  bool Experiment<dim>::is_in_time() const
  {
    return !problem.has_object();
  }

  template <int dim>
  bool Experiment<dim>::has_mesh() const
  {
    return models.count(problem.name()) == 0;
  }

  template <int dim>
  const SteadyProblem<dim> &Experiment<dim>::steady_part() const
  {
    return is_in_time() ? evolutions.at(problem.name())->linear_part()
                        : *problem;
  }

  template <int dim>
  std::shared_ptr<EvolutionSystem>
  Experiment<dim>::make_evolution(MPI_Comm comm, const unsigned int sample)
  {
    if (!has_mesh())
    {
      EvolutionModel &model = *models.at(problem.name());
      model.set_up();
      return {std::shared_ptr<void>(), &model};
    }
    std::unique_ptr<Space<dim>> space = make_space(make_mesh(comm, sample));
    // Samplers keep a reference to it.
    const auto numbering = std::make_shared<const Numbering<dim>>(*space);
    inputs.prepare(*space, *numbering);
    const Inputs<dim> fields = inputs.sample(seed, sample);
    const auto initial = [this, numbering](const std::uint64_t seed_of_set,
                                           const std::uint32_t number)
    {
      InputSampling<dim> &input = *inputs.inputs.at("initial state");
      return input.varies() ? input.sample(seed_of_set, number) : input.fixed();
    };
    return std::make_shared<MeshEvolution<dim>>(std::move(space),
                                                *evolutions.at(problem.name()),
                                                boundary, fields, initial);
  }

  template <int dim>
  TimeStepper &Experiment<dim>::time_stepper(const std::string &output) const
  {
    if (!closing->is_on())
      return *stepper;
    closing->closure->load(output);
    closing->closure->check_for(problem.name(), time_step);
    return closing->stepper(*stepper);
  }

  template <int dim>
  std::string Experiment<dim>::identity_in_time(const Parameters &prm) const
  {
    std::string result;
    for (const auto &[entry, value] : prm.in_use())
      if (entry.rfind("Problem/", 0) == 0 || entry.rfind("Mesh/", 0) == 0 ||
          entry.rfind("Inputs/", 0) == 0 || entry == "Time/Stepper" ||
          entry == "Time/Time step" || entry == "Dataset/Seed" ||
          (closing->is_on() && entry.rfind("Closure/", 0) == 0))
        result += ";" + entry + "=" + value;
    if (closing->is_on() && closing->is_loaded())
      result += ";" + closing->closure->word();
    return result;
  }

  template <int dim>
  unsigned int Experiment<dim>::n_steps(const double interval,
                                        const std::string &entry) const
  {
    const double ratio = interval / time_step;
    if (!(ratio < 1e9) ||
        std::abs(ratio - std::round(ratio)) > std::min(0.01, 1e-6 * ratio) ||
        (interval > 0 && std::round(ratio) == 0))
      throw BadInput("The 'Time step' of section Time, " + to_text(time_step) +
                         ", does not divide this, " + to_text(interval) +
                         ", into up to 1e9 steps.",
                     entry);
    return std::round(ratio);
  }

  template <int dim>
  std::shared_ptr<Mesh<dim>>
  Experiment<dim>::make_mesh(MPI_Comm comm, const unsigned int sample) const
  {
    return make_mesh(comm, sample, refinements, local_refinements);
  }

  template <int dim>
  std::shared_ptr<Mesh<dim>>
  Experiment<dim>::make_mesh(MPI_Comm comm, const unsigned int n_refinements,
                             const unsigned int n_local) const
  {
    return make_mesh(comm, 0, n_refinements, n_local);
  }

  template <int dim>
  bool Experiment<dim>::samples_boundary_values() const
  {
    for (const FieldDescription &input : inputs.varying())
      if (input.role == Role::boundary_value)
        return true;
    return false;
  }

  template <int dim>
  bool Experiment<dim>::samples_natural_values() const
  {
    return samples_boundary_values() && boundary.samples_natural();
  }

  namespace
  {
    /// Refine the cells in whose centre @p where is positive.
    template <int dim>
    void refine_locally(Mesh<dim> &mesh, const Function<dim> &where)
    {
      const Triangulation<dim> &cells = mesh.triangulation();
      Vector<float> indicators(cells.n_active_cells());
      double n_chosen = 0;
      for (const auto &cell : cells.active_cell_iterators())
        if (cell->is_locally_owned() && where.value(cell->center()) > 0)
        {
          indicators[cell->active_cell_index()] = 1;
          ++n_chosen;
        }
      mesh.refine(indicators, Utilities::MPI::sum(n_chosen, mesh.comm) /
                                  cells.n_global_active_cells());
    }
  } // namespace

  template <int dim>
  std::shared_ptr<Mesh<dim>>
  Experiment<dim>::make_mesh(MPI_Comm comm, const unsigned int sample,
                             const unsigned int n_refinements,
                             const unsigned int n_local) const
  {
    // The stream of geometries is none of those of inputs, which are hashes of
    // their names.
    const Random random(seed, geometry->varies() ? sample : 0, 0);
    const auto mesh = std::make_shared<Mesh<dim>>(
        geometry->draw(*mesh_source, random, comm), comm, n_refinements);
    const auto where =
        parse_expression<dim>(refine_where, 1, {}, "Mesh/Refine where");
    for (unsigned int i = 0; i < n_local; ++i)
      refine_locally(*mesh, *where);
    return mesh;
  }

  template <int dim>
  std::unique_ptr<Space<dim>>
  Experiment<dim>::make_space(std::shared_ptr<const Mesh<dim>> mesh)
  {
    const SteadyProblem<dim> &steady = steady_part();
    boundary.parse(steady.n_components(),
                   geometry->varies() ? geometry->boundary_ids()
                                      : mesh->boundary_ids(),
                   steady.boundary_types());
    return std::make_unique<Space<dim>>(mesh, degree, steady.n_components());
  }

  template <int dim>
  std::unique_ptr<Space<dim>> Experiment<dim>::make_space(MPI_Comm comm)
  {
    return make_space(make_mesh(comm));
  }

  template class Experiment<2>;
  template class Experiment<3>;
} // namespace nodal
