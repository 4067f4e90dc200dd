// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_learn_samples_on_graphs_h
#define nodal_tests_learn_samples_on_graphs_h

#include <tests/mesh/samples.h>

#include <nodal/core/random.h>
#include <nodal/learn/graph_batch.h>
#include <nodal/learn/lift.h>
#include <nodal/learn/neural_operator.h>

#include <boost/test/tree/decorator.hpp>

#include <torch/cuda.h>

#include <cmath>
#include <memory>
#include <vector>

namespace samples
{
  /// For tests that only a machine with a GPU can run.
  inline boost::test_tools::assertion_result
  has_gpu(boost::unit_test::test_unit_id)
  {
    boost::test_tools::assertion_result result(torch::cuda::is_available());
    result.message() << "there is no CUDA device";
    return result;
  }

  // By themselves, for sources in which dealii's Tensor would be another.
  namespace on_graphs
  {
    /// A square with quadrilaterals, or a disc with triangles, refined.
    inline MeshDescription
    description_for_graphs(const bool is_disc, const unsigned int n_refinements)
    {
      const auto mesh = std::make_shared<Mesh<2>>(
          is_disc ? generated<2>("hyper_ball", "0, 0 : 1 : false", true,
                                 MPI_COMM_SELF)
                  : generated<2>("hyper_cube", "0 : 1 : false", false,
                                 MPI_COMM_SELF),
          MPI_COMM_SELF, n_refinements);
      const Space<2> space(mesh, 1, 1);
      const Numbering<2> numbering(space);
      return numbering.description;
    }

    /// A sample with one source and boundary values of smooth random waves, and
    /// a target that is a function of both.
    inline GraphSample wave_sample(std::shared_ptr<const Graph> graph,
                                   const unsigned int number)
    {
      Random random(7, number, 0);
      const double a = random.normal(), b = random.normal(),
                   c = random.normal(), k = 1 + 2 * random.uniform();
      const GraphLevel &level = graph->levels[0];
      GraphSample sample;
      sample.id = number;
      for (int i = 0; i < level.n_owned; ++i)
      {
        const double *const point = &level.points[graph->dim * i], x = point[0],
                            y = point[1];
        const double f = a * std::sin(k * x + y),
                     g = b * std::cos(k * y) + c * x;
        sample.sources.push_back(f);
        sample.boundary_values.push_back(level.type[i] >= 0 ? g : 0);
        sample.robin_coefficients.push_back(0);
        sample.target.push_back(level.type[i] == 0 ? g : g + 0.1 * f);
      }
      sample.lift = shepard_lift(level, graph->dim, sample.boundary_values, 1);
      sample.graph = std::move(graph);
      return sample;
    }

    inline OperatorShape wave_shape()
    {
      OperatorShape shape;
      shape.dim = 2;
      shape.n_sources = 1;
      return shape;
    }

    inline Normalizer wave_normalizer()
    {
      Normalizer normalizer;
      normalizer.source_scale = {1};
      return normalizer;
    }
  } // namespace on_graphs

  using namespace on_graphs;
} // namespace samples

#endif
