// SPDX-License-Identifier: LGPL-2.1-or-later
#include <source/learn/graph_features.h>

#include <tests/learn/finite_differences.h>
#include <tests/learn/samples_on_graphs.h>

#include <nodal/core/registry.h>
#include <nodal/learn/loss.h>
#include <nodal/learn/sample_equation.h>

#include <boost/test/unit_test.hpp>

#include <torch/torch.h>

#include <cmath>
#include <numeric>

using namespace nodal;
using namespace samples::on_graphs;

BOOST_AUTO_TEST_SUITE(multigrid)

namespace
{
  template <int dim>
  Graph graph_of(const std::string &name, const std::string &arguments,
                 const bool simplices, const unsigned int n_refinements)
  {
    const auto mesh = std::make_shared<Mesh<dim>>(
        samples::generated<dim>(name, arguments, simplices, MPI_COMM_SELF),
        MPI_COMM_SELF, n_refinements);
    const Space<dim> space(mesh, 1, 1);
    const Numbering<dim> numbering(space);
    return make_graph(numbering.description, 4);
  }

  /// A sample whose whole boundary is of type Robin, with a coefficient that
  /// varies.
  GraphSample with_robin(Graph graph)
  {
    const unsigned int dim = graph.dim;
    for (GraphLevel &level : graph.levels)
      for (int i = 0; i < level.n_owned; ++i)
      {
        if (level.type[i] == 0)
          level.type[i] = 2;
        std::swap(level.boundary_measure[i * 3],
                  level.boundary_measure[i * 3 + 2]);
      }
    GraphSample sample =
        wave_sample(std::make_shared<Graph>(std::move(graph)), 1);
    const GraphLevel &level = sample.graph->levels[0];
    for (int i = 0; i < level.n_owned; ++i)
      if (level.type[i] == 2)
        sample.robin_coefficients[i] = 2 + level.points[i * dim + 1];
    return sample;
  }

  std::unique_ptr<NeuralOperator> fresh(const unsigned int dim)
  {
    auto network = Registry<NeuralOperator>::create("multigrid");
    Parameters prm;
    network->add_parameters(prm);
    OperatorShape shape = wave_shape();
    shape.dim = dim;
    network->initialize(shape, wave_normalizer(), Random(3, 0, 0));
    network->to(torch::kFloat64, torch::kCPU);
    return network;
  }

  /// -laplace u = f with u or du/dn + alpha u given does not depend on the unit
  /// of length, if f, fluxes and alpha are converted.
  void check_unit_of_length(const GraphSample &sample)
  {
    const double s = 7;
    const unsigned int dim = sample.graph->dim;
    Graph graph = *sample.graph;
    for (GraphLevel &level : graph.levels)
    {
      for (double &x : level.points)
        x *= s;
      for (double &x : level.volume)
        x *= std::pow(s, dim);
      for (double &x : level.boundary_measure)
        x *= std::pow(s, dim - 1.);
    }
    GraphSample other = sample;
    for (double &x : other.sources)
      x /= s * s;
    for (double &x : other.robin_coefficients)
      x /= s;
    for (int i = 0; i < graph.levels[0].n_owned; ++i)
      if (graph.levels[0].type[i] > 0)
        other.boundary_values[i] /= s;
    other.graph = std::make_shared<Graph>(graph);
    const auto network = fresh(dim);
    const auto solution = [&](const GraphSample &input)
    {
      return network->forward(
          make_batch({&input}, torch::kFloat64, torch::kCPU));
    };
    const torch::Tensor u = solution(sample);
    // Features are of single precision.
    BOOST_TEST((solution(other) - u).abs().max().item<double>() <
               1e-4 * u.abs().max().item<double>());
  }
} // namespace

BOOST_AUTO_TEST_CASE(the_unit_of_length_does_not_matter)
{
  check_unit_of_length(
      with_robin(graph_of<2>("hyper_ball", "0, 0 : 1 : false", true, 2)));
  check_unit_of_length(
      with_robin(graph_of<3>("hyper_cube", "0 : 1 : false", false, 2)));
}

BOOST_AUTO_TEST_CASE(robin_boundaries_absorb_the_same_on_all_levels)
{
  const GraphSample sample =
      with_robin(graph_of<2>("hyper_ball", "0, 0 : 1 : false", true, 2));
  const GraphBatch batch = make_batch({&sample}, torch::kFloat64, torch::kCPU);
  const torch::Tensor absorbed =
      batch.node_features.select(1, robin_measure_column) *
      batch.node_features.select(1, robin_coefficient_column(2));
  double first = 0;
  for (const BatchLevel &level : batch.levels)
  {
    const double sum =
        absorbed.slice(0, level.first_node, level.first_node + level.n_nodes)
            .sum()
            .item<double>();
    if (first == 0)
      first = sum;
    BOOST_TEST(std::abs(sum - first) < 1e-5 * first);
  }
  BOOST_TEST(first > 0.5);
}

