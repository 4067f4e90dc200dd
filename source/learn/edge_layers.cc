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
      rows::Lists in_lists(const Edges &edges)
      {
        return {edges.offsets.data_ptr<int>(), nullptr,
                edges.sources.data_ptr<int>()};
      }

      rows::Lists out_lists(const Edges &edges)
      {
        return {edges.out_offsets.data_ptr<int>(),
                edges.out_edges.data_ptr<int>(),
                edges.out_targets.data_ptr<int>()};
      }

      /// @p n_rows rows like those of @p x, which @p work(kernels, first, last,
      /// rows) fills piece by piece.
      template <class Work>
      Tensor new_rows(const std::int64_t n_rows, const Tensor &x,
                      const Work &work)
      {
        Tensor y = torch::empty({n_rows, x.size(1)}, x.options());
        for_type(x,
                 [&](auto t)
                 {
                   using T = decltype(t);
                   for_rows(n_rows,
                            [&](const int first, const int last) {
                              work(rows::kernels<T>(), first, last,
                                   y.data_ptr<T>());
                            });
                 });
        return y;
      }

      template <class T>
      const T *data(const Tensor &x, const T *)
      {
        return x.data_ptr<T>();
      }

      /// Σ_t x_edge over lists of edges.
      Tensor sum_edges(const rows::Lists &lists, const std::int64_t n_rows,
                       const Tensor &x)
      {
        return new_rows(
            n_rows, x,
            [&](const auto &kernels, const int first, const int last, auto *y) {
              kernels.edge_sum(first, last, lists, x.size(1), data(x, y), y);
            });
      }

      Tensor sum_weighted(const rows::Lists &lists, const std::int64_t n_rows,
                          const Tensor &weights, const Tensor &own,
                          const Tensor &x)
      {
        return new_rows(
            n_rows, x,
            [&](const auto &kernels, const int first, const int last, auto *y)
            {
              kernels.weighted_sum(first, last, lists, x.size(1),
                                   data(weights, y), data(own, y), data(x, y),
                                   y);
            });
      }

      Tensor sum_scaled(const rows::Lists &lists, const std::int64_t n_rows,
                        const Tensor &weights, const Tensor &x)
      {
        return new_rows(
            n_rows, x,
            [&](const auto &kernels, const int first, const int last, auto *y)
            {
              kernels.scalar_sum(first, last, lists, x.size(1),
                                 data(weights, y), data(x, y), y);
            });
      }

      Tensor edge_products(const Edges &edges, const Tensor &a, const Tensor &b)
      {
        Tensor y = torch::empty({edges.size(), a.size(1)}, a.options());
        for_type(a,
                 [&](auto t)
                 {
                   using T = decltype(t);
                   for_rows(edges.n_targets,
                            [&](const int first, const int last)
                            {
                              rows::kernels<T>().edge_products(
                                  first, last, in_lists(edges), a.size(1),
                                  a.data_ptr<T>(), b.data_ptr<T>(),
                                  y.data_ptr<T>());
                            });
                 });
        return y;
      }

      /// The index lists that a function needs for its gradient: a copy, whose
      /// tensors share their memory with those of the batch.
      struct SavedEdges : torch::CustomClassHolder
      {
        explicit SavedEdges(const Edges &edges) : edges(edges)
        {
        }

        const Edges edges;
      };

      const Edges &saved_edges(AutogradContext *context)
      {
        return static_cast<const SavedEdges &>(
                   *context->saved_data["edges"].toCapsule())
            .edges;
      }

      void save(AutogradContext *context, const Edges *edges)
      {
        context->saved_data["edges"] =
            c10::IValue::make_capsule(c10::make_intrusive<SavedEdges>(*edges));
      }

      struct EdgeHidden : Function<EdgeHidden>
      {
        static Tensor forward(AutogradContext *context, const Edges *edges,
                              const Tensor &p, const Tensor &q,
                              const Tensor &features, const Tensor &w)
        {
          const std::int64_t n = p.size(1);
          Tensor before = torch::empty({edges->size(), n}, p.options()),
                 after = torch::empty({edges->size(), n}, p.options());
          for_type(p,
                   [&](auto t)
                   {
                     using T = decltype(t);
                     for_rows(edges->n_targets,
                              [&](const int first, const int last)
                              {
                                rows::kernels<T>().edge_hidden(
                                    first, last, in_lists(*edges),
                                    features.size(1), n, p.data_ptr<T>(),
                                    q.data_ptr<T>(), features.data_ptr<T>(),
                                    w.data_ptr<T>(), before.data_ptr<T>(),
                                    after.data_ptr<T>());
                              });
                   });
          save(context, edges);
          context->save_for_backward({before, features, w});
          return after;
        }

        static variable_list backward(AutogradContext *context,
                                      variable_list gradients)
        {
          const Edges &edges = saved_edges(context);
          const variable_list saved = context->get_saved_variables();
          const Tensor &before = saved[0], &features = saved[1];
          const Tensor d = silu_gradient(before, gradients[0].contiguous());
          Tensor dfeatures;
          if (features.requires_grad())
            dfeatures = product(d, saved[2].t().contiguous(), {});
          return {Tensor(), sum_edges(in_lists(edges), edges.n_targets, d),
                  sum_edges(out_lists(edges), edges.n_sources, d), dfeatures,
                  gram(features, d)};
        }
      };

      struct WeightedSum : Function<WeightedSum>
      {
        static Tensor forward(AutogradContext *context, const Edges *edges,
                              const Tensor &weights, const Tensor &own,
                              const Tensor &x)
        {
          save(context, edges);
          context->save_for_backward({weights, own, x});
          return sum_weighted(in_lists(*edges), edges->n_targets, weights, own,
                              x);
        }

        static variable_list backward(AutogradContext *context,
                                      variable_list gradients)
        {
          const Edges &edges = saved_edges(context);
          const variable_list saved = context->get_saved_variables();
          const Tensor &weights = saved[0], &own = saved[1], &x = saved[2];
          const Tensor dy = gradients[0].contiguous();
          Tensor dweights, down, dx;
          if (weights.requires_grad())
            dweights = edge_products(edges, dy, x);
          if (own.requires_grad())
            down = dy * x.slice(0, 0, edges.n_targets);
          if (x.requires_grad())
          {
            if (edges.n_sources == edges.n_targets)
              dx = sum_weighted(out_lists(edges), edges.n_sources, weights, own,
                                dy);
            else
            {
              // Ghosts have no weights of their own here.
              Tensor all = torch::zeros({edges.n_sources, own.size(1)},
                                        own.options()),
                     wide = torch::zeros_like(all);
              all.slice(0, 0, edges.n_targets).copy_(own);
              wide.slice(0, 0, edges.n_targets).copy_(dy);
              dx = sum_weighted(out_lists(edges), edges.n_sources, weights, all,
                                wide);
            }
          }
          return {Tensor(), dweights, down, dx};
        }
      };

      struct ScalarSum : Function<ScalarSum>
      {
        static Tensor forward(AutogradContext *context, const Edges *edges,
                              const Tensor &weights, const Tensor &x)
        {
          save(context, edges);
          context->save_for_backward({weights});
          return sum_scaled(in_lists(*edges), edges->n_targets, weights, x);
        }

        static variable_list backward(AutogradContext *context,
                                      variable_list gradients)
        {
          const Edges &edges = saved_edges(context);
          return {Tensor(), Tensor(),
                  sum_scaled(out_lists(edges), edges.n_sources,
                             context->get_saved_variables()[0],
                             gradients[0].contiguous())};
        }
      };

      struct AllSources : Function<AllSources>
      {
        static Tensor forward(AutogradContext *context, const Edges *edges,
                              const Tensor &x)
        {
          save(context, edges);
          const Tensor own = x.to(torch::kCPU).contiguous();
          Tensor all =
              torch::empty({edges->n_sources, x.size(1)}, own.options());
          all.slice(0, 0, own.size(0)).copy_(own);
          for_type(own,
                   [&](auto t)
                   {
                     using T = decltype(t);
                     T *const rows = all.data_ptr<T>();
                     edges->halo->broadcast(rows, rows + own.numel(),
                                            x.size(1) * sizeof(T));
                   });
          return all.to(x.device());
        }

        static variable_list backward(AutogradContext *context,
                                      variable_list gradients)
        {
          const Halo &halo = *saved_edges(context).halo;
          const Tensor all = gradients[0].to(torch::kCPU).contiguous();
          const std::int64_t n = halo.n_owned();
          const Tensor own = all.slice(0, 0, n).clone();
          for_type(own,
                   [&](auto t)
                   {
                     using T = decltype(t);
                     halo.add_to_owners(all.data_ptr<T>() + own.numel(),
                                        own.data_ptr<T>(), own.size(1));
                   });
          return {Tensor(), own.to(gradients[0].device())};
        }
      };

      struct EdgeSum : Function<EdgeSum>
      {
        static Tensor forward(AutogradContext *context, const Edges *edges,
                              const Tensor &x)
        {
          save(context, edges);
          return sum_edges(in_lists(*edges), edges->n_targets, x);
        }

        static variable_list backward(AutogradContext *context,
                                      variable_list gradients)
        {
          return {Tensor(),
                  gradients[0].index_select(
                      0, saved_edges(context).targets.to(torch::kInt64))};
        }
      };
    } // namespace

    Tensor all_sources(const Edges &edges, const Tensor &x)
    {
      if (!edges.halo || edges.halo->is_trivial())
        return x;
      TORCH_CHECK(x.size(0) == edges.halo->n_owned() &&
                      edges.n_sources == edges.halo->n_nodes(),
                  "the sizes of a halo differ");
      return AllSources::apply(&edges, x);
    }

    Tensor edge_hidden(const Edges &edges, const Tensor &p, const Tensor &own_q,
                       const Tensor &features, const Tensor &w)
    {
      const Tensor q = all_sources(edges, own_q);
      TORCH_CHECK(p.size(0) == edges.n_targets &&
                      q.size(0) == edges.n_sources &&
                      features.size(0) == edges.size() &&
                      features.size(1) == w.size(0) && p.size(1) == w.size(1) &&
                      q.size(1) == w.size(1),
                  "the sizes of a network of edges differ");
      if (!runs_here(p))
        return reference_layers::edge_hidden(edges, p, q, features, w);
      return EdgeHidden::apply(&edges, p.contiguous(), q.contiguous(),
                               features.contiguous(), w.contiguous());
    }

    Tensor edge_network(const Edges &edges, const Tensor &target,
                        const Tensor &source, const Tensor &features,
                        const Tensor &w_target, const Tensor &w_source,
                        const Tensor &w_edge, const Tensor &bias)
    {
      if (reference_in_use())
        return reference_layers::edge_network(
            edges, target, all_sources(edges, source), features, w_target,
            w_source, w_edge, bias);
      return edge_hidden(edges, dense(target, w_target, bias),
                         dense(source, w_source), features, w_edge);
    }

    Tensor weighted_sum(const Edges &edges, const Tensor &weights,
                        const Tensor &own, const Tensor &own_x)
    {
      const Tensor x = all_sources(edges, own_x);
      TORCH_CHECK(weights.size(0) == edges.size() &&
                      own.size(0) == edges.n_targets &&
                      x.size(0) == edges.n_sources &&
                      weights.size(1) == x.size(1) && own.size(1) == x.size(1),
                  "the sizes of a weighted sum differ");
      if (!runs_here(x))
        return reference_layers::weighted_sum(edges, weights, own, x);
      return WeightedSum::apply(&edges, weights.contiguous(), own.contiguous(),
                                x.contiguous());
    }

    Tensor scalar_sum(const Edges &edges, const Tensor &weights,
                      const Tensor &own_x)
    {
      const Tensor x = all_sources(edges, own_x);
      TORCH_CHECK(weights.size(0) == edges.size() &&
                      x.size(0) == edges.n_sources,
                  "the sizes of a sum differ");
      if (!runs_here(x))
        return reference_layers::scalar_sum(edges, weights, x);
      return ScalarSum::apply(&edges, weights.contiguous(), x.contiguous());
    }

    Tensor edge_sum(const Edges &edges, const Tensor &x)
    {
      TORCH_CHECK(x.size(0) == edges.size(), "the sizes of a sum differ");
      if (!runs_here(x))
        return reference_layers::edge_sum(edges, x);
      return EdgeSum::apply(&edges, x.contiguous());
    }
  } // namespace layers
} // namespace nodal
