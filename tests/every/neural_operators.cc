// SPDX-License-Identifier: LGPL-2.1-or-later
// What every registered neural operator must do, in each of its forms.
#include <tests/learn/finite_differences.h>
#include <tests/learn/samples_on_graphs.h>

#include <nodal/core/communicator.h>
#include <nodal/core/registry.h>
#include <nodal/learn/loss.h>
#include <nodal/learn/model.h>

#include <boost/test/unit_test.hpp>

#include <torch/torch.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

using namespace nodal;
using namespace samples::on_graphs;

BOOST_AUTO_TEST_SUITE(neural_operators)

namespace
{
  std::shared_ptr<const Graph> graph_for_operators(const bool is_disc,
                                                   const unsigned int n)
  {
    return std::make_shared<Graph>(
        make_graph(description_for_graphs(is_disc, n), 6));
  }

  /// An operator with some of its parameters.
  struct Case
  {
    std::string name;
    std::map<std::string, std::string> parameters;
  };

  std::unique_ptr<NeuralOperator>
  fresh_operator(const Case &tested,
                 const torch::ScalarType type = torch::kFloat64)
  {
    auto network = Registry<NeuralOperator>::create(tested.name);
    Parameters prm;
    network->add_parameters(prm);
    std::string text;
    for (const auto &[key, value] : tested.parameters)
      text += "set " + key + " = " + value + "\n";
    prm.apply(ParameterFile::parse(text, "test.prm"));
    network->initialize(wave_shape(), wave_normalizer(), Random(3, 0, 0));
    network->to(type, torch::kCPU);
    return network;
  }

  GraphBatch one(const GraphSample &sample,
                 const torch::ScalarType type = torch::kFloat64)
  {
    return make_batch({&sample}, type, torch::kCPU);
  }

  double largest(const torch::Tensor &x)
  {
    return x.abs().max().item<double>();
  }

  /// @p work with each registered operator that is our own and its other
  /// forms.
  template <class Work>
  void for_every_operator(const Work &work)
  {
    std::vector<Case> cases;
    for (const RegistryEntry &entry : Registry<NeuralOperator>::list())
      if (!Registry<NeuralOperator>::create(entry.name)->is_imported())
        cases.push_back({entry.name, {}});
    cases.push_back({"beno", {{"Form", "faithful"}}});
    cases.push_back({"multigrid", {{"Conservative", "false"}}});
    for (const Case &tested : cases)
      BOOST_TEST_CONTEXT(tested.name
                         << (tested.parameters.empty() ? "" : ", other form"))
    work(tested);
  }
} // namespace

BOOST_AUTO_TEST_CASE(dirichlet_values_hold_to_the_bit)
{
  for_every_operator(
      [](const Case &tested)
      {
        const auto network = fresh_operator(tested);
        const GraphSample sample = wave_sample(graph_for_operators(true, 1), 0);
        const torch::Tensor u = network->forward(one(sample));
        const GraphLevel &level = sample.graph->levels[0];
        for (int i = 0; i < level.n_owned; ++i)
          if (level.type[i] == 0)
            BOOST_TEST(u[i][0].item<double>() == sample.boundary_values[i]);
      });
}

BOOST_AUTO_TEST_CASE(a_gpu_gives_what_the_processor_gives,
                     *boost::unit_test::precondition(samples::has_gpu))
{
  for_every_operator(
      [](const Case &tested)
      {
        const GraphSample a = wave_sample(graph_for_operators(false, 2), 0),
                          b = wave_sample(graph_for_operators(true, 0), 1);
        const auto on = [&](const torch::Device device)
        {
          const auto network = fresh_operator(tested);
          network->to(torch::kFloat64, device);
          const GraphBatch batch =
              make_batch({&a, &b}, torch::kFloat64, device);
          const torch::Tensor u = network->forward(batch);
          BOOST_TEST(u.device().type() == device.type());
          relative_l2(batch, u).sum().backward();
          return torch::cat({u.detach().flatten().to(torch::kCPU),
                             network->all_weights().grad().to(torch::kCPU)});
        };
        const torch::Tensor cpu = on(torch::kCPU), gpu = on(torch::kCUDA);
        BOOST_TEST(largest(gpu - cpu) < 1e-10 * (1 + largest(cpu)));
      });
}

