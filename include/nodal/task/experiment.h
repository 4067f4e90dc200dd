// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_experiment_h
#define nodal_task_experiment_h

#include <nodal/core/choice.h>
#include <nodal/data/input_sampling.h>
#include <nodal/mesh/geometry.h>
#include <nodal/mesh/mesh_source.h>
#include <nodal/pde/steady_problem.h>
#include <nodal/solver/linear_solver.h>
#include <nodal/solver/newton_solver.h>
#include <nodal/time/evolution_model.h>
#include <nodal/time/evolution_problem.h>
#include <nodal/time/time_stepper.h>

#include <map>
#include <memory>
#include <string>

namespace nodal
{
  class Learning;
  struct Assimilation;
  struct Closing;

  /// What the parameter file describes, whatever is done with it: mesh,
  /// problem, inputs, solver, data set, ranks. The tasks share it.
  template <int dim>
  class Experiment
  {
  public:
    Experiment();

    void add_parameters(Parameters &prm);

    /// Rules across entries, after the file has been applied to @p prm.
    /// Throws BadInput.
    void check(const Parameters &prm);

    /// The mesh and space of all samples, on the ranks of @p comm. Reads the
    /// boundary conditions against it. Collective; throws BadInput.
    std::unique_ptr<Space<dim>> make_space(MPI_Comm comm);

    /// The space on @p mesh, against which, or against the geometry if that
    /// varies, the boundary conditions are read.
    std::unique_ptr<Space<dim>>
    make_space(std::shared_ptr<const Mesh<dim>> mesh);

    /// The mesh of @p sample, which does not matter if all have the same.
    std::shared_ptr<Mesh<dim>> make_mesh(MPI_Comm comm,
                                         unsigned int sample = 0) const;

    /// The mesh of all samples with other numbers of refinements, of all cells
    /// and then of those that `Refine where` names.
    std::shared_ptr<Mesh<dim>> make_mesh(MPI_Comm comm,
                                         unsigned int n_refinements,
                                         unsigned int n_local) const;

    /// True if the data set varies the boundary value.
    bool samples_boundary_values() const;

    /// True if it does so on a boundary that is not Dirichlet's.
    bool samples_natural_values() const;

    Choice<MeshSource<dim>> mesh_source;
    Choice<Geometry<dim>> geometry;
    unsigned int refinements = 0, local_refinements = 0;
    std::string refine_where = "1";
    unsigned int degree = 1;

    /// True if the file names a problem in time; then `problem` is none.
    bool is_in_time() const;

    /// True if the problem is on the mesh, as all steady ones are.
    bool has_mesh() const;

    /// The problem in time, with the coefficients of @p sample, on all ranks of
    /// @p comm; or, without a mesh, the whole on each of them. Valid as long
    /// as the experiment. Collective; throws BadInput.
    std::shared_ptr<EvolutionSystem> make_evolution(MPI_Comm comm,
                                                    unsigned int sample);

    /// How many ranks share the problem in time: where there is no mesh, each
    /// has the whole of it.
    unsigned int ranks_of_evolution() const
    {
      return has_mesh() ? ranks_per_sample : 1;
    }

    /// Time steps in @p interval, the value of @p entry. Throws BadInput unless
    /// the step divides it.
    unsigned int n_steps(double interval, const std::string &entry) const;

    /// The stepper, with the closure if there is one. Reads its files, in
    /// folder @p output first. Throws BadInput.
    TimeStepper &time_stepper(const std::string &output) const;

    /// The entries that make a run in time what it is, with their values.
    std::string identity_in_time(const Parameters &prm) const;

    Choice<SteadyProblem<dim>> problem;
    BoundaryConditions<dim> boundary;
    InputsSampling<dim> inputs;

    Choice<TimeStepper> stepper;
    double time_step = 0.01, end_time = 1;

    LinearSolver solver;
    NewtonSolver newton;

    /// Operator and model; see learning.h, which brings LibTorch's headers.
    std::shared_ptr<Learning> learning;

    /// See assimilation.h.
    std::shared_ptr<Assimilation> assimilation;

    /// See closing.h.
    std::shared_ptr<Closing> closing;

    std::string dataset_file = "dataset.h5";
    unsigned int n_samples = 100;
    unsigned int seed = 1;
    std::string precision = "double";

    unsigned int ranks_per_sample = 1;

  private:
    /// The problem, or the linear part of one in time on the mesh.
    const SteadyProblem<dim> &steady_part() const;

    std::map<std::string, std::unique_ptr<EvolutionModel>> models;
    std::map<std::string, std::unique_ptr<EvolutionProblem<dim>>> evolutions;

    std::shared_ptr<Mesh<dim>> make_mesh(MPI_Comm comm, unsigned int sample,
                                         unsigned int n_refinements,
                                         unsigned int n_local) const;
  };
} // namespace nodal

#endif
