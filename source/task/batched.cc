// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fallback.h"
#include "lane_tables.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/statistics.h>
#include <nodal/pde/load_map.h>
#include <nodal/solver/lane_threads.h>
#include <nodal/task/engine.h>

#include <deal.II/base/mpi.h>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// Several samples at once in SIMD lanes; a lane that fails is solved
    /// again by the method of section Solver.
    template <int dim>
    class BatchedEngine : public Engine<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Lanes", settings.lanes,
                "Samples at once in a thread: 8, or 16 where the processor has "
                "AVX-512, or "
                "1; 0 takes what suits the processor and the mesh.",
                0, 16);
        prm.add("Threads", n_threads,
                "Groups of samples that are solved at the same time, each by "
                "a thread with its own memory and tables. Ranks that work on "
                "different samples are faster, because they share sampling "
                "and writing too; mpirun needs '--bind-to none' to give a rank "
                "more than "
                "one core.",
                1, 1024);
        prm.add("Smoothing range", settings.range,
                "Ratio of the largest to the smallest eigenvalue of the "
                "diagonally scaled matrix that the smoother reduces.",
                1.5, 100);
        prm.add("Largest coarsest level", settings.most_coarsest,
                "Unknowns that are factored anew for every sample; where the "
                "coarsest mesh has more, further levels follow.",
                1, 20000);
        prm.add("Smallest divided level", settings.least_divided,
                "Where several ranks work on a sample, they divide the levels "
                "above the first coarse one that has no more unknowns than "
                "this; from there on all of them do the same.",
                0, 10000000);
        prm.add("Matrices", settings.matrices,
                "What a sample's matrices are in sweeps: those of cells, "
                "which take little memory, assembled rows, or what is faster "
                "for the kind of cells.",
                {"automatic", "cells", "rows"});
        prm.add("Interpolation", settings.interpolation,
                "How coarse levels are made on triangles and quadrilaterals of "
                "degree 1 that are refined: with the mesh's interpolation and "
                "means of the coefficient, with interpolation and matrices "
                "that follow the coefficient, which takes fewer iterations "
                "and more time each, or with these only for groups of samples "
                "of which one jumps between neighbouring cells. Elsewhere "
                "(other problems, cells refined locally, several ranks per "
                "sample, an unrefined mesh above 'Largest coarsest level') it "
                "is geometric.",
                {"automatic", "geometric", "coefficient"});
        prm.add("Nested meshes", is_nested,
                "Take linear elements on the mesh, if those of the problem are "
                "of higher degree, and on the meshes before refinement as "
                "coarse levels; without "
                "them the coarse levels are made as for a mesh that is not "
                "refined.");
        prm.add("Grid levels", settings.has_grid,
                "Where there is no coarser mesh, take grids of boxes over the "
                "mesh as coarse levels; without them, aggregates of nodes, "
                "which suit domains with parts thinner than two cells.");
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
        try
        {
          const auto coarse = make_coarse_spaces();
          std::vector<const Space<dim> *> spaces = {space};
          for (const auto &coarser : coarse)
            spaces.push_back(coarser.get());
          const Inputs<dim> inputs = fixed_inputs();
          multigrid = std::make_unique<LaneThreads>(
              tabulate_lanes(spaces, *experiment->problem, experiment->boundary,
                             inputs),
              settings, n_threads);
          load = std::make_unique<LoadMap<dim>>(
              *space, *experiment->problem, experiment->boundary, inputs,
              in_load(), LoadMap<dim>::Elimination::hanging);
        }
        catch (const BadInput &error)
        {
          // The reason is a part of a sentence.
          std::string reason = error.what();
          while (!reason.empty() && reason.back() == '.')
            reason.pop_back();
          return reason;
        }
        find_own();
        const double bytes = Utilities::MPI::max(
            multigrid->bytes() + 1. * sizeof(double) * multigrid->n_samples() *
                                     (n_vectors() * space->owned.n_elements() +
                                      own_cells.size()),
            space->mesh->comm);
        if (bytes > options.most_bytes)
          return std::to_string(multigrid->n_samples()) +
                 " samples in flight take " + to_text(bytes / 1e6, 3) +
                 " MB, more than Generate/Memory";
        bytes_per_sample = bytes / multigrid->n_samples();
        fallback.prepare(*experiment, *space);
        solution = space->vector();
        const std::vector<double> vector(space->owned.n_elements());
        fields.assign(multigrid->n_samples(), vector);
        loads_vary = !in_load().empty();
        loads.assign(loads_vary ? multigrid->n_samples() : 1, vector);
        coefficients.resize(multigrid->n_samples());
        load_vector = load->vector();
        if (!loads_vary)
          set_load({}, loads[0]);
        return "";
      }

      std::string description() const override
      {
        return multigrid->description() + ", " +
               std::to_string(bytes_per_sample / 1024) +
               " kB per sample in flight";
      }

      std::string summary() const override
      {
        return fallback.summary();
      }

      unsigned int group_size() const override
      {
        return multigrid->n_samples();
      }

      void solve(const std::vector<Inputs<dim>> &inputs,
                 const typename Engine<dim>::Deliver &deliver,
                 TimerOutput *timer) override
      {
        std::vector<const double *> mu, f;
        std::vector<double *> x;
        std::unique_ptr<TimerOutput::Scope> scope;
        if (timer)
          scope = std::make_unique<TimerOutput::Scope>(*timer, "assembly");
        if (!loads_vary)
          f.push_back(loads[0].data());
        for (unsigned int i = 0; i < inputs.size(); ++i)
        {
          if (loads_vary)
          {
            set_load(inputs[i], loads[i]);
            f.push_back(loads[i].data());
          }
          mu.push_back(own_coefficients(inputs[i], coefficients[i]));
          set_boundary_values(inputs[i], fields[i]);
          x.push_back(fields[i].data());
        }
        scope.reset();
        if (timer)
          scope = std::make_unique<TimerOutput::Scope>(*timer, "solve");
        const std::vector<SolveResult> results =
            multigrid->solve(mu, f, x, experiment->solver.control);
        scope.reset();
        for (unsigned int i = 0; i < inputs.size(); ++i)
          if (results[i].converged())
          {
            solution.zero_out_ghost_values();
            std::copy(fields[i].begin(), fields[i].end(), solution.begin());
            if (space->hanging_nodes.n_constraints() > 0)
            {
              // A Dirichlet value wins over what a hanging node follows.
              space->hanging_nodes.distribute(solution);
              for (const BoundaryDof<dim> &b : boundary_dofs)
                if (space->owned.is_element(b.dof))
                  solution(b.dof) = fields[i][b.dof - first_dof];
            }
            solution.update_ghost_values();
            deliver(i, results[i], solution);
          }
          else
            fallback.solve(inputs[i], i, deliver, timer);
      }

    private:
      /// Why this engine cannot take the experiment, or nothing.
      std::string find_reason() const
      {
        const SteadyProblem<dim> &problem = *experiment->problem;
        const ProblemTraits traits = problem.traits();
        if (traits.linear_in.empty() || !traits.is_spd)
          return "the matrix of the problem '" + experiment->problem.name() +
                 "' is not linear in one input and positive definite";
        bool varies = false;
        for (const FieldDescription &input : experiment->inputs.varying())
          if (input.name == traits.linear_in)
            varies = true;
          else if (input.role != Role::boundary_value &&
                   !LoadMap<dim>::is_possible(problem, input))
            return "the input '" + input.name + "' varies";
        if (!varies)
          return "the input '" + traits.linear_in + "' does not vary";
        if (experiment->samples_natural_values())
          return "the boundary value varies on a boundary that is not "
                 "Dirichlet's";
        return "";
      }

      /// Vectors that a sample has outside the lanes.
      unsigned int n_vectors() const
      {
        return in_load().empty() ? 1 : 2;
      }

      /// The inputs that vary in the right-hand side alone.
      std::vector<FieldDescription> in_load() const
      {
        std::vector<FieldDescription> result;
        for (const FieldDescription &input : experiment->inputs.varying())
          if (LoadMap<dim>::is_possible(*experiment->problem, input))
            result.push_back(input);
        return result;
      }

      /// All inputs but the coefficient; zero for those of the right-hand side.
      Inputs<dim> fixed_inputs() const
      {
        Inputs<dim> result;
        for (const auto &[name, input] : experiment->inputs.inputs)
          if (!input->varies())
            result[name] = input->fixed();
        for (const FieldDescription &input : in_load())
          result[input.name].function =
              std::make_shared<Functions::ZeroFunction<dim>>(
                  input.n_components);
        return result;
      }

      void set_load(const Inputs<dim> &inputs, std::vector<double> &f) const
      {
        load->apply(inputs, load_vector);
        const double *values = nullptr;
        NODAL_PETSC(VecGetArrayRead(load_vector, &values));
        std::copy_n(values, f.size(), f.begin());
        NODAL_PETSC(VecRestoreArrayRead(load_vector, &values));
      }

      /// The spaces of all levels but the finest.
      std::vector<std::unique_ptr<Space<dim>>> make_coarse_spaces() const
      {
        std::vector<std::unique_ptr<Space<dim>>> spaces;
        const unsigned int n_all = experiment->refinements,
                           n_local = experiment->local_refinements;
        // Simplices that are bisected with their neighbours lie in others, but
        // not in those of the refinement before.
        const bool has_levels =
            is_nested && !(n_local > 0 && space->mesh->is_simplex());
        const Space<dim> *last = space;
        const auto add = [&](const unsigned int n, const unsigned int n_local)
        {
          spaces.push_back(std::make_unique<Space<dim>>(
              experiment->make_mesh(space->mesh->comm, n, n_local), 1,
              space->n_components));
          last = spaces.back().get();
        };
        // Linear elements on the same mesh have every cell's own coefficient.
        if (has_levels && space->degree > 1 && last->dofs.n_dofs() > few)
          add(n_all, n_local);
        for (int level = int(n_all + n_local) - 1;
             has_levels && level >= 0 && last->dofs.n_dofs() > few; --level)
        {
          const unsigned int n = std::min<unsigned int>(level, n_all);
          add(n, level - n);
        }
        return spaces;
      }

      /// What this rank owns.
      void find_own()
      {
        boundary_dofs = find_boundary_dofs(*space, experiment->boundary);
        if (space->owned.n_elements() > 0)
          first_dof = space->owned.nth_index_in_set(0);
        own_cells.clear();
        if (size_of(space->mesh->comm) > 1)
          for (const auto &cell : space->dofs.active_cell_iterators())
            if (cell->is_locally_owned())
              own_cells.push_back(cell->active_cell_index());
      }

      /// The coefficient in own cells, which all are on one rank; @p values is
      /// memory for it on several.
      const double *own_coefficients(const Inputs<dim> &inputs,
                                     std::vector<double> &values) const
      {
        const std::vector<double> &all =
            inputs.at(experiment->problem->traits().linear_in).cell_values;
        if (size_of(space->mesh->comm) == 1)
          return all.data();
        values.resize(own_cells.size());
        for (std::size_t c = 0; c < own_cells.size(); ++c)
          values[c] = all[own_cells[c]];
        return values.data();
      }

      void set_boundary_values(const Inputs<dim> &inputs,
                               std::vector<double> &field) const
      {
        std::fill(field.begin(), field.end(), 0.);
        const std::vector<double> values = boundary_values(
            boundary_dofs, *experiment->problem, experiment->boundary, inputs);
        for (unsigned int i = 0; i < values.size(); ++i)
          if (space->owned.is_element(boundary_dofs[i].dof))
            field[boundary_dofs[i].dof - first_dof] = values[i];
      }

      /// A level with no more unknowns than this is coarse enough.
      static constexpr unsigned int few = 200;

      LaneMultigrid::Settings settings;
      unsigned int n_threads = 1;
      bool is_nested = true;
      Experiment<dim> *experiment = nullptr;
      const Space<dim> *space = nullptr;
      std::unique_ptr<LaneThreads> multigrid;
      Fallback<dim> fallback;
      std::size_t bytes_per_sample = 0;
      std::vector<BoundaryDof<dim>> boundary_dofs;
      types::global_dof_index first_dof = 0;
      std::vector<unsigned int> own_cells; ///< by active index; several ranks
      std::vector<std::vector<double>> coefficients; ///< several ranks
      std::unique_ptr<LoadMap<dim>> load;
      VecHandle load_vector;
      bool loads_vary = false;
      std::vector<std::vector<double>>
          loads; ///< one for all, or one per sample
      std::vector<std::vector<double>> fields;
      FieldVector solution;
    };
  } // namespace

  NODAL_REGISTER_DIM(Engine, BatchedEngine, "batched",
                     "Many samples at once in SIMD lanes, by multigrid with "
                     "every sample's own coefficients on every level: the "
                     "meshes before refinement, then grids of boxes or "
                     "aggregates of nodes.")
} // namespace nodal
