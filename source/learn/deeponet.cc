// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network_parts.h"
#include "over_ranks.h"

#include <nodal/core/registry.h>

#include <torch/torch.h>

#include <cmath>

namespace nodal
{
  using torch::Tensor;

  /**
   * The deep operator network (Lu, Jin, Pang, Zhang, Karniadakis: Learning
   * nonlinear operators via DeepONet, Nature Machine Intelligence, 2021) with
   * sensors that do not depend on the mesh. A sensor is the integral of an
   * input against a learned function of position,
   *
   *   s_k = Σ_i |Ω_i| ψ_k(x_i) f(x_i) / |Ω|  and the same over the boundary,
   *
   * where inputs are coefficients, sources and boundary values of each type,
   * and 1, whose integrals describe the domain. The branch turns all sensors
   * into numbers b of the sample, the trunk turns a position, and what is known
   * of the node, into as many numbers t; the output is b · t. Positions are
   * relative to the box around the sample.
   */
  class DeepOperatorNetwork : public NetworkOperator
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      prm.add("Sensors", n_sensors,
              "Functions of position that each input is integrated against.", 1,
              4096);
      prm.add("Products", n_products,
              "Terms of the output: numbers that the branch gives for each of "
              "its components.",
              1, 4096);
      prm.add("Width", width, "Hidden numbers of all networks.", 1, 4096);
      add_scaling(prm);
    }

  protected:
    void make_weights() override
    {
      const std::int64_t dim = shape().dim, n_outputs = shape().n_outputs;
      inside = add_position_network("sensors inside", dim, n_sensors);
      outside = add_position_network("sensors on the boundary", dim, n_sensors);
      branch_in =
          add_network("branch.in", n_sensors * (n_inside() + n_outside()),
                      2 * width, width);
      branch_norm = add_norm("branch.norm", width);
      branch_out =
          add_network("branch.out", width, width, n_products * n_outputs);
      trunk = add_position_network("trunk", dim + n_trunk_inputs(), n_products);
    }

    Tensor correction(const GraphBatch &batch) const override
    {
      const Tensor scale = all_scale(batch),
                   known = torch::cat(
                       {normalized_coefficients(batch.coefficients),
                        divided(batch.lift / normalizer().boundary_scale,
                                scale)},
                       1);
      const Tensor on_boundary =
          divided(batch.boundary_values / normalizer().boundary_scale, scale);
      const Tensor sources = divided(source_inputs(batch), scale);
      std::vector<Tensor> outputs;
      std::int64_t first = 0;
      for (std::int64_t k = 0; k < batch.n_samples; ++k)
      {
        const std::int64_t n = batch.sample_sizes[k];
        const auto own = [&](const Tensor &x)
        { return x.slice(0, first, first + n); };
        const Tensor positions = relative_points(batch, k, own(batch.points));
        const Tensor sensors = torch::cat(
            {integrals(
                 batch, inside, positions, own(batch.volume),
                 torch::cat({own(normalized_coefficients(batch.coefficients)),
                             own(sources)},
                            1)),
             boundary_integrals(batch, k, first, positions, on_boundary)},
            1);
        const Tensor b =
            apply(branch_out, apply(branch_norm, apply(branch_in, sensors)))
                .view({std::int64_t(n_products), -1});
        const Tensor t =
            at_positions(trunk, torch::cat({positions, own(known)}, 1));
        outputs.push_back(layers::dense(t, b) / std::sqrt(double(n_products)));
        first += n;
      }
      return normalizer().output_scale * scale * torch::cat(outputs, 0);
    }

  private:
    /// Two networks, the second on top of the first.
    struct PositionNetwork
    {
      DenseNetwork first, second;
    };

    PositionNetwork add_position_network(const std::string &name,
                                         const std::int64_t n_in,
                                         const std::int64_t n_out)
    {
      // Steeper at first, for functions that change within the box.
      PositionNetwork network;
      network.first.hidden = add_layer(name + ".first.hidden", n_in, width, 3);
      network.first.out = add_layer(name + ".first.out", width, width, 2);
      network.second = add_network(name + ".second", width, width, n_out, 2);
      return network;
    }

    Tensor at_positions(const PositionNetwork &network, const Tensor &x) const
    {
      return apply(network.second, layers::silu(apply(network.first, x)));
    }

    /// Of fields, and 1.
    std::int64_t n_inside() const
    {
      return shape().n_coefficients + shape().n_sources + 1;
    }

    /// Of boundary values of each type, the shares of two of them, Robin
    /// coefficients, and 1.
    std::int64_t n_outside() const
    {
      return 3 * shape().n_outputs + 2 + 1 + 1;
    }

    std::int64_t n_trunk_inputs() const
    {
      return shape().n_coefficients + shape().n_outputs;
    }

    /// Means of @p fields and 1, weighted by @p measure (n × 1), against each
    /// function: a row of n_sensors (n_fields + 1).
    Tensor integrals(const GraphBatch &batch, const PositionNetwork &network,
                     const Tensor &positions, const Tensor &measure,
                     const Tensor &fields) const
    {
      const Tensor functions = at_positions(network, positions);
      const Tensor all =
          torch::cat({fields, torch::ones_like(measure)}, 1) * measure;
      const Tensor total =
          product_over_ranks(batch, measure, torch::ones_like(measure));
      return (product_over_ranks(batch, functions, all) /
              total.clamp_min(1e-30))
          .view({1, -1});
    }

    /// The same over the boundary of sample @p k, whose rows begin at
    /// @p first.
    Tensor boundary_integrals(const GraphBatch &batch, const std::int64_t k,
                              const std::int64_t first, const Tensor &positions,
                              const Tensor &values) const
    {
      const std::int64_t n = batch.sample_sizes[k];
      const Tensor rows = boundary_rows(batch, first, n);
      const auto own = [&](const Tensor &x) { return x.index_select(0, rows); };
      const Tensor measure = own(batch.boundary_measure), g = own(values),
                   robin =
                       own(batch.robin_coefficients) * batch.half_extents[k];
      const Tensor total =
          measure.slice(1, 0, 1) + measure.slice(1, 1, 2) + measure.slice(1, 2);
      std::vector<Tensor> fields;
      for (std::int64_t type = 0; type < 3; ++type)
      {
        const Tensor share =
            measure.slice(1, type, type + 1) / total.clamp_min(1e-30);
        fields.push_back(g * share);
        // The third share is what is left of 1.
        if (type < 2)
          fields.push_back(share);
      }
      fields.push_back(robin / (1 + robin.abs()));
      return integrals(batch, outside, positions.index_select(0, rows - first),
                       total, torch::cat(fields, 1));
    }

    unsigned int n_sensors = 16, n_products = 64, width = 64;
    PositionNetwork inside, outside, trunk;
    DenseNetwork branch_in, branch_out;
    RowNorm branch_norm;
  };

  NODAL_REGISTER(NeuralOperator, DeepOperatorNetwork, "deeponet",
                 "products of functions of position and of numbers that "
                 "integrals of the inputs give")
} // namespace nodal