BOOST_AUTO_TEST_CASE(gradients_are_those_of_finite_differences)
{
  for_every_operator(
      [](const Case &tested)
      {
        const auto network = fresh_operator(tested);
        const GraphSample a = wave_sample(graph_for_operators(false, 2), 0),
                          b = wave_sample(graph_for_operators(true, 0), 1);
        const GraphBatch batch =
            make_batch({&a, &b}, torch::kFloat64, torch::kCPU);
        const auto loss = [&]
        { return relative_l2(batch, network->forward(batch)).sum(); };
        const samples::Slope slope = samples::slope_of(*network, loss);
        BOOST_TEST(std::abs(slope.differences - slope.gradient) <
                   1e-5 * (1 + std::abs(slope.gradient)));
        BOOST_TEST(std::abs(slope.gradient) > 1e-6);
      });
}

BOOST_AUTO_TEST_CASE(samples_of_a_batch_do_not_see_one_another)
{
  for_every_operator(
      [](const Case &tested)
      {
        const auto network = fresh_operator(tested, torch::kFloat32);
        const GraphSample a = wave_sample(graph_for_operators(false, 3), 0),
                          b = wave_sample(graph_for_operators(true, 1), 1),
                          c = wave_sample(graph_for_operators(false, 2), 2);
        const torch::Tensor together = network->forward(
            make_batch({&a, &b, &c}, torch::kFloat32, torch::kCPU));
        std::int64_t first = 0;
        for (const GraphSample *sample : {&a, &b, &c})
        {
          const std::int64_t n = sample->graph->levels[0].n_owned;
          const torch::Tensor alone =
              network->forward(one(*sample, torch::kFloat32));
          BOOST_TEST(torch::equal(alone, together.slice(0, first, first + n)));
          first += n;
        }
      });
}

BOOST_AUTO_TEST_CASE(linear_ones_are_linear_and_keep_constants)
{
  for_every_operator(
      [](const Case &tested)
      {
        const auto network = fresh_operator(tested);
        if (!network->is_linear())
          return;
        const auto graph = graph_for_operators(true, 1);
        GraphSample a = wave_sample(graph, 0), b = wave_sample(graph, 1),
                    sum = a, constant = a;
        const auto combine =
            [](std::vector<double> &x, const std::vector<double> &y)
        {
          for (std::size_t i = 0; i < x.size(); ++i)
            x[i] = 2 * x[i] - 3 * y[i];
        };
        combine(sum.sources, b.sources);
        combine(sum.boundary_values, b.boundary_values);
        combine(sum.lift, b.lift);
        const torch::Tensor difference = network->forward(one(sum)) -
                                         2 * network->forward(one(a)) +
                                         3 * network->forward(one(b));
        BOOST_TEST(largest(difference) < 1e-11);
        std::fill(constant.sources.begin(), constant.sources.end(), 0.);
        std::fill(constant.lift.begin(), constant.lift.end(), 7.);
        for (double &g : constant.boundary_values)
          g = 7;
        BOOST_TEST(largest(network->forward(one(constant)) - 7) < 1e-11);
      });
}

// Sources that leak into the branch of boundary values, or the other way
// round, would break this.
BOOST_AUTO_TEST_CASE(branches_of_additive_ones_see_their_own_fields_alone)
{
  for_every_operator(
      [](const Case &tested)
      {
        const auto network = fresh_operator(tested);
        if (!network->is_additive())
          return;
        const auto graph = graph_for_operators(true, 1);
        const GraphSample a = wave_sample(graph, 0), b = wave_sample(graph, 1);
        const auto with =
            [&](const GraphSample &source, const GraphSample &boundary)
        {
          GraphSample sample = boundary;
          sample.sources = source.sources;
          return network->forward(one(sample));
        };
        const torch::Tensor first = with(a, a) - with(b, a),
                            second = with(a, b) - with(b, b);
        BOOST_TEST(largest(first) > 1e-6);
        BOOST_TEST(largest(first - second) < 1e-12);
      });
}

