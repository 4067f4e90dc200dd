// SPDX-License-Identifier: LGPL-2.1-or-later
#include "local_averages.h"

#include <nodal/core/exceptions.h>

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nodal
{
  using torch::Tensor;

  namespace
  {
    unsigned int power(const unsigned int base, const unsigned int exponent)
    {
      return exponent == 0 ? 1 : base * power(base, exponent - 1);
    }
  } // namespace

  LocalAverages::LocalAverages(const std::vector<dealii::Point<3>> &points,
                               const EvolutionSystem &system,
                               const double spacing,
                               const unsigned int n_places)
      : n_nodes(points.size()),
        n_places(power(n_places, system.n_coordinates())), offsets({0})
  {
    const unsigned int dim = system.n_coordinates();
    const int reach = n_places / 2;
    std::vector<std::vector<std::pair<int, double>>> at_place(this->n_places);
    for (const dealii::Point<3> &center : points)
    {
      for (auto &entries : at_place)
        entries.clear();
      for (std::size_t j = 0; j < points.size(); ++j)
      {
        const dealii::Tensor<1, 3> way = system.displacement(center, points[j]);
        int first[3] = {0, 0, 0};
        double share[3] = {0, 0, 0}; // of the place after the first one
        bool is_near = true;
        for (unsigned int d = 0; d < dim && is_near; ++d)
        {
          const double x = way[d] / spacing + reach;
          is_near = x > -1 && x < 2 * reach + 1;
          first[d] = std::floor(x);
          share[d] = x - first[d];
        }
        for (unsigned int corner = 0; is_near && corner < (1u << dim); ++corner)
        {
          double weight = 1;
          int place = 0;
          for (int d = dim - 1; d >= 0; --d)
          {
            const bool is_upper = corner >> d & 1;
            const int k = first[d] + is_upper;
            weight *= k < 0 || k > 2 * reach ? 0
                      : is_upper             ? share[d]
                                             : 1 - share[d];
            place = place * n_places + k;
          }
          // What rounding leaves is nothing.
          if (weight > 1e-6)
            at_place[place].emplace_back(j, weight);
        }
      }
      for (const auto &entries : at_place)
      {
        double sum = 0;
        for (const auto &entry : entries)
          sum += entry.second;
        for (const auto &[node, weight] : entries)
        {
          nodes.push_back(node);
          weights.push_back(weight / sum);
        }
        offsets.push_back(nodes.size());
      }
    }
  }

  void LocalAverages::around(const std::size_t i, const std::size_t n,
                             const float *const x, float *y) const
  {
    for (std::size_t row = i * n_places; row < (i + 1) * n_places;
         ++row, y += n)
    {
      std::fill_n(y, n, 0.f);
      for (int t = offsets[row]; t < offsets[row + 1]; ++t)
      {
        const float weight = weights[t];
        const float *const from = x + nodes[t] * n;
        for (std::size_t c = 0; c < n; ++c)
          y[c] += weight * from[c];
      }
    }
  }

  double
  LocalAverages::typical_spacing(const std::vector<dealii::Point<3>> &nodes,
                                 const EvolutionSystem &system,
                                 const std::string &entry)
  {
    if (nodes.size() < 2)
      throw BadInput("There is a single node, and so none beside it.", entry);
    double sum = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i)
    {
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t j = 0; j < nodes.size(); ++j)
        if (j != i)
          least = std::min(least, system.distance(nodes[i], nodes[j]));
      sum += least;
    }
    return sum / nodes.size();
  }

  namespace
  {
    struct Averages : torch::autograd::Function<Averages>
    {
      /// For the gradient.
      struct Saved : torch::CustomClassHolder
      {
        explicit Saved(std::shared_ptr<const LocalAverages> averages)
            : averages(std::move(averages))
        {
        }

        const std::shared_ptr<const LocalAverages> averages;
      };

      /// work(node, place, other node, weight) for all entries.
      template <class Work>
      static void for_entries(const LocalAverages &averages, const Work &work)
      {
        int row = 0;
        for (std::size_t i = 0; i < averages.n_nodes; ++i)
          for (unsigned int place = 0; place < averages.n_places;
               ++place, ++row)
            for (int t = averages.offsets[row]; t < averages.offsets[row + 1];
                 ++t)
              work(i, place, averages.nodes[t], averages.weights[t]);
      }

      static Tensor
      forward(torch::autograd::AutogradContext *context, const Tensor &values,
              const std::shared_ptr<const LocalAverages> &averages)
      {
        context->saved_data["averages"] =
            c10::IValue::make_capsule(c10::make_intrusive<Saved>(averages));
        const Tensor x = values.contiguous();
        const std::int64_t n_rows = x.size(1), n = x.size(2),
                           n_wide = averages->n_places * n;
        Tensor y = torch::zeros({x.size(0), n_rows, n_wide}, x.options());
        const float *const in = x.data_ptr<float>();
        float *const out = y.data_ptr<float>();
        for_entries(*averages,
                    [&](const std::size_t i, const unsigned int place,
                        const std::size_t j, const float weight)
                    {
                      for (std::int64_t b = 0; b < n_rows; ++b)
                      {
                        const float *const from = in + (j * n_rows + b) * n;
                        float *const to =
                            out + (i * n_rows + b) * n_wide + place * n;
                        for (std::int64_t c = 0; c < n; ++c)
                          to[c] += weight * from[c];
                      }
                    });
        return y;
      }

      static torch::autograd::variable_list
      backward(torch::autograd::AutogradContext *context,
               const torch::autograd::variable_list &gradients)
      {
        const LocalAverages &averages =
            *static_cast<const Saved &>(
                 *context->saved_data["averages"].toCapsule())
                 .averages;
        const Tensor dy = gradients[0].contiguous();
        const std::int64_t n_rows = dy.size(1), n_wide = dy.size(2),
                           n = n_wide / averages.n_places;
        Tensor dx = torch::zeros({dy.size(0), n_rows, n}, dy.options());
        const float *const in = dy.data_ptr<float>();
        float *const out = dx.data_ptr<float>();
        for_entries(averages,
                    [&](const std::size_t i, const unsigned int place,
                        const std::size_t j, const float weight)
                    {
                      for (std::int64_t b = 0; b < n_rows; ++b)
                      {
                        const float *const from =
                            in + (i * n_rows + b) * n_wide + place * n;
                        float *const to = out + (j * n_rows + b) * n;
                        for (std::int64_t c = 0; c < n; ++c)
                          to[c] += weight * from[c];
                      }
                    });
        return {dx, Tensor()};
      }
    };
  } // namespace

  Tensor LocalAverages::of(const std::shared_ptr<const LocalAverages> &self,
                           const Tensor &x)
  {
    return Averages::apply(x, self);
  }
} // namespace nodal
