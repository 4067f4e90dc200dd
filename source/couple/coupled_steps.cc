// SPDX-License-Identifier: LGPL-2.1-or-later
#include "coupled_steps.h"
#include "restricted_mass.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/vector_values.h>
#include <torch/torch.h>

#include <algorithm>
#include <set>

namespace nodal
{
  using torch::Tensor;

  /// The vectors of one step, and its gradient.
  struct CoupledSteps::StepFunction
      : torch::autograd::Function<CoupledSteps::StepFunction>
  {
    struct Saved : torch::CustomClassHolder
    {
      Saved(const CoupledSteps &steps, std::vector<double> times,
            std::vector<bool> is_lost)
          : steps(steps), times(std::move(times)), is_lost(std::move(is_lost))
      {
      }

      const CoupledSteps &steps;
      const std::vector<double> times;
      const std::vector<bool> is_lost;
    };

    /// @p states and @p increments are owned entries × B.
    static Tensor forward(torch::autograd::AutogradContext *context,
                          const Tensor &states, const Tensor &increments,
                          const CoupledSteps &steps,
                          const std::vector<double> &times,
                          std::vector<bool> &is_lost)
    {
      // Columns are contiguous.
      const Tensor from = states.t().contiguous(),
                   more = increments.t().contiguous(), to = from.clone();
      const std::int64_t n = from.size(1);
      for (std::int64_t b = 0; b < from.size(0); ++b)
      {
        if (is_lost[b])
          continue;
        steps.set_up(from.data_ptr<double>() + b * n,
                     more.data_ptr<double>() + b * n);
        try
        {
          steps.stepper.step(times[b], steps.u);
        }
        catch (const NumericalFailure &)
        {
          is_lost[b] = true;
          continue;
        }
        std::copy_n(+ReadValues(steps.u), n, to.data_ptr<double>() + b * n);
      }
      context->save_for_backward({from, more});
      context->saved_data["step"] = c10::IValue::make_capsule(
          c10::make_intrusive<Saved>(steps, times, is_lost));
      return to.t().contiguous();
    }

    static torch::autograd::variable_list
    backward(torch::autograd::AutogradContext *context,
             const torch::autograd::variable_list &gradients)
    {
      const auto saved = context->saved_data["step"].toCapsule();
      const auto &step = static_cast<const Saved &>(*saved);
      const CoupledSteps &steps = step.steps;
      const auto tensors = context->get_saved_variables();
      const Tensor from = tensors[0], more = tensors[1],
                   of_states = gradients[0].t().contiguous().clone(),
                   of_increments = torch::zeros_like(from);
      const std::int64_t n = from.size(1);
      for (std::int64_t b = 0; b < from.size(0); ++b)
      {
        double *const gradient = of_states.data_ptr<double>() + b * n;
        if (step.is_lost[b])
        {
          std::fill_n(gradient, n, 0.);
          continue;
        }
        steps.set_up(from.data_ptr<double>() + b * n,
                     more.data_ptr<double>() + b * n);
        std::copy_n(gradient, n, +WriteValues(steps.lambda));
        try
        {
          steps.stepper.step_transposed(step.times[b], steps.u, steps.lambda,
                                        steps.term);
        }
        catch (const NumericalFailure &) // as good as none
        {
          std::fill_n(gradient, n, 0.);
          continue;
        }
        std::copy_n(+ReadValues(steps.lambda), n, gradient);
        if (steps.system.mass())
          NODAL_PETSC(
              MatMultTranspose(steps.system.mass(), steps.term, steps.load));
        else
          NODAL_PETSC(VecCopy(steps.term, steps.load));
        std::copy_n(+ReadValues(steps.load), n,
                    of_increments.data_ptr<double>() + b * n);
      }
      return {of_states.t().contiguous(), of_increments.t().contiguous(),
              Tensor(), Tensor(), Tensor()};
    }
  };

  CoupledSteps::CoupledSteps(EvolutionSystem &system, TimeStepper &stepper,
                             LinearSolver &solver, const double h)
      : system(system), stepper(stepper), mean_energy(system),
        u(duplicate(system.like())), lambda(duplicate(system.like())),
        term(duplicate(system.like())), load(duplicate(system.like()))
  {
    const std::vector<int> free =
        free_rows(system, [](unsigned int) { return true; });
    std::set<unsigned int> components;
    for (const int row : free)
      components.insert(system.components()[row]);
    with_mass.assign(components.begin(), components.end());
    all_nodes = std::make_unique<StateNodes>(system, with_mass);
    const std::vector<int> &numbers = all_nodes->rows();
    const std::int64_t n = with_mass.size();
    rows = torch::empty({std::int64_t(numbers.size())}, torch::kInt64);
    is_free = torch::empty({std::int64_t(numbers.size())}, torch::kFloat64);
    for (std::size_t k = 0; k < numbers.size(); ++k)
    {
      rows[k] = numbers[k];
      is_free[k] =
          double(std::binary_search(free.begin(), free.end(), numbers[k]));
    }
    is_free = is_free.view({-1, 1, n});
    NODAL_PETSC(VecSet(load, 0));
    loaded = std::make_unique<LoadedSystem>(system, load);
    stepper.start(*loaded, solver, h);
  }

  CoupledSteps::~CoupledSteps() = default;

  void CoupledSteps::set_up(const double *const state,
                            const double *const increment) const
  {
    const std::size_t n = system.positions().size();
    std::copy_n(state, n, +WriteValues(u));
    std::copy_n(increment, n, +WriteValues(term));
    system.apply_mass(term, load);
  }

  Tensor CoupledSteps::values(const Tensor &states) const
  {
    const std::int64_t n = with_mass.size();
    return states.index_select(0, rows)
        .view({-1, n, states.size(1)})
        .transpose(1, 2);
  }

  Tensor
  CoupledSteps::states(const std::vector<const std::vector<double> *> &columns)
  {
    std::vector<Tensor> result;
    for (const std::vector<double> *column : columns)
      result.push_back(torch::tensor(*column, torch::kFloat64));
    return torch::stack(result, 1);
  }

  Tensor CoupledSteps::advance(const std::vector<double> &times,
                               const Tensor &states, const Tensor &terms,
                               std::vector<bool> &is_lost) const
  {
    const Tensor flat =
        (terms * is_free).transpose(1, 2).reshape({-1, states.size(1)});
    const Tensor increments =
        torch::zeros_like(states).index_add(0, rows, flat);
    return StepFunction::apply(states, increments, *this, times, is_lost);
  }

  double CoupledSteps::energy(const std::vector<double> &state) const
  {
    std::copy_n(state.data(), state.size(), +WriteValues(u));
    return mean_energy(u);
  }
} // namespace nodal
