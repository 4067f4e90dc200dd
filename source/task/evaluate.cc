// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/text.h>
#include <nodal/core/threads.h>
#include <nodal/learn/baseline.h>
#include <nodal/learn/model.h>
#include <nodal/mesh/description_output.h>
#include <nodal/task/learning.h>
#include <nodal/task/sample_equations.h>
#include <nodal/task/task.h>

#include "v_cycles.h"

#include <deal.II/base/timer.h>

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <limits>
#include <numeric>
#include <sstream>

namespace nodal
{
  namespace
  {
    /// How far a prediction is from the solution of one sample.
    struct SampleError
    {
      double l2, maximum, seconds;
    };

    SampleError compare(const GraphSample &sample,
                        const std::vector<double> &prediction,
                        const double seconds)
    {
      const std::vector<double> &volume = sample.graph->levels[0].volume;
      const std::size_t n = sample.target.size() / volume.size();
      double error = 0, norm = 0, largest_error = 0, largest = 0;
      for (std::size_t i = 0; i < sample.target.size(); ++i)
      {
        const double e = prediction[i] - sample.target[i];
        error += volume[i / n] * e * e;
        norm += volume[i / n] * sample.target[i] * sample.target[i];
        largest_error = std::max(largest_error, std::abs(e));
        largest = std::max(largest, std::abs(sample.target[i]));
      }
      return {std::sqrt(error / (norm > 0 ? norm : 1)),
              largest_error / (largest > 0 ? largest : 1), seconds};
    }

    double mean(const std::vector<double> &values)
    {
      return std::accumulate(values.begin(), values.end(), 0.) / values.size();
    }

    double median(std::vector<double> values)
    {
      std::nth_element(values.begin(), values.begin() + values.size() / 2,
                       values.end());
      return values[values.size() / 2];
    }

    /// A row of the table.
    struct Method
    {
      std::string name;
      std::vector<SampleError> errors; ///< empty where it does not apply

      std::vector<double> column(double SampleError::*value) const
      {
        std::vector<double> result;
        for (const SampleError &error : errors)
          result.push_back(error.*value);
        return result;
      }

      std::string row() const
      {
        std::ostringstream text;
        text << "  " << std::left << std::setw(24) << name << std::right;
        if (errors.empty())
        {
          text << "  not on this data set";
          return text.str();
        }
        const std::vector<double> l2 = column(&SampleError::l2);
        text << std::setprecision(3);
        for (const double value :
             {mean(l2), median(l2), *std::max_element(l2.begin(), l2.end()),
              median(column(&SampleError::maximum)),
              1000 * mean(column(&SampleError::seconds))})
          text << std::setw(12) << value;
        return text.str();
      }

      static std::string header()
      {
        std::ostringstream text;
        text << "  " << std::left << std::setw(24) << "method" << std::right;
        for (const char *column :
             {"mean L2", "median L2", "worst L2", "median max", "ms/sample"})
          text << std::setw(12) << column;
        return text.str();
      }
    };
  } // namespace