BOOST_AUTO_TEST_CASE(scaled_fields_give_scaled_solutions_where_it_is_said)
{
  for_every_operator(
      [](const Case &tested)
      {
        const auto network = fresh_operator(tested);
        Parameters prm;
        network->add_parameters(prm);
        bool is_scaled = network->is_linear();
        for (const Parameters::Declaration &entry : prm.declarations())
          is_scaled |= entry.path == "Scaling";
        if (!is_scaled)
          return;
        const GraphSample sample = wave_sample(graph_for_operators(true, 1), 2);
        GraphSample other = sample;
        for (auto *field :
             {&other.sources, &other.boundary_values, &other.lift})
          for (double &x : *field)
            x *= 1e3;
        const torch::Tensor u = network->forward(one(sample));
        BOOST_TEST(largest(network->forward(one(other)) - 1e3 * u) <
                   1e-9 * (1 + largest(u)));
        // Nothing comes of nothing.
        for (auto *field :
             {&other.sources, &other.boundary_values, &other.lift})
          std::fill(field->begin(), field->end(), 0.);
        BOOST_TEST(largest(network->forward(one(other))) == 0);
      });
}

BOOST_AUTO_TEST_CASE(three_dimensions_and_coefficients_are_taken)
{
  for_every_operator(
      [](const Case &tested)
      {
        const auto mesh = std::make_shared<Mesh<3>>(
            samples::generated<3>("hyper_cube", "0 : 1 : true", false,
                                  MPI_COMM_SELF),
            MPI_COMM_SELF, 1);
        const Space<3> space(mesh, 1, 1);
        const Numbering<3> numbering(space);
        GraphSample sample = wave_sample(
            std::make_shared<Graph>(make_graph(numbering.description, 6)), 0);
        const std::size_t n = sample.sources.size();
        for (std::size_t i = 0; i < n; ++i)
          sample.coefficients.push_back(1 + i % 3);
        OperatorShape shape = wave_shape();
        shape.dim = 3;
        shape.n_coefficients = 1;
        Normalizer normalizer = wave_normalizer();
        normalizer.coefficient_mean = {0.5};
        normalizer.coefficient_scale = {2};
        normalizer.coefficient_is_logarithm = {true};
        const auto network = fresh_operator(tested);
        try
        {
          network->initialize(shape, normalizer, Random(3, 0, 0));
        }
        catch (const BadInput &)
        {
          return; // says that it does not
        }
        network->to(torch::kFloat64, torch::kCPU);
        const torch::Tensor u = network->forward(one(sample));
        BOOST_TEST(u.isfinite().all().item<bool>());
        BOOST_TEST(u.size(0) == std::int64_t(n));
        for (double &x : sample.coefficients)
          x *= 1.5;
        BOOST_TEST(largest(network->forward(one(sample)) - u) > 1e-9);
      });
}

BOOST_AUTO_TEST_CASE(a_source_that_all_samples_share_leaves_no_zeros)
{
  for_every_operator(
      [](const Case &tested)
      {
        // The coefficient alone varies.
        GraphSample sample = wave_sample(graph_for_operators(false, 2), 0);
        sample.sources.clear();
        std::fill(sample.boundary_values.begin(), sample.boundary_values.end(),
                  0.);
        std::fill(sample.lift.begin(), sample.lift.end(), 0.);
        for (std::size_t i = 0; i < sample.target.size(); ++i)
          sample.coefficients.push_back(1 + i % 3);
        OperatorShape shape = wave_shape();
        shape.n_sources = 0;
        shape.n_coefficients = 1;
        Normalizer normalizer;
        normalizer.coefficient_mean = {0.5};
        normalizer.coefficient_scale = {2};
        normalizer.coefficient_is_logarithm = {true};
        const auto network = fresh_operator(tested);
        network->initialize(shape, normalizer, Random(3, 0, 0));
        network->to(torch::kFloat64, torch::kCPU);
        const torch::Tensor u = network->forward(one(sample));
        BOOST_TEST(largest(u) > 1e-9);
        u.sum().backward();
        BOOST_TEST(largest(network->all_weights().grad()) > 1e-9);
      });
}

