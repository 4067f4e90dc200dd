// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fallback.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/pde/load_map.h>
#include <nodal/pde/steady_system.h>
#include <nodal/solver/fixed_matrix_solver.h>
#include <nodal/task/engine.h>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// Samples that differ in the right-hand side only: one factorisation, or
    /// sums of earlier solutions.
    template <int dim>
    class FactoredEngine : public Engine<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Samples at once", settings.block,
                "Right-hand sides that pass through the factors together.", 1,
                256);
        prm.add("Largest span", settings.most_span,
                "Solutions that are kept to add up others from, as long as the "
                "right-hand sides span no more dimensions; 0 adds up none.",
                0, 1000);
      }

      std::string prepare(Experiment<dim> &new_experiment,
                          const Space<dim> &new_space,
                          const EngineOptions &options) override
      {
        experiment = &new_experiment;
        space = &new_space;
        const std::string reason = find_reason();
        if (!reason.empty())
          return reason;
        const SteadyProblem<dim> &problem = *experiment->problem;
        const ProblemTraits traits = problem.traits();
        Inputs<dim> inputs;
        std::vector<FieldDescription> varying;
        for (const auto &[name, input] : experiment->inputs.inputs)
          if (!input->varies())
            inputs[name] = input->fixed();
          else if (input->description.role != Role::boundary_value)
          {
            varying.push_back(input->description);
            inputs[name].function =
                std::make_shared<Functions::ZeroFunction<dim>>(
                    input->description.n_components);
          }
        system = std::make_unique<SteadySystem<dim>>(*space, problem,
                                                     experiment->boundary);
        system->assemble(inputs);
        FixedMatrixSolver::Settings fitting = settings;
        bytes_per_sample = FixedMatrixSolver::bytes_per_column(
            Utilities::MPI::max(space->owned.n_elements(), space->mesh->comm));
        if (bytes_per_sample > options.most_bytes)
          return "a sample in flight takes more than Generate/Memory";
        const double n_columns =
            options.most_bytes / std::max<std::size_t>(bytes_per_sample, 1);
        fitting.block = std::min<double>(settings.block, n_columns);
        // A solution that is kept is one of the vectors of a column.
        fitting.most_span = std::min<double>(
            settings.most_span, FixedMatrixSolver::vectors_per_column *
                                    (n_columns - fitting.block));
        try
        {
          solver = std::make_unique<FixedMatrixSolver>(
              system->matrix(), traits.is_spd, traits.is_symmetric, fitting);
        }
        catch (const NumericalFailure &failure)
        {
          return "the matrix is the same for all samples, but " +
                 std::string(failure.what());
        }
        load = std::make_unique<LoadMap<dim>>(
            *space, problem, experiment->boundary, inputs, varying,
            LoadMap<dim>::Elimination::all);
        boundary_dofs = find_boundary_dofs(*space, experiment->boundary);
        fallback.prepare(*experiment, *space);
        field = space->vector();
        return "";
      }

      std::string description() const override
      {
        return "one factorisation by " + solver->package() + ", " +
               std::to_string(solver->block()) + " samples at once, " +
               std::to_string(bytes_per_sample / 1024) +
               " kB per sample in flight";
      }

      std::string summary() const override
      {
        if (solver->n_superposed() == 0)
          return fallback.summary();
        return std::to_string(solver->n_superposed()) +
               " samples are sums of the solutions for " +
               std::to_string(solver->span_dimension()) + " others";
      }

      unsigned int group_size() const override
      {
        return solver->block();
      }

      void solve(const std::vector<Inputs<dim>> &inputs,
                 const typename Engine<dim>::Deliver &deliver,
                 TimerOutput *timer) override
      {
        if (timer)
          timer->enter_subsection("assembly");
        for (unsigned int i = 0; i < inputs.size(); ++i)
          load->apply(inputs[i], solver->rhs(i));
        if (timer)
        {
          timer->leave_subsection();
          timer->enter_subsection("solve");
        }
        const std::vector<SolveResult> results =
            solver->solve(inputs.size(), experiment->solver.control);
        if (timer)
          timer->leave_subsection();
        for (unsigned int i = 0; i < inputs.size(); ++i)
          if (results[i].converged())
          {
            copy(solver->solution(i), field);
            complete(inputs[i]);
            deliver(i, results[i], field);
          }
          else
            fallback.solve(inputs[i], i, deliver, timer);
      }

    private:
      /// Why this engine cannot take the experiment, or nothing.
      std::string find_reason() const
      {
        const SteadyProblem<dim> &problem = *experiment->problem;
        if (!problem.traits().is_linear)
          return "the problem '" + experiment->problem.name() +
                 "' is not linear";
        for (const FieldDescription &input : experiment->inputs.varying())
          if (input.role != Role::boundary_value &&
              !LoadMap<dim>::is_possible(problem, input))
            return "the matrix varies with the input '" + input.name + "'";
        if (experiment->samples_natural_values())
          return "the boundary value varies on a boundary that is not "
                 "Dirichlet's";
        return "";
      }

      /// Write Dirichlet values into the field and what hanging nodes follow.
      void complete(const Inputs<dim> &inputs)
      {
        const std::vector<double> values = boundary_values(
            boundary_dofs, *experiment->problem, experiment->boundary, inputs);
        const auto set_dirichlet = [&]
        {
          for (std::size_t i = 0; i < values.size(); ++i)
            if (space->owned.is_element(boundary_dofs[i].dof))
              field(boundary_dofs[i].dof) = values[i];
        };
        field.zero_out_ghost_values();
        set_dirichlet();
        space->hanging_nodes.distribute(field);
        // A Dirichlet value wins over what a hanging node follows.
        set_dirichlet();
        field.update_ghost_values();
      }

      FixedMatrixSolver::Settings settings;
      Experiment<dim> *experiment = nullptr;
      const Space<dim> *space = nullptr;
      std::unique_ptr<SteadySystem<dim>> system;
      std::unique_ptr<FixedMatrixSolver> solver;
      std::unique_ptr<LoadMap<dim>> load;
      Fallback<dim> fallback;
      std::size_t bytes_per_sample = 0; ///< on this rank
      std::vector<BoundaryDof<dim>> boundary_dofs;
      FieldVector field;
    };
  } // namespace

  NODAL_REGISTER_DIM(Engine, FactoredEngine, "factored",
                     "Where only the right-hand side varies: the matrix is "
                     "factored once, and where right-hand sides span few "
                     "dimensions, solutions are added up from earlier ones.")
} // namespace nodal
