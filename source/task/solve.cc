// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/mesh/numbering.h>
#include <nodal/mesh/output.h>
#include <nodal/task/sample_solver.h>
#include <nodal/task/task.h>

#include <deal.II/numerics/error_estimator.h>
#include <deal.II/numerics/vector_tools.h>

#include <cmath>

namespace nodal
{
  using namespace dealii;

  /// Solve one sample on all ranks, on a sequence of refined meshes, and write
  /// it for ParaView.
  template <int dim>
  class SolveTask : public Task<dim>
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      Parameters::Section section(prm, "Solve");
      prm.add("Sample", sample, "Which sample of the data set to solve.", 0,
              100000000);
      prm.add("Cycles", n_cycles,
              "Solve on this many meshes, each finer than the one before.", 1,
              30);
      prm.add("Refinement", refinement,
              "From one mesh to the next: all cells (`global`) or those where "
              "Kelly's estimate of the error is largest (`adaptive`; not for "
              "tetrahedra).",
              {"global", "adaptive"});
      prm.add("Refined fraction", fraction,
              "Share of the cells that adaptive refinement cuts.", 0.001, 1);
      prm.add("Verify", verify,
              "Solve the manufactured problem instead of a sample and report "
              "the errors and their order.");
    }

    void run(Experiment<dim> &experiment, const Parameters &, Run &run) override
    {
      std::shared_ptr<Mesh<dim>> mesh = experiment.make_mesh(run.comm, sample);
      VtuSeries<dim> output(run.folder("solution"), "solution");
      for (unsigned int cycle = 0; cycle < n_cycles; ++cycle)
      {
        const std::unique_ptr<Space<dim>> space = experiment.make_space(mesh);
        experiment.solver.forget();
        solve(experiment, *space, run, output, cycle);
        if (cycle + 1 == n_cycles)
          break;
        if (run.should_stop())
        {
          run.log("Stopped on request.");
          break;
        }
        mesh->refine(refinement == "global" ? uniform(*mesh) : indicators,
                     refinement == "global" ? 1. : fraction);
      }
      run.log("Open " + run.path("solution.pvd") + " in ParaView.");
    }

  private:
    static Vector<float> uniform(const Mesh<dim> &mesh)
    {
      Vector<float> ones(mesh.triangulation().n_active_cells());
      ones = 1;
      return ones;
    }

    void solve(Experiment<dim> &experiment, const Space<dim> &space, Run &run,
               VtuSeries<dim> &output, const unsigned int cycle)
    {
      Inputs<dim> inputs;
      ManufacturedSolution<dim> exact;
      // Boundary conditions are the user's, except when verifying.
      BoundaryConditions<dim> boundary = experiment.boundary;
      if (verify)
      {
        exact = experiment.problem->manufactured();
        boundary.set_dirichlet(space.mesh->boundary_ids(), exact.solution);
        boundary.sampled.clear();
        for (const auto &[name, function] : exact.inputs)
          inputs[name].function = function;
      }
      else
      {
        const TimerOutput::Scope scope(run.timer, "sampling");
        const Numbering<dim> numbering(space);
        experiment.inputs.prepare(space, numbering);
        inputs = experiment.inputs.sample(experiment.seed, sample);
      }

      SampleSolver<dim> solver(space, *experiment.problem, boundary,
                               experiment.solver, experiment.newton);
      RecycleSpace recycle;
      Timer timer;
      SolveResult result;
      {
        const TimerOutput::Scope scope(run.timer, "assembly and solve");
        result = solver.solve(inputs, &recycle);
      }
      const FieldVector &u = solver.solution();

      run.log(
          "Cycle " + std::to_string(cycle) + ": " +
          std::to_string(space.mesh->triangulation().n_global_active_cells()) +
          " cells, " + std::to_string(space.dofs.n_dofs()) + " unknowns, " +
          std::to_string(result.iterations) + " iterations, true residual " +
          to_text(result.true_residual, 3));
      run.statistics.set("cycle", cycle);
      run.statistics.set("cells",
                         space.mesh->triangulation().n_global_active_cells());
      run.statistics.set("unknowns", space.dofs.n_dofs());
      run.statistics.set("iterations", result.iterations);
      run.statistics.set("true_residual", result.true_residual);
      run.statistics.set("status", to_string(result.status));
      run.statistics.set("fallbacks", result.n_fallbacks);
      run.statistics.set("seconds", timer.wall_time());
      run.statistics.set(
          "L2_norm",
          distance(space, u, Functions::ZeroFunction<dim>(space.n_components),
                   VectorTools::L2_norm));
      run.statistics.set("maximum", u.linfty_norm());
      if (verify)
        report_errors(space, u, *exact.solution, run);
      run.statistics.end_line();
      if (!result.converged())
        throw NumericalFailure("The solve did not reach the tolerance: " +
                               to_string(result.status) + ", true residual " +
                               to_text(result.true_residual, 3) + "; " +
                               result.message);

      const TimerOutput::Scope scope(run.timer, "error estimate and output");
      if (refinement == "adaptive" && cycle + 1 < n_cycles)
        estimate(space, u);
      write(space, u, inputs, experiment, output, cycle);
    }

    /// The norm of the difference between a field and a function.
    static double distance(const Space<dim> &space, const FieldVector &u,
                           const Function<dim> &function,
                           const VectorTools::NormType norm)
    {
      const Triangulation<dim> &mesh = space.mesh->triangulation();
      const Quadrature<dim> quadrature =
          mesh.get_reference_cells()[0].template get_gauss_type_quadrature<dim>(
              std::min(space.degree + 2, space.mesh->is_simplex() ? 4u : 20u));
      Vector<double> cells(mesh.n_active_cells());
      VectorTools::integrate_difference(space.mesh->mapping(), space.dofs, u,
                                        function, cells, quadrature, norm);
      return VectorTools::compute_global_error(mesh, cells, norm);
    }

    void report_errors(const Space<dim> &space, const FieldVector &u,
                       const Function<dim> &exact, Run &run)
    {
      const double n = space.n_nodes();
      const double L2 = distance(space, u, exact, VectorTools::L2_norm);
      const double H1 = distance(space, u, exact, VectorTools::H1_seminorm);
      std::string text =
          "  error: L2 " + to_text(L2, 4) + ", H1 " + to_text(H1, 4);
      if (last_nodes > 0 && n > last_nodes)
      {
        const double h_ratio = std::log(n / last_nodes) / dim;
        text += "; order: L2 " + to_text(std::log(last_L2 / L2) / h_ratio, 3) +
                ", H1 " + to_text(std::log(last_H1 / H1) / h_ratio, 3);
      }
      last_nodes = n;
      last_L2 = L2;
      last_H1 = H1;
      run.log(text);
      run.statistics.set("L2_error", L2);
      run.statistics.set("H1_error", H1);
    }

    void estimate(const Space<dim> &space, const FieldVector &u)
    {
      indicators.reinit(space.mesh->triangulation().n_active_cells());
      KellyErrorEstimator<dim>::estimate(
          space.mesh->mapping(), space.dofs, space.face_quadrature, {}, u,
          indicators, ComponentMask(), nullptr, numbers::invalid_unsigned_int,
          space.mesh->triangulation().locally_owned_subdomain());
    }

    void write(const Space<dim> &space, const FieldVector &u,
               const Inputs<dim> &inputs, const Experiment<dim> &experiment,
               VtuSeries<dim> &output, const unsigned int cycle)
    {
      std::vector<OutputField> fields(1);
      fields[0].name = experiment.problem->output().name;
      fields[0].nodes = &u;
      fields[0].is_scalar = false;
      std::vector<std::vector<double>> first;
      first.reserve(inputs.size());
      for (const auto &[name, field] : inputs)
      {
        OutputField entry;
        entry.name = name;
        if (!field.cell_values.empty())
        {
          // The first component stands for inputs of several.
          const unsigned int n = field.cell_values.size() /
                                 space.mesh->triangulation().n_active_cells();
          first.emplace_back();
          for (unsigned int i = 0; i < field.cell_values.size(); i += n)
            first.back().push_back(field.cell_values[i]);
          entry.cells = &first.back();
          fields.push_back(entry);
        }
        else if (!field.node_values.empty())
        {
          entry.nodes = &field.node_values[0];
          fields.push_back(entry);
        }
      }
      output.write(space, fields, cycle);
    }

    unsigned int sample = 0, n_cycles = 1;
    std::string refinement = "global";
    double fraction = 0.2;
    bool verify = false;
    Vector<float> indicators;
    double last_nodes = 0, last_L2 = 0, last_H1 = 0;
  };

  NODAL_REGISTER_DIM(Task, SolveTask, "solve",
                     "Solve one sample and write it for ParaView.")
} // namespace nodal
