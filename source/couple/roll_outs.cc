// SPDX-License-Identifier: LGPL-2.1-or-later
#include "roll_outs.h"

#include <torch/torch.h>

namespace nodal
{
  using torch::Tensor;

  RollOuts::Errors RollOuts::run(ClosureModel *model, const Tensor &scale,
                                 const double limit,
                                 const std::vector<Window> &windows,
                                 const unsigned int n_warm_up,
                                 const unsigned int n,
                                 const bool is_offline) const
  {
    const std::int64_t size = windows.size();
    Errors errors;
    errors.is_lost.assign(size, false);
    errors.n_steps = torch::zeros({size}, torch::kFloat64);
    const double n_free = steps.free().sum().item<double>();
    const auto states = [&](const int step)
    {
      std::vector<const std::vector<double> *> columns;
      for (const Window &window : windows)
        columns.push_back(&window.run->states[window.first + step]);
      return CoupledSteps::states(columns);
    };
    const auto missed = [&](const int step)
    {
      std::vector<const std::vector<double> *> columns;
      for (const Window &window : windows)
        columns.push_back(&window.run->missed[window.first + step]);
      return steps.values(CoupledSteps::states(columns));
    };
    Tensor u = states(-int(n_warm_up)),
           last = torch::zeros_like(steps.values(u)),
           memory = model ? model->no_memory(last.size(0), size) : Tensor();
    if (n_warm_up > 0)
      last = missed(-int(n_warm_up) - 1);
    for (int step = -int(n_warm_up); step < int(n); ++step)
    {
      Tensor term = torch::zeros_like(last);
      if (model)
      {
        const ClosureModel::Result result =
            model->evaluate(places, steps.values(u), last, memory);
        term = result.term;
        memory = result.memory;
      }
      if (step < 0)
      {
        last = missed(step);
        u = states(step + 1);
        continue;
      }
      last = term;
      Tensor difference;
      if (is_offline)
      {
        difference = (term - missed(step)) / scale;
        u = states(step + 1);
      }
      else
      {
        std::vector<double> times;
        for (const Window &window : windows)
          times.push_back(window.run->begin + (window.first + step) * h);
        u = steps.advance(times, u, term, errors.is_lost);
        difference = (steps.values(u) - steps.values(states(step + 1))) / scale;
      }
      const Tensor square =
          (difference.square() * steps.free()).sum(at::IntArrayRef({0, 2})) /
          n_free;
      // Far off, a run may stay finite and yet have no square.
      const Tensor counts = torch::ones({size}, torch::kBool);
      for (std::int64_t b = 0; b < size; ++b)
      {
        if (!(square[b].item<double>() < limit * limit))
          errors.is_lost[b] = true;
        if (errors.is_lost[b])
          counts[b] = false;
      }
      errors.n_steps += counts;
      errors.squares.push_back(
          torch::where(counts, square, torch::zeros_like(square)));
    }
    return errors;
  }
} // namespace nodal