BOOST_AUTO_TEST_CASE(the_order_of_nodes_does_not_matter)
{
  for_every_operator(
      [](const Case &tested)
      {
        const auto network = fresh_operator(tested);
        const MeshDescription mesh = description_for_graphs(true, 1);
        const std::size_t n = mesh.n_nodes();
        std::vector<std::int64_t> to(n);
        std::iota(to.begin(), to.end(), std::int64_t(0));
        Random random(9, 0, 0);
        for (std::size_t i = n; i > 1; --i)
          std::swap(to[i - 1], to[std::size_t(random.uniform() * i)]);
        MeshDescription other = mesh;
        std::vector<std::vector<std::int64_t>> rows(n);
        for (std::size_t i = 0; i < n; ++i)
        {
          for (unsigned int d = 0; d < 2; ++d)
            other.support_points[2 * to[i] + d] =
                mesh.support_points[2 * i + d];
          for (std::int64_t t = mesh.graph_offsets[i];
               t < mesh.graph_offsets[i + 1]; ++t)
            rows[to[i]].push_back(to[mesh.graph_columns[t]]);
        }
        other.graph_offsets = {0};
        other.graph_columns.clear();
        for (const auto &row : rows)
        {
          other.graph_columns.insert(other.graph_columns.end(), row.begin(),
                                     row.end());
          other.graph_offsets.push_back(other.graph_columns.size());
        }
        for (auto *indices :
             {&other.linear_cells, &other.cell_nodes, &other.boundary_nodes,
              &other.boundary_face_nodes})
          for (std::int64_t &node : *indices)
            node = to[node];
        const auto graph = std::make_shared<Graph>(make_graph(mesh, 6)),
                   permuted = std::make_shared<Graph>(make_graph(other, 6));
        const torch::Tensor u = network->forward(one(wave_sample(graph, 4))),
                            v = network->forward(one(wave_sample(permuted, 4)));
        double worst = 0;
        for (std::size_t i = 0; i < n; ++i)
          worst = std::max(worst, std::abs(u[i][0].item<double>() -
                                           v[to[i]][0].item<double>()));
        BOOST_TEST(worst < 1e-11 * (1 + largest(u)));
      });
}

BOOST_AUTO_TEST_CASE(four_samples_are_learned_by_heart)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for_every_operator(
      [](const Case &tested)
      {
        const auto network = fresh_operator(tested, torch::kFloat32);
        std::vector<GraphSample> all;
        for (unsigned int k = 0; k < 4; ++k)
          all.push_back(wave_sample(graph_for_operators(k % 2 == 1, 2), k));
        const GraphBatch batch = make_batch(
            {&all[0], &all[1], &all[2], &all[3]}, torch::kFloat32, torch::kCPU);
        torch::optim::Adam adam({network->all_weights()},
                                torch::optim::AdamOptions(3e-3));
        double first = 0, last = 0;
        for (unsigned int k = 0; k < 150; ++k)
        {
          network->all_weights().grad().zero_();
          const torch::Tensor loss =
              relative_l2(batch, network->forward(batch)).mean();
          loss.backward();
          adam.step();
          last = loss.item<double>();
          if (k == 0)
            first = last;
        }
        BOOST_TEST(last < 0.2 * first);
      });
}

namespace
{
  /// Dirichlet, Neumann and Robin conditions by turns on the faces of @p mesh.
  void mix_conditions(MeshDescription &mesh)
  {
    const std::size_t n_faces = mesh.boundary_ids.size(),
                      per_face = mesh.boundary_face_nodes.size() / n_faces;
    std::vector<int> types(mesh.n_nodes(), 2);
    for (std::size_t f = 0; f < n_faces; ++f)
    {
      mesh.boundary_types.push_back(f / 3 % 3);
      for (std::size_t i = f * per_face; i < (f + 1) * per_face; ++i)
      {
        int &type = types[mesh.boundary_face_nodes[i]];
        type = std::min(type, int(f / 3 % 3));
      }
    }
    for (const std::int64_t node : mesh.boundary_nodes)
    {
      mesh.boundary_node_types.push_back(types[node]);
      mesh.boundary_sampled.push_back(0);
      mesh.boundary_values.push_back(0);
      mesh.boundary_coefficients.push_back(types[node] == 2 ? 1.5 : 0);
    }
  }

