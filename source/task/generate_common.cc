// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generate_common.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/version.h>

#include <set>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// False for entries that may change between two runs that make one data
    /// set. The mesh counts by its content, not by its name.
    bool is_part_of_identity(const std::string &path)
    {
      static const std::set<std::string> free = {
          "Output folder", "Tasks", "Dataset/File", "Mesh/file/File"};
      // What is done with a data set afterwards does not change it.
      const std::string section = path.substr(0, path.find('/') + 1);
      static const std::set<std::string> free_sections = {
          "Parallel/", "Solve/",    "Operator/",
          "Model/",    "Training/", "Evaluation/"};
      return free.count(path) == 0 && free_sections.count(section) == 0;
    }
  } // namespace

  template <int dim>
  DatasetLayout describe_dataset(const Experiment<dim> &experiment,
                                 const Parameters &prm)
  {
    DatasetLayout layout;
    layout.problem = experiment.problem.name();
    layout.seed = experiment.seed;
    layout.n_samples = experiment.n_samples;
    layout.single_precision = experiment.precision == "single";
    layout.inputs = experiment.inputs.varying();
    layout.outputs = {experiment.problem->output()};
    layout.parameters = prm.as_prm();
    layout.tolerance = experiment.solver.control.tolerance;
    layout.attributes = versions();
    for (const auto &[path, value] : prm.in_use())
      if (is_part_of_identity(path))
        layout.identity += path + " = " + value + "\n";
    return layout;
  }

  template <int dim>
  std::vector<double> gather_input(const Numbering<dim> &numbering,
                                   const FieldDescription &field,
                                   const InputField<dim> &values)
  {
    if (field.location == Location::cell)
      return numbering.gather_cells(values.cell_values, field.n_components);
    // Components are kept apart in the input and together in the file.
    const unsigned int n = field.n_components;
    std::vector<double> result;
    for (unsigned int c = 0; c < n; ++c)
    {
      const std::vector<double> one =
          numbering.gather_nodes(values.node_values[c], true);
      result.resize(one.size() * n);
      for (std::size_t i = 0; i < one.size(); ++i)
        result[i * n + c] = one[i];
    }
    if (field.location != Location::boundary || result.empty())
      return result;
    std::vector<double> on_boundary;
    for (const std::int64_t node : numbering.description.boundary_nodes)
      for (unsigned int c = 0; c < n; ++c)
        on_boundary.push_back(result[node * n + c]);
    return on_boundary;
  }

  std::string dataset_path(const std::string &name, const Run &run)
  {
    return name[0] == '/' ? name : run.path(name);
  }

  void refuse_existing_dataset(const std::string &file)
  {
    throw BadInput("The data set '" + file +
                       "' exists already; go on with it by --resume, or "
                       "choose another file.",
                   "Dataset/File");
  }

  void check_failures(const unsigned int n_failed, const unsigned int n)
  {
    if (n_failed > 0)
      throw NumericalFailure(
          std::to_string(n_failed) + " of " + std::to_string(n) +
          " samples did not reach the tolerance; they are marked failed, the "
          "others are kept.");
  }

  template DatasetLayout describe_dataset(const Experiment<2> &,
                                          const Parameters &);
  template DatasetLayout describe_dataset(const Experiment<3> &,
                                          const Parameters &);
  template std::vector<double> gather_input(const Numbering<2> &,
                                            const FieldDescription &,
                                            const InputField<2> &);
  template std::vector<double> gather_input(const Numbering<3> &,
                                            const FieldDescription &,
                                            const InputField<3> &);
} // namespace nodal
