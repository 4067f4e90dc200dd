// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/learn/lift.h>
#include <nodal/learn/sample_set.h>

#include <deal.II/base/timer.h>

#include <cmath>

namespace nodal
{
  namespace
  {
    /// Values of cells (n_cells × n) as means over the cells at each node.
    std::vector<double> cells_to_nodes(const MeshDescription &mesh,
                                       const std::vector<double> &values)
    {
      const std::size_t n = values.size() / mesh.n_cells,
                        n_nodes = mesh.n_nodes(),
                        per_cell = mesh.cell_nodes.size() / mesh.n_cells;
      std::vector<double> sums(n_nodes * n, 0.);
      std::vector<unsigned int> counts(n_nodes, 0);
      for (std::size_t c = 0; c < mesh.n_cells; ++c)
        for (std::size_t k = 0; k < per_cell; ++k)
        {
          const std::int64_t node = mesh.cell_nodes[c * per_cell + k];
          ++counts[node];
          for (std::size_t d = 0; d < n; ++d)
            sums[node * n + d] += values[c * n + d];
        }
      for (std::size_t i = 0; i < n_nodes; ++i)
        for (std::size_t d = 0; d < n; ++d)
          sums[i * n + d] /= counts[i];
      return sums;
    }

    /// Put the columns of @p values behind those of @p joined, both with a row
    /// per node.
    void append_columns(std::vector<double> &joined,
                        const std::vector<double> &values,
                        const std::size_t n_nodes)
    {
      const std::size_t a = joined.size() / n_nodes,
                        b = values.size() / n_nodes;
      std::vector<double> result;
      result.reserve(n_nodes * (a + b));
      for (std::size_t i = 0; i < n_nodes; ++i)
      {
        result.insert(result.end(), joined.begin() + i * a,
                      joined.begin() + (i + 1) * a);
        result.insert(result.end(), values.begin() + i * b,
                      values.begin() + (i + 1) * b);
      }
      joined = std::move(result);
    }
  } // namespace

  SampleSet::SampleSet(const std::string &file, const unsigned int first,
                       const unsigned int last,
                       const unsigned int coarsest_size)
      : file(file), coarsest_size(coarsest_size)
  {
    const DatasetReader data(file);
    describe(data);
    for (const unsigned int id : data.certified())
      if (id >= first && id < last)
      {
        graph_seconds.push_back(0);
        samples.push_back(read(data, id));
        mesh_numbers.push_back(data.mesh_of(id));
        solver_seconds.push_back(data.certificate(id).seconds);
      }
    meshes.clear();
    if (samples.empty())
      throw BadInput("The data set '" + file +
                     "' has no certified sample among those asked for; "
                     "generate more samples, or ask for others.");
  }

  void SampleSet::describe(const DatasetReader &data)
  {
    problem = data.problem();
    hash = data.hash();
    shape.dim = data.dim();
    shape.n_coefficients = shape.n_sources = shape.n_outputs = 0;
    for (const FieldDescription &field : data.inputs())
    {
      if (field.location == Location::scalar)
        throw BadInput("The data set '" + file + "' varies '" + field.name +
                       "', a number for the whole sample, which networks do "
                       "not take; fix it.");
      const bool is_source = field.role == Role::source;
      if (field.role == Role::boundary_value)
        continue;
      for (unsigned int c = 0; c < field.n_components; ++c)
      {
        (is_source ? sources : coefficients).push_back(field.name);
        if (!is_source)
          coefficient_is_positive.push_back(field.is_positive);
      }
    }
    for (const FieldDescription &field : data.outputs())
      for (unsigned int c = 0; c < field.n_components; ++c)
        outputs.push_back(field.name);
    shape.n_coefficients = coefficients.size();
    shape.n_sources = sources.size();
    shape.n_outputs = outputs.size();
  }

  std::shared_ptr<const Graph> SampleSet::graph(const DatasetReader &data,
                                                const unsigned int mesh)
  {
    std::shared_ptr<const Graph> &entry = graphs[mesh];
    if (!entry)
    {
      if (data.n_meshes() > 1)
        meshes.clear(); // one after the other: only the last is needed
      meshes[mesh] = data.mesh(mesh);
      if (meshes[mesh].boundary_node_types.empty() &&
          !meshes[mesh].boundary_nodes.empty())
        throw BadInput("The data set '" + file +
                       "' was made by an earlier version and does not say "
                       "what the boundary conditions are; generate it again.");
      const dealii::Timer timer;
      entry = std::make_shared<Graph>(make_graph(meshes[mesh], coarsest_size));
      graph_seconds.back() += timer.wall_time();
    }
    return entry;
  }