  GraphSample shared_sample(const MeshDescription &mesh, MPI_Comm comm)
  {
    const auto graph =
        std::make_shared<Graph>(make_graph(cut_out(mesh, comm), 6));
    GraphSample sample = wave_sample(graph, mesh.n_nodes() % 7);
    const GraphLevel &level = graph->levels[0];
    for (int i = 0; i < level.n_owned; ++i)
    {
      sample.coefficients.push_back(1 + level.number[i] % 3);
      sample.robin_coefficients[i] = level.type[i] == 2 ? 1.5 : 0;
    }
    return sample;
  }

  /// Samples on two meshes, with a coefficient, on the ranks of @p comm. The
  /// second has all kinds of boundary conditions.
  std::vector<GraphSample> shared_samples(MPI_Comm comm)
  {
    MeshDescription disc = description_for_graphs(true, 1);
    mix_conditions(disc);
    return {shared_sample(description_for_graphs(false, 3), comm),
            shared_sample(disc, comm)};
  }

  GraphBatch shared_batch(const std::vector<GraphSample> &samples,
                          const torch::ScalarType type)
  {
    return make_batch({&samples[0], &samples[1]}, type, torch::kCPU);
  }

  std::unique_ptr<NeuralOperator>
  operator_with_coefficient(const Case &tested, const torch::ScalarType type,
                            const unsigned int dim = 2)
  {
    OperatorShape shape = wave_shape();
    shape.dim = dim;
    shape.n_coefficients = 1;
    Normalizer normalizer = wave_normalizer();
    normalizer.coefficient_mean = {0.5};
    normalizer.coefficient_scale = {2};
    normalizer.coefficient_is_logarithm = {true};
    auto network = fresh_operator(tested);
    network->initialize(shape, normalizer, Random(3, 0, 0));
    network->to(type, torch::kCPU);
    return network;
  }
} // namespace

BOOST_AUTO_TEST_CASE(the_output_is_the_same_to_the_bit_on_any_number_of_ranks)
{
  const std::vector<GraphSample> own = shared_samples(MPI_COMM_WORLD),
                                 whole = shared_samples(MPI_COMM_SELF);
  for (const torch::ScalarType type : {torch::kFloat32, torch::kFloat64})
  {
    const GraphBatch own_batch = shared_batch(own, type),
                     whole_batch = shared_batch(whole, type);
    // Rows of own nodes among those of all.
    std::vector<std::int64_t> rows;
    for (std::size_t i = 0; i < own_batch.numbers.size(); ++i)
      rows.push_back(own_batch.numbers[i] +
                     (std::int64_t(i) < own_batch.sample_sizes[0]
                          ? 0
                          : whole_batch.sample_sizes[0]));
    for_every_operator(
        [&](const Case &tested)
        {
          const auto network = operator_with_coefficient(tested, type);
          const torch::Tensor u = network->forward(own_batch),
                              all = network->forward(whole_batch);
          BOOST_TEST(u.size(0) > 0);
          BOOST_TEST(torch::equal(u, all.index_select(0, torch::tensor(rows))));
        });
  }
}

// One mesh, one field after the other: only what changes is computed.
BOOST_AUTO_TEST_CASE(what_is_prepared_gives_the_same_to_the_bit)
{
  std::vector<GraphSample> samples = shared_samples(MPI_COMM_WORLD);
  const auto make = [](const GraphSample &sample)
  { return make_batch({&sample}, torch::kFloat32, torch::kCPU); };
  for (GraphSample &sample : samples)
  {
    GraphBatch batch = make(sample);
    for (std::size_t i = 0; i < sample.coefficients.size(); ++i)
      sample.coefficients[i] = 2 + sample.graph->levels[0].number[i] % 4;
    replace_coefficients(batch, sample);
    const GraphBatch fresh = make(sample);
    BOOST_TEST(torch::equal(batch.coefficients, fresh.coefficients));
    BOOST_TEST(torch::equal(batch.all_coefficients, fresh.all_coefficients));
    for_every_operator(
        [&](const Case &tested)
        {
          const torch::NoGradGuard guard;
          const auto network =
              operator_with_coefficient(tested, torch::kFloat32);
          GraphBatch prepared = batch;
          prepared.prepared = network->prepare(batch);
          const torch::Tensor expected = network->forward(fresh);
          BOOST_TEST(torch::equal(network->forward(prepared), expected));
          // Boundary values that are zero may be left out.
          prepared.boundary_values = torch::zeros_like(batch.boundary_values);
          prepared.lift = torch::zeros_like(batch.lift);
          const torch::Tensor with_zeros = network->forward(prepared);
          BOOST_TEST(!torch::equal(with_zeros, expected));
          prepared.has_boundary_values = false;
          BOOST_TEST(torch::equal(network->forward(prepared), with_zeros));
        });
  }
}

