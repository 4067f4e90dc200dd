// SPDX-License-Identifier: LGPL-2.1-or-later
#include "equation_layers.h"

#include <nodal/learn/sample_equation.h>

#include <torch/torch.h>

#include <stdexcept>

namespace nodal
{
  using torch::Tensor;
  using torch::autograd::AutogradContext;
  using torch::autograd::Function;
  using torch::autograd::variable_list;

  namespace
  {
    /// The equations of a batch and the rows of each.
    struct EquationsOfBatch : torch::CustomClassHolder
    {
      explicit EquationsOfBatch(const GraphBatch &batch)
          : equations(batch.equations), sizes(batch.sample_sizes)
      {
        for (const auto &equation : equations)
          if (!equation)
            throw std::logic_error("a sample has no equation");
      }

      /// What @p work(equation, vector) makes of the rows of each sample.
      template <class Work>
      Tensor each(const Tensor &x, const Work &work) const
      {
        const Tensor values = x.to(torch::kCPU, torch::kFloat64).contiguous();
        Tensor result = torch::empty_like(values);
        const double *from = values.data_ptr<double>();
        double *to = result.data_ptr<double>();
        for (std::size_t k = 0; k < sizes.size(); ++k)
        {
          const std::int64_t n = sizes[k] * x.size(1);
          const std::vector<double> own =
              work(*equations[k], std::vector<double>(from, from + n));
          std::copy(own.begin(), own.end(), to);
          from += n;
          to += n;
        }
        return result.to(x.options());
      }

      const std::vector<std::shared_ptr<const SampleEquation>> equations;
      const std::vector<std::int64_t> sizes;
    };

    struct Residual : Function<Residual>
    {
      static Tensor forward(AutogradContext *context, const Tensor &u,
                            const GraphBatch *batch)
      {
        const auto all = c10::make_intrusive<EquationsOfBatch>(*batch);
        context->saved_data["equations"] = c10::IValue::make_capsule(all);
        return all->each(u, [](const SampleEquation &equation,
                               const std::vector<double> &values)
                         { return equation.residual(values); });
      }

      static variable_list backward(AutogradContext *context,
                                    variable_list gradients)
      {
        const auto &all = static_cast<const EquationsOfBatch &>(
            *context->saved_data["equations"].toCapsule());
        return {-all.each(gradients[0], [](const SampleEquation &equation,
                                           const std::vector<double> &values)
                          { return equation.apply_transposed(values); }),
                Tensor()};
      }
    };
  } // namespace

  Tensor residual_of_equations(const GraphBatch &batch, const Tensor &u)
  {
    return Residual::apply(u, &batch);
  }

  Tensor precondition_by_equations(const GraphBatch &batch, const Tensor &r)
  {
    return EquationsOfBatch(batch).each(
        r.detach(),
        [](const SampleEquation &equation, const std::vector<double> &values)
        { return equation.precondition(values); });
  }
} // namespace nodal