  GraphSample SampleSet::read(const DatasetReader &data, const unsigned int id)
  {
    GraphSample sample;
    sample.id = id;
    const unsigned int k = data.mesh_of(id);
    sample.graph = graph(data, k);
    if (meshes.count(k) == 0)
      meshes[k] = data.mesh(k);
    const MeshDescription &mesh = meshes.at(k);
    const std::size_t n_nodes = mesh.n_nodes();
    for (const FieldDescription &field : data.inputs())
    {
      if (field.role == Role::boundary_value)
        continue;
      std::vector<double> values = data.input(field.name, id);
      if (field.location == Location::cell)
        values = cells_to_nodes(mesh, values);
      append_columns(field.role == Role::source ? sample.sources
                                                : sample.coefficients,
                     values, n_nodes);
    }
    for (const FieldDescription &field : data.outputs())
      append_columns(sample.target, data.output(field.name, id), n_nodes);

    const unsigned int n = shape.n_outputs;
    const std::vector<double> g = data.boundary_values(id);
    sample.boundary_values.assign(n_nodes * n, 0.);
    sample.robin_coefficients.assign(n_nodes, 0.);
    for (std::size_t b = 0; b < mesh.boundary_nodes.size(); ++b)
    {
      const std::int64_t node = mesh.boundary_nodes[b];
      for (unsigned int c = 0; c < n; ++c)
        sample.boundary_values[node * n + c] = g[b * n + c];
      if (!mesh.boundary_coefficients.empty())
        sample.robin_coefficients[node] = mesh.boundary_coefficients[b];
    }
    const dealii::Timer timer;
    sample.lift = shepard_lift(sample.graph->levels[0], shape.dim,
                               sample.boundary_values, n);
    graph_seconds.back() += timer.wall_time();
    return sample;
  }

  namespace
  {
    /// Root mean square of all numbers that @p visit passes, or 1.
    template <class Visit>
    double scale(const Visit &visit)
    {
      double sum = 0;
      std::size_t n = 0;
      visit(
          [&](const double x)
          {
            sum += x * x;
            ++n;
          });
      return n > 0 && sum > 0 ? std::sqrt(sum / n) : 1;
    }
  } // namespace

  Normalizer fit_normalizer(const SampleSet &data,
                            const std::vector<const GraphSample *> &samples)
  {
    Normalizer result;
    const auto column = [&](const std::vector<double> GraphSample::*field,
                            const unsigned int c, const unsigned int n,
                            const auto &use)
    {
      for (const GraphSample *sample : samples)
        for (std::size_t i = c; i < (sample->*field).size(); i += n)
          use((sample->*field)[i]);
    };
    const OperatorShape &shape = data.shape;
    for (unsigned int c = 0; c < shape.n_coefficients; ++c)
    {
      const bool is_log = data.coefficient_is_positive[c];
      double sum = 0;
      std::size_t n = 0;
      const auto each = [&](const auto &use)
      {
        column(&GraphSample::coefficients, c, shape.n_coefficients,
               [&](const double x) { use(is_log ? std::log(x) : x); });
      };
      each(
          [&](const double x)
          {
            sum += x;
            ++n;
          });
      const double mean = sum / n;
      result.coefficient_is_logarithm.push_back(is_log);
      result.coefficient_mean.push_back(mean);
      result.coefficient_scale.push_back(
          scale([&](const auto &use)
                { each([&](const double x) { use(x - mean); }); }));
    }
    for (unsigned int c = 0; c < shape.n_sources; ++c)
      result.source_scale.push_back(
          scale([&](const auto &use)
                { column(&GraphSample::sources, c, shape.n_sources, use); }));
    result.boundary_scale =
        scale([&](const auto &use)
              { column(&GraphSample::boundary_values, 0, 1, use); });
    result.output_scale = scale([&](const auto &use)
                                { column(&GraphSample::target, 0, 1, use); });
    return result;
  }
} // namespace nodal