  /**
   * How good is a model on data sets that it has not seen: relative errors in
   * L2 and in the maximum, beside baselines and the time that the solver took.
   */
  template <int dim>
  class EvaluateTask : public Task<dim>
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      Parameters::Section section(prm, "Evaluation");
      prm.add("Data sets", datasets,
              "Files to evaluate on, separated by commas; if empty, "
              "Dataset/File in the output folder.");
      prm.add("First sample", first_sample,
              "Of each data set, samples from this one on count: those before "
              "it were trained on.");
      prm.add("Samples", n_samples,
              "At most so many samples of each data set; 0: all.");
      prm.add("Fit baselines to", fitting_file,
              "Data set whose samples before `First sample` baselines that "
              "learn are fitted to; if empty, each set itself.");
      prm.add("V-cycles", n_cycles,
              "Put up to so many V(1,1)-cycles of BoomerAMG, with classical "
              "coarsening and interpolation, beside the model, "
              "which begin from the interpolated boundary values and know the "
              "matrix. They are timed with set-up, without assembly.",
              0, 100);
      prm.add("Output", with_output,
              "Write the samples with the median and the worst error as .vtu.");
    }

    void run(Experiment<dim> &experiment, const Parameters &, Run &run) override
    {
      at::set_num_threads(limit_threads());
      // One rank is enough for what takes milliseconds per sample.
      agree(run.comm,
            [&]
            {
              if (run.is_root)
                evaluate_all(experiment, run);
            });
    }

  private:
    void evaluate_all(Experiment<dim> &experiment, Run &run)
    {
      const std::string &folder = experiment.learning->model_folder;
      const Model model =
          Model::read(std::filesystem::exists(run.path(folder) + "/model.json")
                          ? run.path(folder)
                          : folder);
      if (model.description.shape.dim != dim)
        throw BadInput("The model is for " +
                           std::to_string(model.description.shape.dim) +
                           " space dimensions; set Dimension to that.",
                       "Dimension");
      run.log("Model: " + model.description.operator_name + ", " +
              std::to_string(model.network->n_weights()) + " weights");
      const std::vector<std::string> files =
          dataset_files(datasets, run.path(experiment.dataset_file));
      for (std::size_t k = 0; k < files.size(); ++k)
        evaluate(model, files[k],
                 files.size() == 1 ? "" : "-" + std::to_string(k + 1), run);
    }

    /// @p suffix tells its files from those of other data sets.
    void evaluate(const Model &model, const std::string &file,
                  const std::string &suffix, Run &run)
    {
      const unsigned int last = n_samples == 0
                                    ? std::numeric_limits<unsigned int>::max()
                                    : first_sample + n_samples;
      SampleSet data(file, first_sample, last, model.description.coarsest_size);
      model.check(data);
      if (model.network->needs_equation())
        add_equations<dim>(data, "none");
      std::vector<Method> methods = {network_errors(model, data)};
      for (Method &method : baseline_errors(model, data))
        methods.push_back(std::move(method));
      for (Method &method : v_cycle_errors(data, run))
        methods.push_back(std::move(method));
      run.log("\n" + file + ", " + std::to_string(data.samples.size()) +
              " samples, " +
              std::to_string(data.samples[0].graph->levels[0].n_owned) +
              " nodes in the first");
      run.log(Method::header());
      for (const Method &method : methods)
        run.log(method.row());
      run.log("  the solver took " +
              to_text(1000 * mean(data.solver_seconds), 3) +
              " ms per sample; graphs and lifts take " +
              to_text(1000 * mean(data.graph_seconds), 3) + " ms");
      for (const std::string &line : lines_by_size(data, methods[0]))
        run.log(line);
      report(data, methods, run);
      if (with_output)
        write_output(model, data, methods[0], suffix, run);
    }

    /// The network's errors on the thirds of the samples with the fewest, more,
    /// and the most nodes, where sizes differ.
    static std::vector<std::string> lines_by_size(const SampleSet &data,
                                                  const Method &network)
    {
      const auto n_nodes = [&](const std::size_t i)
      { return data.samples[i].graph->levels[0].n_owned; };
      std::vector<std::size_t> order(data.samples.size());
      std::iota(order.begin(), order.end(), std::size_t(0));
      std::sort(order.begin(), order.end(),
                [&](const std::size_t a, const std::size_t b)
                { return n_nodes(a) < n_nodes(b); });
      std::vector<std::string> lines;
      if (order.size() < 6 || n_nodes(order.front()) == n_nodes(order.back()))
        return lines;
      for (std::size_t k = 0; k < 3; ++k)
      {
        const std::size_t first = order.size() * k / 3,
                          last = order.size() * (k + 1) / 3;
        std::vector<double> l2;
        for (std::size_t i = first; i < last; ++i)
          l2.push_back(network.errors[order[i]].l2);
        lines.push_back("  on " + std::to_string(n_nodes(order[first])) +
                        " to " + std::to_string(n_nodes(order[last - 1])) +
                        " nodes: mean L2 " + to_text(mean(l2), 3) +
                        ", median " + to_text(median(l2), 3));
      }
      return lines;
    }

    Method network_errors(const Model &model, const SampleSet &data) const
    {
      Method method;
      method.name = model.description.operator_name;
      for (const GraphSample &sample : data.samples)
      {
        const dealii::Timer timer;
        const std::vector<double> values = predict(model, sample);
        method.errors.push_back(compare(sample, values, timer.wall_time()));
      }
      return method;
    }

    std::vector<double> predict(const Model &model,
                                const GraphSample &sample) const
    {
      const torch::NoGradGuard guard;
      const GraphBatch batch = make_batch(
          {&sample}, model.network->all_weights().scalar_type(), torch::kCPU);
      const torch::Tensor result =
          model.network->forward(batch).to(torch::kFloat64).contiguous();
      const double *const values = result.data_ptr<double>();
      return std::vector<double>(values, values + result.numel());
    }

    std::vector<Method> baseline_errors(const Model &model,
                                        const SampleSet &data) const
    {
      std::unique_ptr<SampleSet> fitting;
      std::vector<const GraphSample *> samples;
      if (first_sample > 0)
      {
        fitting = std::make_unique<SampleSet>(
            fitting_file.empty() ? data.file : fitting_file, 0, first_sample,
            model.description.coarsest_size);
        model.check(*fitting);
        for (const GraphSample &sample : fitting->samples)
          samples.push_back(&sample);
      }
      std::vector<Method> methods;
      for (const RegistryEntry &entry : Registry<Baseline>::list())
      {
        const std::unique_ptr<Baseline> baseline =
            Registry<Baseline>::create(entry.name);
        baseline->fit(samples);
        methods.emplace_back();
        methods.back().name = entry.name;
        if (!std::all_of(data.samples.begin(), data.samples.end(),
                         [&](const GraphSample &sample)
                         { return baseline->applies(sample); }))
          continue;
        for (const GraphSample &sample : data.samples)
        {
          const dealii::Timer timer;
          const std::vector<double> values = baseline->predict(sample);
          methods.back().errors.push_back(
              compare(sample, values, timer.wall_time()));
        }
      }
      return methods;
    }

    /// Classical V-cycles from the lift, which know matrix and right-hand side.
    /// Without errors if the systems cannot be made again.
    std::vector<Method> v_cycle_errors(const SampleSet &data, Run &run) const
    {
      std::vector<Method> methods(n_cycles);
      for (unsigned int k = 0; k < n_cycles; ++k)
        methods[k].name = "V-cycles: " + std::to_string(k + 1);
      try
      {
        if (n_cycles > 0)
          add_v_cycles(data, methods);
      }
      catch (const std::runtime_error &error)
      {
        run.log(std::string("No V-cycles: ") + error.what());
        for (Method &method : methods)
          method.errors.clear();
      }
      return methods;
    }

    void add_v_cycles(const SampleSet &data, std::vector<Method> &methods) const
    {
      const DatasetReader reader(data.file);
      SampleSystems<dim> systems(reader);
      if (!systems.is_linear())
        return;
      for (const GraphSample &sample : data.samples)
      {
        systems.assemble(sample.id);
        const VCycles cycles =
            run_v_cycles<dim>(systems, sample.lift, n_cycles);
        for (unsigned int k = 0; k < n_cycles; ++k)
          methods[k].errors.push_back(
              compare(sample, cycles.solutions[k], cycles.seconds[k]));
      }
    }

    void report(const SampleSet &data, const std::vector<Method> &methods,
                Run &run) const
    {
      for (std::size_t i = 0; i < data.samples.size(); ++i)
      {
        Statistics &statistics = run.statistics;
        statistics.set("data_set", data.file);
        statistics.set("sample", data.samples[i].id);
        statistics.set("nodes", data.samples[i].graph->levels[0].n_owned);
        for (const Method &method : methods)
          if (!method.errors.empty())
          {
            statistics.set(method.name + "_l2", method.errors[i].l2);
            statistics.set(method.name + "_max", method.errors[i].maximum);
            statistics.set(method.name + "_seconds", method.errors[i].seconds);
          }
        statistics.set("solver_seconds", data.solver_seconds[i]);
        statistics.end_line();
      }
    }

    void write_output(const Model &model, const SampleSet &data,
                      const Method &network, const std::string &suffix,
                      Run &run) const
    {
      std::vector<std::size_t> order(data.samples.size());
      std::iota(order.begin(), order.end(), std::size_t(0));
      std::sort(order.begin(), order.end(),
                [&](const std::size_t a, const std::size_t b)
                { return network.errors[a].l2 < network.errors[b].l2; });
      const DatasetReader reader(data.file);
      const std::string stem =
          std::filesystem::path(data.file).stem().string() + suffix;
      for (const auto &[what, i] :
           {std::make_pair("median", order[order.size() / 2]),
            std::make_pair("worst", order.back())})
      {
        const GraphSample &sample = data.samples[i];
        const std::vector<double> values = predict(model, sample);
        NamedFields fields;
        const std::size_t n = data.outputs.size(),
                          n_nodes = sample.target.size() / n;
        const auto add =
            [&](const std::string &name, const std::vector<double> &all)
        {
          for (std::size_t c = 0; c < n; ++c)
          {
            std::vector<double> one(n_nodes);
            for (std::size_t k = 0; k < n_nodes; ++k)
              one[k] = all[k * n + c];
            fields.emplace_back(n == 1 ? name : name + std::to_string(c), one);
          }
        };
        std::vector<double> error = values;
        for (std::size_t k = 0; k < error.size(); ++k)
          error[k] -= sample.target[k];
        add("solution", sample.target);
        add("prediction", values);
        add("error", error);
        add("lift", sample.lift);
        write_vtu(run.folder("evaluation") + "/" + stem + "-" + what + ".vtu",
                  reader.mesh(data.mesh_numbers[i]), fields);
      }
    }

    std::string datasets, fitting_file;
    unsigned int first_sample = 0, n_samples = 0, n_cycles = 3;
    bool with_output = true;
  };

  NODAL_REGISTER_DIM(Task, EvaluateTask, "evaluate",
                     "Compare a trained operator with the solutions of data "
                     "sets and with baselines.")
} // namespace nodal