// On triangles the cotangents that edges see are the stencil of Laplace's
// equation, for which linear functions are harmonic; but for edges with more
// than two common neighbours, those of a triangle cut into three.
BOOST_AUTO_TEST_CASE(cotangents_of_edges_make_linear_functions_harmonic)
{
  const GraphSample sample =
      wave_sample(std::make_shared<Graph>(
                      graph_of<2>("hyper_ball", "0, 0 : 1 : false", true, 2)),
                  1);
  const GraphBatch batch = make_batch({&sample}, torch::kFloat64, torch::kCPU);
  const Edges &edges = batch.levels[0].edges;
  const torch::Tensor features = batch.edge_features.slice(0, 0, edges.size()),
                      weights = features.slice(1, 5, 6).contiguous();
  const torch::Tensor sums =
      layers::weighted_sum(edges, weights, -layers::edge_sum(edges, weights),
                           batch.points.slice(1, 0, 1).contiguous());
  const GraphLevel &level = sample.graph->levels[0];
  unsigned int n_tested = 0;
  for (int i = 0; i < level.n_owned; ++i)
  {
    const double most_common =
        4 * features.slice(0, level.offsets[i], level.offsets[i + 1])
                .select(1, 6)
                .max()
                .item<double>();
    if (level.type[i] >= 0 || most_common > 2.5)
      continue;
    ++n_tested;
    BOOST_TEST(std::abs(sums[i][0].item<double>()) < 1e-5);
  }
  BOOST_TEST(n_tested > 10u);
}

namespace
{
  /// Bilinear elements for Laplace's equation on a square: −1/3 to all eight
  /// neighbours. The boundary is known.
  class SquareEquation : public SampleEquation
  {
  public:
    SquareEquation(std::shared_ptr<const Graph> graph,
                   const std::vector<double> &solution)
        : graph(std::move(graph)), rhs(times(solution))
    {
    }

    std::vector<double> residual(const std::vector<double> &u) const override
    {
      std::vector<double> r = times(u);
      for (std::size_t i = 0; i < r.size(); ++i)
        r[i] = rhs[i] - r[i];
      return r;
    }

    std::vector<double>
    apply_transposed(const std::vector<double> &z) const override
    {
      std::vector<double> result(z.size(), 0.);
      for_interior(
          [&](const int i, const int j)
          {
            result[i] += z[i] / 3;
            result[j] -= z[i] / 3;
          });
      return result;
    }

    std::vector<double>
    precondition(const std::vector<double> &r) const override
    {
      return r;
    }

  private:
    std::vector<double> times(const std::vector<double> &u) const
    {
      std::vector<double> result(u.size(), 0.);
      for_interior([&](const int i, const int j)
                   { result[i] += (u[i] - u[j]) / 3; });
      return result;
    }

    template <class Work>
    void for_interior(const Work &work) const
    {
      const GraphLevel &level = graph->levels[0];
      for (int i = 0; i < level.n_owned; ++i)
        if (level.type[i] < 0)
          for (int t = level.offsets[i]; t < level.offsets[i + 1]; ++t)
            work(i, level.sources[t]);
    }

    const std::shared_ptr<const Graph> graph;
    const std::vector<double> rhs;
  };

  std::unique_ptr<NeuralOperator> with_matrix()
  {
    auto network = Registry<NeuralOperator>::create("multigrid");
    Parameters prm;
    network->add_parameters(prm);
    prm.apply(ParameterFile::parse("set Matrix known = true", "test.prm"));
    network->initialize(wave_shape(), wave_normalizer(), Random(3, 0, 0));
    network->to(torch::kFloat64, torch::kCPU);
    return network;
  }

  GraphSample sample_with_equation(const unsigned int number)
  {
    static const auto graph = std::make_shared<Graph>(
        make_graph(description_for_graphs(false, 4), 6));
    GraphSample sample = wave_sample(graph, number);
    sample.equation = std::make_shared<SquareEquation>(graph, sample.target);
    return sample;
  }
} // namespace

BOOST_AUTO_TEST_CASE(cycles_that_know_the_matrix_solve_before_they_learn)
{
  const auto network = with_matrix();
  BOOST_TEST(network->needs_equation());
  const GraphSample a = sample_with_equation(1), b = sample_with_equation(2);
  const GraphBatch batch = make_batch({&a, &b}, torch::kFloat64, torch::kCPU);
  const auto error = [&](const torch::Tensor &u)
  { return relative_l2(batch, u).max().item<double>(); };
  BOOST_TEST(error(network->forward(batch)) < 0.02 * error(batch.lift));
  // Where nothing is left to do, nothing is done.
  GraphSample solved = a;
  solved.lift = solved.target;
  const torch::Tensor u =
      network->forward(make_batch({&solved}, torch::kFloat64, torch::kCPU));
  BOOST_TEST((u - torch::tensor(a.target, torch::kFloat64).unsqueeze(1))
                 .abs()
                 .max()
                 .item<double>() < 1e-13);
}

BOOST_AUTO_TEST_CASE(gradients_go_through_the_matrix)
{
  const auto network = with_matrix();
  const GraphSample a = sample_with_equation(1), b = sample_with_equation(2);
  const GraphBatch batch = make_batch({&a, &b}, torch::kFloat64, torch::kCPU);
  const samples::Slope slope = samples::slope_of(
      *network,
      [&] { return relative_l2(batch, network->forward(batch)).sum(); });
  BOOST_TEST(std::abs(slope.gradient) > 1e-6);
  BOOST_TEST(std::abs(slope.differences - slope.gradient) <
             1e-5 * (1 + std::abs(slope.gradient)));
}

BOOST_AUTO_TEST_SUITE_END()
