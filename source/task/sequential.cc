// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/task/engine.h>
#include <nodal/task/sample_solver.h>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// One sample after the other by the method of section Solver, with a
    /// recycle space handed on.
    template <int dim>
    class SequentialEngine : public Engine<dim>
    {
    public:
      std::string prepare(Experiment<dim> &new_experiment,
                          const Space<dim> &new_space,
                          const EngineOptions &options) override
      {
        recycles = options.recycles;
        is_for_many = options.is_for_many;
        recycle.clear();
        experiment = &new_experiment;
        space = &new_space;
        solver.reset();
        return "";
      }

      bool takes_one_mesh_each() const override
      {
        return true;
      }

      void set_up(const Inputs<dim> &inputs) override
      {
        sample_solver().set_up(inputs);
      }

      void solve(const std::vector<Inputs<dim>> &inputs,
                 const typename Engine<dim>::Deliver &deliver,
                 TimerOutput *timer) override
      {
        for (unsigned int i = 0; i < inputs.size(); ++i)
        {
          const SolveResult result =
              sample_solver().solve(inputs[i], recycle_space(), timer);
          deliver(i, result, solver->solution());
        }
      }

      bool gains_from_order() const override
      {
        const LinearSolver &linear = experiment->solver;
        return recycles &&
               (linear.method->uses_recycling() || linear.n_solutions > 0);
      }

      RecycleSpace *recycle_space() override
      {
        return recycles ? &recycle : nullptr;
      }

      Vec like() override
      {
        return sample_solver().like();
      }

    private:
      SampleSolver<dim> &sample_solver()
      {
        if (!solver)
          solver = std::make_unique<SampleSolver<dim>>(
              *space, *experiment->problem, experiment->boundary,
              experiment->solver, experiment->newton, is_for_many);
        return *solver;
      }

      bool recycles = true, is_for_many = true;
      Experiment<dim> *experiment = nullptr;
      const Space<dim> *space = nullptr;
      std::unique_ptr<SampleSolver<dim>> solver;
      RecycleSpace recycle;
    };
  } // namespace

  NODAL_REGISTER_DIM(Engine, SequentialEngine, "sequential",
                     "One sample after the other by the method and "
                     "preconditioner of section Solver, recycling from one to "
                     "the next.")
} // namespace nodal
