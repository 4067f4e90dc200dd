// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/learn/edges.h>

#include "row_products.h"

#include <torch/torch.h>

namespace nodal
{
  namespace layers
  {
    using torch::Tensor;
    using torch::autograd::AutogradContext;
    using torch::autograd::Function;
    using torch::autograd::variable_list;

    namespace
    {
      struct Linear : Function<Linear>
      {
        static Tensor forward(AutogradContext *context, const Tensor &x,
                              const Tensor &w, const Tensor &bias)
        {
          context->save_for_backward({x, w});
          context->saved_data["has_bias"] = bias.numel() > 0;
          return product(x, w, bias);
        }

        static variable_list backward(AutogradContext *context,
                                      variable_list gradients)
        {
          const variable_list saved = context->get_saved_variables();
          const Tensor &x = saved[0], &w = saved[1];
          const Tensor dy = gradients[0].contiguous();
          Tensor dx, dw, dbias;
          if (x.requires_grad())
            dx = product(dy, w.t().contiguous(), {});
          if (w.requires_grad())
            dw = gram(x, dy);
          if (context->saved_data["has_bias"].toBool())
            dbias = gram(torch::ones({dy.size(0), 1}, dy.options()), dy)[0];
          return {dx, dw, dbias};
        }
      };

      struct Silu : Function<Silu>
      {
        static Tensor forward(AutogradContext *context, const Tensor &x)
        {
          context->save_for_backward({x});
          return apply_silu(x);
        }

        static variable_list backward(AutogradContext *context,
                                      variable_list gradients)
        {
          return {silu_gradient(context->get_saved_variables()[0],
                                gradients[0].contiguous())};
        }
      };
    } // namespace

    Tensor dense(const Tensor &x, const Tensor &w, const Tensor &bias)
    {
      TORCH_CHECK(x.size(1) == w.size(0), "the sizes of a product differ");
      if (!runs_here(x))
        return bias.defined() ? torch::addmm(bias, x, w) : torch::mm(x, w);
      return Linear::apply(x.contiguous(), w.contiguous(),
                           bias.defined() ? bias : x.new_empty({0}));
    }

    Tensor silu(const Tensor &x)
    {
      return runs_here(x) ? Silu::apply(x.contiguous()) : torch::silu(x);
    }
  } // namespace layers
} // namespace nodal
