// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
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

    /// Of @p values with rows for all @p n_nodes nodes of a mesh, keep those of
    /// the nodes that this rank owns.
    void keep_own(const GraphLevel &level, const std::size_t n_nodes,
                  std::vector<double> &values)
    {
      if (level.halo->is_trivial())
        return;
      const std::size_t n = values.size() / n_nodes;
      std::vector<double> own;
      own.reserve(level.n_owned * n);
      for (int i = 0; i < level.n_owned; ++i)
        own.insert(own.end(), values.begin() + level.number[i] * n,
                   values.begin() + (level.number[i] + 1) * n);
      values = std::move(own);
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
                       const unsigned int coarsest_size, MPI_Comm comm)
      : file(file), comm(comm), coarsest_size(coarsest_size)
  {
    std::unique_ptr<const DatasetReader> data;
    agree(comm,
          [&]
          {
            data = std::make_unique<DatasetReader>(file);
            describe(*data);
          });
    for (const unsigned int id : data->certified())
      if (id >= first && id < last)
      {
        graph_seconds.push_back(0);
        samples.push_back(read(*data, id));
        mesh_numbers.push_back(data->mesh_of(id));
        solver_seconds.push_back(data->certificate(id).seconds);
      }
    domains.clear();
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

  SampleSet::Domain &SampleSet::domain(const DatasetReader &data,
                                       const unsigned int mesh)
  {
    if (data.n_meshes() > 1 && domains.count(mesh) == 0)
      for (auto &[number, other] : domains)
        other.mesh.reset(); // one after the other: only the last is needed
    Domain &entry = domains[mesh];
    if (!entry.mesh)
      agree(comm,
            [&]
            {
              entry.mesh = std::make_unique<MeshDescription>(data.mesh(mesh));
              if (entry.mesh->boundary_node_types.empty() &&
                  !entry.mesh->boundary_nodes.empty())
                throw BadInput(
                    "The data set '" + file +
                    "' was made by an earlier version and does not say what "
                    "the boundary conditions are; generate it again.");
            });
    if (!entry.graph)
    {
      const dealii::Timer timer;
      entry.graph = std::make_shared<Graph>(
          make_graph(cut_out(*entry.mesh, comm), coarsest_size));
      graph_seconds.back() += timer.wall_time();
    }
    return entry;
  }

  GraphSample SampleSet::read(const DatasetReader &data, const unsigned int id)
  {
    GraphSample sample;
    sample.id = id;
    const Domain &own = domain(data, data.mesh_of(id));
    sample.graph = own.graph;
    agree(comm, [&] { read_fields(data, *own.mesh, sample); });
    const dealii::Timer timer;
    sample.lift = shepard_lift(sample.graph->levels[0], shape.dim,
                               sample.boundary_values, shape.n_outputs);
    graph_seconds.back() += timer.wall_time();
    return sample;
  }

  void SampleSet::read_fields(const DatasetReader &data,
                              const MeshDescription &mesh,
                              GraphSample &sample) const
  {
    const std::size_t n_nodes = mesh.n_nodes();
    for (const FieldDescription &field : data.inputs())
    {
      if (field.role == Role::boundary_value)
        continue;
      std::vector<double> values = data.input(field.name, sample.id);
      if (field.location == Location::cell)
        values = cells_to_nodes(mesh, values);
      append_columns(field.role == Role::source ? sample.sources
                                                : sample.coefficients,
                     values, n_nodes);
    }
    for (const FieldDescription &field : data.outputs())
      append_columns(sample.target, data.output(field.name, sample.id),
                     n_nodes);

    const unsigned int n = shape.n_outputs;
    const std::vector<double> g = data.boundary_values(sample.id);
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
    for (auto *const field :
         {&sample.coefficients, &sample.sources, &sample.boundary_values,
          &sample.robin_coefficients, &sample.target})
      keep_own(sample.graph->levels[0], n_nodes, *field);
  }

  namespace
  {
    /// The mean of function(x) over all numbers x that @p visit passes on the
    /// ranks of @p comm; 0 if there are none.
    template <class Visit, class Function>
    double mean_of(MPI_Comm comm, const Visit &visit, const Function &function)
    {
      double sums[2] = {0, 0};
      visit(
          [&](const double x)
          {
            sums[0] += function(x);
            sums[1] += 1;
          });
      MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_DOUBLE, MPI_SUM, comm);
      return sums[1] > 0 ? sums[0] / sums[1] : 0;
    }
  } // namespace

  Normalizer fit_normalizer(const SampleSet &data,
                            const std::vector<const GraphSample *> &samples)
  {
    Normalizer result;
    const OperatorShape &shape = data.shape;
    /// Visits component c of n of a field.
    const auto column = [&](const std::vector<double> GraphSample::*field,
                            const unsigned int c, const unsigned int n)
    {
      return [&samples, field, c, n](const auto &use)
      {
        for (const GraphSample *sample : samples)
          for (std::size_t i = c; i < (sample->*field).size(); i += n)
            use((sample->*field)[i]);
      };
    };
    /// Root mean square, or 1.
    const auto scale = [&](const auto &visit)
    {
      const double square =
          mean_of(data.comm, visit, [](const double x) { return x * x; });
      return square > 0 ? std::sqrt(square) : 1;
    };
    for (unsigned int c = 0; c < shape.n_coefficients; ++c)
    {
      const bool is_log = data.coefficient_is_positive[c];
      const auto visit =
          column(&GraphSample::coefficients, c, shape.n_coefficients);
      const auto value = [is_log](const double x)
      { return is_log ? std::log(x) : x; };
      const double mean = mean_of(data.comm, visit, value),
                   square =
                       mean_of(data.comm, visit,
                               [&](const double x) {
                                 return (value(x) - mean) * (value(x) - mean);
                               });
      result.coefficient_is_logarithm.push_back(is_log);
      result.coefficient_mean.push_back(mean);
      result.coefficient_scale.push_back(square > 0 ? std::sqrt(square) : 1);
    }
    for (unsigned int c = 0; c < shape.n_sources; ++c)
      result.source_scale.push_back(
          scale(column(&GraphSample::sources, c, shape.n_sources)));
    result.boundary_scale = scale(column(&GraphSample::boundary_values, 0, 1));
    result.output_scale = scale(column(&GraphSample::target, 0, 1));
    return result;
  }

  void broadcast(Normalizer &normalizer, MPI_Comm comm)
  {
    std::vector<double *> numbers = {&normalizer.boundary_mean,
                                     &normalizer.boundary_scale,
                                     &normalizer.output_scale};
    for (auto *const values :
         {&normalizer.coefficient_mean, &normalizer.coefficient_scale,
          &normalizer.source_scale})
      for (double &value : *values)
        numbers.push_back(&value);
    for (double *const number : numbers)
      MPI_Bcast(number, 1, MPI_DOUBLE, 0, comm);
  }
} // namespace nodal