BOOST_AUTO_TEST_CASE(so_it_is_in_three_dimensions)
{
  const auto mesh = std::make_shared<Mesh<3>>(
      samples::generated<3>("hyper_cube", "0 : 1 : true", false, MPI_COMM_SELF),
      MPI_COMM_SELF, 2);
  const Space<3> space(mesh, 1, 1);
  MeshDescription description = Numbering<3>(space).description;
  mix_conditions(description);
  const GraphSample own = shared_sample(description, MPI_COMM_WORLD),
                    whole = shared_sample(description, MPI_COMM_SELF);
  const GraphBatch own_batch = one(own), whole_batch = one(whole);
  for_every_operator(
      [&](const Case &tested)
      {
        std::unique_ptr<NeuralOperator> network;
        try
        {
          network = operator_with_coefficient(tested, torch::kFloat64, 3);
        }
        catch (const BadInput &)
        {
          return; // says that it does not
        }
        const torch::Tensor u = network->forward(own_batch),
                            all = network->forward(whole_batch);
        BOOST_TEST(torch::equal(
            u, all.index_select(0, torch::tensor(own_batch.numbers))));
      });
}

BOOST_AUTO_TEST_CASE(loss_and_gradient_are_the_same_on_any_number_of_ranks)
{
  const std::vector<GraphSample> own = shared_samples(MPI_COMM_WORLD),
                                 whole = shared_samples(MPI_COMM_SELF);
  const GraphBatch own_batch = shared_batch(own, torch::kFloat64),
                   whole_batch = shared_batch(whole, torch::kFloat64);
  for_every_operator(
      [&](const Case &tested)
      {
        const auto network = operator_with_coefficient(tested, torch::kFloat64);
        const auto with_gradient = [&](const GraphBatch &batch)
        {
          network->all_weights().grad().zero_();
          const torch::Tensor loss =
              relative_l2(batch, network->forward(batch)).sum();
          loss.backward();
          return std::make_pair(loss.item<double>(),
                                network->all_weights().grad().clone());
        };
        auto [loss, gradient] = with_gradient(own_batch);
        MPI_Allreduce(MPI_IN_PLACE, gradient.data_ptr<double>(),
                      gradient.numel(), MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
        const auto [whole_loss, whole_gradient] = with_gradient(whole_batch);
        BOOST_TEST(std::abs(loss - whole_loss) < 1e-12 * whole_loss);
        BOOST_TEST(largest(gradient - whole_gradient) <
                   1e-12 * (1 + largest(whole_gradient)));
      });
}

BOOST_AUTO_TEST_CASE(a_model_that_was_saved_is_the_same_model)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for_every_operator(
      [](const Case &tested)
      {
        const std::string folder = "model-of-" + tested.name;
        const auto network = fresh_operator(tested, torch::kFloat32);
        ModelDescription description;
        description.operator_name = tested.name;
        description.parameters = tested.parameters;
        description.shape = wave_shape();
        description.normalizer = wave_normalizer();
        description.sources = {"source"};
        description.outputs = {"solution"};
        description.problem = "darcy";
        description.precision = "single";
        write_model(folder, description, *network);
        const Model read = Model::read(folder);
        const GraphSample sample = wave_sample(graph_for_operators(true, 1), 5);
        const GraphBatch batch = one(sample, torch::kFloat32);
        BOOST_TEST(torch::equal(network->forward(batch),
                                read.network->forward(batch)));
        std::filesystem::remove_all(folder);
      });
}

BOOST_AUTO_TEST_SUITE_END()
