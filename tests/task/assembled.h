// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_task_assembled_h
#define nodal_tests_task_assembled_h

#include <nodal/mesh/numbering.h>
#include <nodal/pde/steady_system.h>
#include <nodal/task/experiment.h>

#include <memory>
#include <sstream>
#include <string>

/// The systems of an experiment that lines entry=value describe, one sample
/// after the other.
template <int dim>
struct Assembled
{
  explicit Assembled(const std::string &lines, MPI_Comm comm = MPI_COMM_WORLD)
  {
    nodal::ParameterFile file = nodal::ParameterFile::parse("", "test.prm");
    std::istringstream all(lines);
    for (std::string line; std::getline(all, line);)
      file.override_entry(line);
    experiment.add_parameters(prm);
    prm.apply(file);
    experiment.check(prm);
    space = experiment.make_space(comm);
    numbering = std::make_unique<nodal::Numbering<dim>>(*space);
    experiment.inputs.prepare(*space, *numbering);
    system = std::make_unique<nodal::SteadySystem<dim>>(
        *space, *experiment.problem, experiment.boundary);
  }

  void assemble(const unsigned int sample)
  {
    system->assemble(experiment.inputs.sample(1, sample));
  }

  /// By section Solver, from zero, to x.
  nodal::SolveResult solve()
  {
    x = nodal::duplicate(system->rhs());
    NODAL_PETSC(VecSet(x, 0));
    return experiment.solver.solve(system->matrix(), x, system->rhs(),
                                   experiment.problem->traits().is_spd);
  }

  nodal::Parameters prm;
  nodal::Experiment<dim> experiment;
  std::unique_ptr<nodal::Space<dim>> space;
  std::unique_ptr<nodal::Numbering<dim>> numbering;
  std::unique_ptr<nodal::SteadySystem<dim>> system;
  nodal::VecHandle x;
};

#endif
