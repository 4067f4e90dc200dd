// SPDX-License-Identifier: LGPL-2.1-or-later
// The loss in the energy norm, with equations whose energies are sums.
#include "finite_differences.h"
#include "samples_on_graphs.h"

#include <nodal/core/registry.h>
#include <nodal/learn/loss.h>

#include <boost/test/unit_test.hpp>

#include <torch/torch.h>

#include <cmath>

using namespace nodal;
using namespace samples::on_graphs;

BOOST_AUTO_TEST_SUITE(energy)

namespace
{
  /// A u = b with u·A u = Σ (u_i − u_j)² / 2 over all edges + Σ u_i² / 2.
  class SpringEquation : public SampleEquation
  {
  public:
    SpringEquation(std::shared_ptr<const Graph> graph,
                   const std::vector<double> &solution)
        : graph(std::move(graph)), b(apply_transposed(solution))
    {
    }

    std::vector<double> residual(const std::vector<double> &u) const override
    {
      std::vector<double> r = apply_transposed(u);
      for (std::size_t i = 0; i < r.size(); ++i)
        r[i] = b[i] - r[i];
      return r;
    }

    std::vector<double>
    apply_transposed(const std::vector<double> &z) const override
    {
      const GraphLevel &level = graph->levels[0];
      std::vector<double> result;
      for (int i = 0; i < level.n_owned; ++i)
      {
        result.push_back(0.5 * z[i]);
        for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
          result.back() += z[i] - z[level.sources[t]];
      }
      return result;
    }

    std::vector<double>
    precondition(const std::vector<double> &r) const override
    {
      return r;
    }

  private:
    const std::shared_ptr<const Graph> graph;
    const std::vector<double> b;
  };

  double energy_of(const GraphLevel &level, const torch::Tensor &u)
  {
    const double *const x = u.data_ptr<double>();
    double result = 0;
    for (int i = 0; i < level.n_owned; ++i)
    {
      result += 0.5 * x[i] * x[i];
      for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
        result += std::pow(x[i] - x[level.sources[t]], 2) / 2;
    }
    return result;
  }

  GraphSample sample_with_springs(const bool is_disc, const unsigned int number)
  {
    const auto graph = std::make_shared<Graph>(
        make_graph(description_for_graphs(is_disc, is_disc ? 0 : 2), 6));
    GraphSample sample = wave_sample(graph, number);
    sample.equation = std::make_shared<SpringEquation>(graph, sample.target);
    return sample;
  }

  std::unique_ptr<Loss> loss_of_energy(const bool any_size)
  {
    auto loss = Registry<Loss>::create("energy");
    Parameters prm;
    loss->add_parameters(prm);
    prm.apply(ParameterFile::parse(std::string("set Any size = ") +
                                       (any_size ? "true" : "false"),
                                   "test.prm"));
    return loss;
  }

  double worst(const torch::Tensor &x)
  {
    return x.abs().max().item<double>();
  }
} // namespace

BOOST_AUTO_TEST_CASE(it_is_the_energy_norm)
{
  const GraphSample a = sample_with_springs(false, 0),
                    b = sample_with_springs(true, 1);
  const GraphBatch batch = make_batch({&a, &b}, torch::kFloat64, torch::kCPU);
  const std::int64_t n = batch.sample_sizes[0];
  const torch::Tensor prediction =
      batch.target + torch::sin(7 * batch.points.slice(1, 0, 1));
  const auto loss = loss_of_energy(false), free = loss_of_energy(true);
  BOOST_TEST(loss->needs_target());
  BOOST_TEST(loss->needs_spd());
  const torch::Tensor values = loss->of_samples(batch, prediction),
                      best = free->of_samples(batch, prediction);
  for (unsigned int k = 0; k < 2; ++k)
  {
    const GraphLevel &level = (k == 0 ? a : b).graph->levels[0];
    const auto part = [&](const torch::Tensor &x)
    { return (k == 0 ? x.slice(0, 0, n) : x.slice(0, n)).contiguous(); };
    const torch::Tensor e = part(batch.target - prediction),
                        whole = part(batch.target - batch.lift),
                        d = part(prediction - batch.lift);
    const double reference = energy_of(level, whole);
    BOOST_TEST(std::abs(values[k].item<double>() -
                        std::sqrt(energy_of(level, e) / reference)) < 1e-12);
    // No multiple of d is nearer than the best one, and one is as near.
    double least = 1;
    for (double factor = -1; factor < 2; factor += 1e-3)
      least = std::min(
          least, std::sqrt(energy_of(level, whole - factor * d) / reference));
    BOOST_TEST(best[k].item<double>() <= least + 1e-12);
    BOOST_TEST(best[k].item<double>() > least - 1e-5);
  }
  BOOST_TEST(worst(loss->of_samples(batch, batch.lift) - 1) < 1e-12);
  BOOST_TEST(worst(loss->of_samples(batch, batch.target)) < 1e-9);
  BOOST_TEST(worst(free->of_samples(
                 batch, batch.lift + 3 * (batch.target - batch.lift))) < 1e-7);
  // No direction at all is as good as nothing.
  BOOST_TEST(worst(free->of_samples(batch, batch.lift) - 1) < 1e-12);
}

BOOST_AUTO_TEST_CASE(its_gradient_is_that_of_finite_differences)
{
  for (const bool any_size : {false, true})
  {
    const GraphSample a = sample_with_springs(false, 0),
                      b = sample_with_springs(true, 1);
    const GraphBatch batch = make_batch({&a, &b}, torch::kFloat64, torch::kCPU);
    const auto loss = loss_of_energy(any_size);
    torch::Tensor x =
        (0.5 * batch.target + 0.3 * torch::cos(5 * batch.points.slice(1, 1, 2)))
            .detach()
            .requires_grad_(true);
    const torch::Tensor weights = torch::tensor({2., 3.}, torch::kFloat64);
    const auto value = [&](const torch::Tensor &y)
    { return (weights * loss->of_samples(batch, y)).sum(); };
    const double difference = samples::distance_from_differences(value, x);
    BOOST_TEST(worst(x.grad()) > 1e-3);
    BOOST_TEST(difference < 1e-7);
  }
}

BOOST_AUTO_TEST_SUITE_END()
